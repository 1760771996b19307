// A product's own page.

import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { ProductDocument, type ProductDetailsFragment, type ProductVariantFragment } from "../../generated/shop";
import { RetryNotice } from "../../shared/notices";
import { describeError } from "../api/errors";
import { MissingPage } from "../app/missing-page";
import { AddToCartButton } from "../cart/add-button";
import { GiveButton } from "../gifts/GiveButton";
import { OneClickButton } from "../one_click/OneClickButton";
import { collectionAddress, pageAddress, variantAddress, VARIANT_PARAMETER } from "../router/address";
import { Link, navigate, useLocation } from "../router/location";
import type { PageProps } from "../router/routes";
import { Loading } from "../ui/loading";
import { PageHeading } from "../ui/page-heading";
import { Price } from "../ui/price";
import { Quantity } from "../ui/quantity";
import { BundleParts } from "./bundle-parts";
import { Description } from "./description";
import { Gallery } from "./gallery";
import { OptionFields } from "./option-fields";
import { findVariant, firstVariant, optionText, selectionOf, type Selection } from "./options";
import { describeAvailability, describeStock } from "./wording";

/** The product with the handle in the address. */
export function ProductPage({ handle }: PageProps) {
  const [{ data, fetching, error }, reload] = useQuery({ query: ProductDocument, variables: { handle } });
  const product = data?.product ?? null;
  if (product !== null) return <ProductView key={product.id} product={product} />;
  if (error !== undefined)
    return (
      <RetryNotice message={describeError(error)} onRetry={() => { reload({ requestPolicy: "network-only" }); }} />
    );
  return fetching || data === undefined ? <Loading label="Loading the product" /> : <MissingPage />;
}

/** What is chosen: by the address, so that a link leads to the same variant; else what is shown first. */
function useSelection(product: ProductDetailsFragment): readonly [Selection, (selection: Selection) => void] {
  const asked = useLocation().query.get(VARIANT_PARAMETER);
  // A combination that is not made has no address: it is chosen until another address is gone to.
  const [unmade, setUnmade] = useState<{ readonly asked: string | null; readonly selection: Selection } | null>(null);
  const start = product.variants.find(({ id }) => id === asked) ?? firstVariant(product.variants);
  const addressed = start === null ? {} : selectionOf(start);
  const select = (selection: Selection): void => {
    const variant = findVariant(product.variants, selection);
    setUnmade(variant === null ? { asked, selection } : null);
    if (variant !== null) navigate(variantAddress(product.handle, variant.id), { replace: true });
  };
  return [unmade !== null && unmade.asked === asked ? unmade.selection : addressed, select];
}

function ProductView({ product }: { readonly product: ProductDetailsFragment }) {
  const [selection, select] = useSelection(product);
  const [visit, setVisit] = useState(0);
  // A part may be another variant of this very product: that page begins at its top and heading, too.
  const startAnew = (): void => {
    setVisit(visit + 1);
    scrollTo({ top: 0, behavior: "instant" });
  };
  const variant = findVariant(product.variants, selection);
  return (
    <article class="product">
      <ProductPath product={product} />
      <Gallery title={product.title} images={product.images} image={variant?.image ?? null} />
      <div class="product-text">
        {product.vendor !== null && product.vendor !== "" && <p class="product-vendor">{product.vendor}</p>}
        <PageHeading key={visit}>{product.title}</PageHeading>
        <OptionFields product={product} selection={selection} onSelect={select} />
        {variant === null ? (
          <p class="notice" role="status">{`${Object.values(selection).join(" / ")} is not made. Choose another combination.`}</p>
        ) : (
          <VariantPurchase key={variant.id} product={product} variant={variant} />
        )}
        {variant !== null && <BundleParts components={variant.components} onFollow={startAnew} />}
        {product.descriptionHtml !== "" && <Description html={product.descriptionHtml} />}
        <ProductFacts product={product} variant={variant} />
      </div>
    </article>
  );
}

/** The way back, by the first collection the product is in. */
function ProductPath({ product }: { readonly product: ProductDetailsFragment }) {
  const [collection] = product.collections;
  return (
    <nav class="path" aria-label="You are here">
      <Link href={pageAddress()}>All products</Link>
      {collection !== undefined && (
        <>
          <span aria-hidden="true"> / </span>
          <Link href={collectionAddress(collection.handle)}>{collection.title}</Link>
        </>
      )}
    </nav>
  );
}

interface VariantProps {
  readonly product: ProductDetailsFragment;
  readonly variant: ProductVariantFragment;
}

/** The price of a variant, whether it can be had, and the ways to have it. */
function VariantPurchase({ product, variant }: VariantProps) {
  const [quantity, setQuantity] = useState(1);
  const options = optionText(variant);
  const name = options === "" ? product.title : `${product.title}, ${options}`;
  return (
    <>
      <div class="product-price">
        <Price text={variant.price.formatted} before={variant.compareAtPrice?.formatted ?? null} />
        <p class="hint">{taxText(variant)}</p>
      </div>
      <AvailabilityText variant={variant} />
      {variant.availableForSale && (
        <div class="product-actions">
          <div class="product-quantity">
            <span aria-hidden="true">Quantity</span>
            <Quantity id="quantity" of={name} value={quantity} onChange={setQuantity} />
          </div>
          <OneClickButton variant={variant} productTitle={name} quantity={quantity} />
          <AddToCartButton variantId={variant.id} of={name} quantity={quantity} />
          {variant.requiresShipping && <GiveButton variantId={variant.id} quantity={quantity} />}
        </div>
      )}
    </>
  );
}

function taxText({ pricesIncludeTax, requiresShipping }: ProductVariantFragment): string {
  if (pricesIncludeTax) return requiresShipping ? "Tax included, plus shipping." : "Tax included.";
  return requiresShipping ? "Plus tax and shipping." : "Plus tax.";
}

function AvailabilityText({ variant }: { readonly variant: ProductVariantFragment }) {
  const { availableForSale, requiresShipping, availableQuantity, shipsInDays } = variant;
  const usual = requiresShipping ? "Ready to ship" : "Yours at once, nothing is shipped";
  const text = describeAvailability(variant) ?? describeStock(availableQuantity, shipsInDays) ?? usual;
  const tone = !availableForSale ? "availability-out" : shipsInDays === null ? "availability-now" : "availability-later";
  return (
    <p class={`availability ${tone}`} role="status">
      {text}
      {shipsInDays !== null && availableForSale && " (made to order)"}
    </p>
  );
}

function ProductFacts({ product, variant }: { readonly product: ProductDetailsFragment; readonly variant: ProductVariantFragment | null }) {
  const facts = [
    ["Kind", product.productType],
    ["Article", variant?.sku ?? null],
  ].filter((fact): fact is [string, string] => fact[1] !== null && fact[1] !== "");
  if (facts.length === 0) return null;
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
