// The button that begins a gift.

import { pageAddress } from "../router/address";
import { navigate } from "../router/location";

/** What a product's page hands to the button. */
export interface GiveButtonProps {
  readonly variantId: string;
  readonly quantity: number;
}

/** “Give as a gift”: leads to where the gift is ordered. */
export function GiveButton({ variantId, quantity }: GiveButtonProps) {
  const query = new URLSearchParams({ give: variantId, quantity: String(quantity) });
  return (
    <button
      type="button"
      class="button button-plain"
      onClick={() => { navigate(`${pageAddress("gifts")}?${query.toString()}`); }}
    >
      Give as a gift
    </button>
  );
}
