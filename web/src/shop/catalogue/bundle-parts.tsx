// What is in a bundle, each part with the way to its own page.

import type { BundlePartFragment } from "../../generated/shop";
import { variantAddress } from "../router/address";
import { Link } from "../router/location";
import { nestComponents, type BundlePart } from "./bundle";

interface BundlePartsProps {
  readonly components: readonly BundlePartFragment[];
  /** Called when the link of a part is followed. */
  readonly onFollow: () => void;
}

/** The parts of a bundle; nothing where there are none. */
export function BundleParts({ components, onFollow }: BundlePartsProps) {
  if (components.length === 0) return null;
  return (
    <section class="product-section" aria-labelledby="parts-title">
      <h2 id="parts-title">What is in it</h2>
      <PartList parts={nestComponents(components)} onFollow={onFollow} />
    </section>
  );
}

interface PartListProps extends Pick<BundlePartsProps, "onFollow"> {
  readonly parts: readonly BundlePart<BundlePartFragment>[];
}

function PartList({ parts, onFollow }: PartListProps) {
  return (
    <ul class="bundle">
      {parts.map((part, index) => (
        <Part key={index} part={part} onFollow={onFollow} />
      ))}
    </ul>
  );
}

interface PartProps extends Pick<BundlePartsProps, "onFollow"> {
  readonly part: BundlePart<BundlePartFragment>;
}

function Part({ part: { component, parts }, onFollow }: PartProps) {
  const { quantity, variant } = component;
  const { id, title, product } = variant;
  return (
    <li>
      <div class="bundle-part">
        {quantity > 1 && <span class="bundle-quantity">{quantity} ×</span>}
        {product.listed ? (
          <Link href={variantAddress(product.handle, id)} onFollow={onFollow}>
            {title}
          </Link>
        ) : (
          <span>{title}</span>
        )}
        {parts.length > 0 && <span class="bundle-quantity">{quantity > 1 ? "each with" : "with"}</span>}
      </div>
      {parts.length > 0 && <PartList parts={parts} onFollow={onFollow} />}
    </li>
  );
}
