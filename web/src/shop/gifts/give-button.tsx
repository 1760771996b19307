// The way from a product to giving it.

import { givePageAddress } from "./address";
import { navigate } from "../router/location";

interface GiveButtonProps {
  readonly variantId: string;
}

/** The button. */
export function GiveButton({ variantId }: GiveButtonProps) {
  return (
    <button type="button" class="button button-plain" onClick={() => { navigate(givePageAddress(variantId)); }}>
      Give as a gift
    </button>
  );
}
