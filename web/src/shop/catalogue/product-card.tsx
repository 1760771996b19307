// A product in a list.

import type { Ref } from "preact";
import type { ProductCardFragment } from "../../generated/shop";
import { AddToCartButton } from "../cart/add-button";
import { OneClickButton } from "../one_click/OneClickButton";
import { productAddress } from "../router/address";
import { Link } from "../router/location";
import { Picture } from "../ui/picture";
import { Price } from "../ui/price";
import { firstVariant, optionText } from "./options";
import { describeAvailability } from "./wording";

interface ProductCardProps {
  readonly product: ProductCardFragment;
  /** Whether its picture is seen as soon as the page opens. */
  readonly eager?: boolean;
  readonly cardRef?: Ref<HTMLLIElement>;
}

/** One product: what it is and costs, and the quickest ways to have it. */
export function ProductCard({ product, eager = false, cardRef = null }: ProductCardProps) {
  const { title, vendor, variants, priceRange } = product;
  const variant = firstVariant(variants);
  const isSingle = variants.length === 1;
  const reduced = isSingle ? (variant?.compareAtPrice ?? null) : null;
  const availability = variant === null ? "Sold out" : describeAvailability(variant);
  return (
    <li class="card" ref={cardRef}>
      <div class="card-picture">
        <Picture image={product.featuredImage} text="" eager={eager} />
        {availability !== null && <span class="badge">{availability}</span>}
        {availability === null && reduced !== null && <span class="badge badge-sale">Reduced</span>}
      </div>
      <div class="card-text">
        {vendor !== null && vendor !== "" && <p class="card-vendor">{vendor}</p>}
        <h2>
          <Link class="card-link" href={productAddress(product.handle)}>
            {title}
          </Link>
        </h2>
        <Price
          text={priceRange.min.formatted}
          before={reduced?.formatted ?? null}
          isLowest={priceRange.min.amount !== priceRange.max.amount}
        />
      </div>
      <div class="card-actions">
        {variant !== null && <OneClickButton variant={variant} productTitle={nameOf(product, variant)} />}
        {variant !== null && isSingle && variant.availableForSale && (
          <AddToCartButton variantId={variant.id} of={title} plain />
        )}
        {!isSingle && (
          <Link class="card-choices" href={productAddress(product.handle)} label={`${title}: ${String(variants.length)} to choose from`}>
            {`${String(variants.length)} to choose from`}
          </Link>
        )}
      </div>
    </li>
  );
}

function nameOf({ title }: ProductCardFragment, variant: ProductCardFragment["variants"][number]): string {
  const options = optionText(variant);
  return options === "" ? title : `${title}, ${options}`;
}
