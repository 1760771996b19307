// A product in a list.

import type { ProductCardFragment } from "../../generated/shop";
import { OneClickButton } from "../one_click/OneClickButton";

/** One product. */
export function ProductCard({ product }: { readonly product: ProductCardFragment }) {
  const [variant] = product.variants;
  return (
    <li class="card">
      <h2>{product.title}</h2>
      {variant !== undefined && (
        <>
          <p class="price">{variant.price.formatted}</p>
          <OneClickButton variant={variant} productTitle={product.title} />
        </>
      )}
    </li>
  );
}
