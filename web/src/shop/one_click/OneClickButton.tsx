// The button that buys at once.

import type { OneClickVariantFragment } from "../../generated/shop";

/** What lists and pages of products hand to the button: the variant with its offer, and the product's name. */
export interface OneClickButtonProps {
  readonly variant: OneClickVariantFragment;
  readonly productTitle: string;
  readonly quantity?: number;
}

/** The button, where the variant is offered so; nothing elsewhere. */
export function OneClickButton({ variant }: OneClickButtonProps) {
  return variant.oneClick.state === "READY" ? <p>{variant.oneClick.total?.gross?.formatted}</p> : null;
}
