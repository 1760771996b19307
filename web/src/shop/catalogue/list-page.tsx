// All products, or those that a search finds.

import { PageHeading } from "../ui/page-heading";
import { useLocation } from "../router/location";
import { parseListState } from "./list-state";
import { useListing } from "./listing";
import { ProductList } from "./product-list";

/** The list at `/shop` and at `/shop/search?q=…`. */
export function ProductListPage() {
  const state = parseListState(useLocation().query);
  const loaded = useListing(null, state);
  return (
    <ProductList
      handle={null}
      state={state}
      loaded={loaded}
      emptyText={
        state.query === ""
          ? "There is nothing to buy yet."
          : "Nothing has all of these words. Try fewer, or only their beginnings."
      }
    >
      <PageHeading>{state.query === "" ? "All products" : `Search: ${state.query}`}</PageHeading>
    </ProductList>
  );
}
