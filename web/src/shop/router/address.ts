// The addresses of the shop's pages, below whatever path a proxy serves the gateway under.

import { gatewayRoot } from "../../shared/root";

/** The path of the shop's first page. */
export function shopPath(): string {
  return `${gatewayRoot().pathname}shop`;
}

/** The address of a page of the shop: `productAddress("mug")` is `/shop/products/mug`. */
export function pageAddress(...segments: readonly string[]): string {
  return [shopPath(), ...segments.map(encodeURIComponent)].join("/");
}

/** The parameter of a product's page that says which variant is chosen. */
export const VARIANT_PARAMETER = "variant";

/** A product's page. */
export function productAddress(handle: string): string {
  return pageAddress("products", handle);
}

/** A product's page with one of its variants chosen. */
export function variantAddress(handle: string, variantId: string): string {
  return `${productAddress(handle)}?${new URLSearchParams({ [VARIANT_PARAMETER]: variantId }).toString()}`;
}

/** A collection's page. */
export function collectionAddress(handle: string): string {
  return pageAddress("collections", handle);
}

/** The segments of a path below the shop's, decoded; null for a path that cannot be decoded. */
export function parseSegments(path: string): readonly string[] | null {
  const below = path.slice(shopPath().length).split("/").filter((segment) => segment !== "");
  try {
    return below.map(decodeURIComponent);
  } catch {
    return null;
  }
}
