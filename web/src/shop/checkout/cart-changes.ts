// What the checkout changes of the cart: where it goes, how it is sent, the note.

import { useState } from "preact/hooks";
import {
  SelectCheckoutShippingDocument,
  SetCheckoutDestinationDocument,
  SetCheckoutNoteDocument,
  type CheckoutCartFragment,
  type DestinationInput,
} from "../../generated/shop";
import type { UserError } from "../../shared/address";
import { useRequests } from "../account/request";

/** The answer to a change: the cart as it stands, and why it was refused. */
export interface CartAnswer {
  readonly cart: CheckoutCartFragment | null;
  readonly userErrors: readonly UserError[];
}

/** Changes of one cart. */
export interface CartChanges {
  readonly busy: boolean;
  /** Why the last change was refused, or got no answer. */
  readonly message: string | null;
  readonly setDestination: (destination: DestinationInput) => Promise<CartAnswer | null>;
  readonly selectShipping: (shippingOptionId: string) => Promise<CartAnswer | null>;
  readonly setNote: (note: string) => Promise<CartAnswer | null>;
}

/** Ways to change `cart`. Each names the version that was shown; the cache has the cart of the answer. */
export function useCartChanges({ id: cartId, version: expectedVersion }: CheckoutCartFragment): CartChanges {
  const { busy, failureMessage, send } = useRequests();
  const [refusal, setRefusal] = useState<string | null>(null);
  const take = (answer: CartAnswer | undefined): CartAnswer | null => {
    if (answer === undefined) return null;
    setRefusal(answer.userErrors.length === 0 ? null : answer.userErrors.map(({ message }) => message).join(" "));
    return answer;
  };
  const base = { cartId, expectedVersion };
  return {
    busy,
    message: failureMessage ?? refusal,
    setDestination: async (destination) =>
      take((await send(SetCheckoutDestinationDocument, { input: { ...base, destination } }))?.cartDestinationSet),
    selectShipping: async (shippingOptionId) =>
      take((await send(SelectCheckoutShippingDocument, { input: { ...base, shippingOptionId } }))?.cartShippingSelect),
    setNote: async (note) => take((await send(SetCheckoutNoteDocument, { input: { ...base, note } }))?.cartDetailsSet),
  };
}
