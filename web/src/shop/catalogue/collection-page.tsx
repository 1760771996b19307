// A collection's own page.

import { MissingPage } from "../app/missing-page";
import { useLocation } from "../router/location";
import type { PageProps } from "../router/routes";
import { PageHeading } from "../ui/page-heading";
import { parseListState } from "./list-state";
import { useListing } from "./listing";
import { ProductList } from "./product-list";

/** The collection with the handle in the address. */
export function CollectionPage({ handle }: PageProps) {
  const state = parseListState(useLocation().query);
  const loaded = useListing(handle, state);
  const { collection, listing, isLoading, failureMessage } = loaded;
  if (collection === null && listing === null && !isLoading && failureMessage === null) return <MissingPage />;
  return (
    <ProductList handle={handle} state={state} loaded={loaded} emptyText="There is nothing in this collection now.">
      {collection !== null && (
        <>
          <PageHeading>{collection.title}</PageHeading>
          {collection.description !== "" && <p class="lead">{collection.description}</p>}
        </>
      )}
    </ProductList>
  );
}
