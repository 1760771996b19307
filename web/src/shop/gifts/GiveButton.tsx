// The way from a product to giving it.

import { navigate } from "../router/location";
import { givePageAddress } from "./address";

/** What pages of products hand to the button. */
export interface GiveButtonProps {
  readonly variantId: string;
  readonly quantity: number;
}

/** The button. */
export function GiveButton({ variantId, quantity }: GiveButtonProps) {
  return (
    <button type="button" class="button button-plain" onClick={() => { navigate(givePageAddress(variantId, quantity)); }}>
      Give as a gift
    </button>
  );
}
