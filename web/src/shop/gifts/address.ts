// Where a gift is given, and where it is watched.

import { pageAddress } from "../router/address";

/** The page on which so many of a variant are given. */
export function givePageAddress(variantId: string, quantity: number): string {
  return `${pageAddress("give", variantId)}?quantity=${String(quantity)}`;
}

/** How many are given, as the address says; one where it says nothing of use. */
export function parseGiftQuantity(query: URLSearchParams): number {
  const quantity = Number(query.get("quantity") ?? "1");
  return Number.isInteger(quantity) && quantity > 0 && quantity < 2 ** 31 ? quantity : 1;
}

/** The page on which a gift is watched. */
export function giftPageAddress(giftId: string): string {
  return pageAddress("gifts", giftId);
}
