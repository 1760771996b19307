// A list of products, with one request for all that it shows.

import { useQuery } from "@urql/preact";
import { Heading, RetryNotice } from "../../shared/notices";
import { ProductListDocument } from "../../generated/shop";
import { describeError } from "../api/errors";
import { Loading } from "../ui/loading";
import firstList from "./first-list.json";
import { ProductCard } from "./product-card";

/** All products. */
export function ProductListPage() {
  const [{ data, error }, reload] = useQuery({ query: ProductListDocument, variables: firstList.variables });
  return (
    <>
      <Heading quiet>All products</Heading>
      <RetryNotice
        message={error === undefined ? null : describeError(error)}
        onRetry={() => { reload({ requestPolicy: "network-only" }); }}
      />
      {data === undefined ? (
        error === undefined && <Loading label="Loading the products" />
      ) : (
        <ul class="grid">
          {data.products.nodes.map((product) => (
            <ProductCard key={product.id} product={product} />
          ))}
        </ul>
      )}
    </>
  );
}
