// Where a gift is given, and where it is watched.

import { pageAddress } from "../router/address";

/** The page on which a variant is given. */
export function givePageAddress(variantId: string): string {
  return pageAddress("give", variantId);
}

/** The page on which a gift is watched. */
export function giftPageAddress(giftId: string): string {
  return pageAddress("gifts", giftId);
}
