// The last part of a checkout: the note, the button with the total, and what came of pressing it.

import { useClient } from "@urql/preact";
import { useState } from "preact/hooks";
import {
  CartAtCheckoutDocument,
  CheckOutDocument,
  OrderOfCartDocument,
  type CartCheckoutInput,
  type CheckoutCartFragment,
} from "../../generated/shop";
import { TextArea } from "../../shared/fields";
import type { UserError } from "../../shared/address";
import { Form } from "../../shared/form";
import { SendButton } from "../../shared/notices";
import { usePath } from "../account/path";
import { describeError } from "../api/errors";
import { guardsOf, type PlacedOrder, type PurchaseState } from "../one_click/purchase";
import { usePurchase, type Purchase } from "../one_click/use-purchase";
import { refreshOffers } from "../one_click/offers";
import type { CartChanges } from "./cart-changes";
import { checkoutInput, type Buyer } from "./checkout";

const NOTE_ID = "checkout-note";

/** Buying the cart of that id. */
export function useCheckout(cartId: string, onPlaced: (order: PlacedOrder) => void): Purchase<CartCheckoutInput> {
  const client = useClient();
  const openPath = usePath();
  return usePurchase<CartCheckoutInput>({
    subject: cartId,
    send: async (input) => {
      const { data, error } = await client.mutation(CheckOutDocument, { input });
      if (data === undefined || error !== undefined) return { failureMessage: describeError(error) };
      return data.cartCheckout;
    },
    find: async () => {
      const { data } = await client.query(OrderOfCartDocument, { id: cartId }, { requestPolicy: "network-only" });
      const order = data?.cart?.order ?? null;
      return order === null ? null : { id: order.id, number: order.number, lineId: null, undoUntil: null };
    },
    onState: async (state) => {
      // A refusal may come from a cart that has changed: show it as it stands.
      if (state.kind === "priceChanged" || state.kind === "refused")
        await client.query(CartAtCheckoutDocument, { id: cartId }, { requestPolicy: "network-only" });
      if (state.kind === "signIn") openPath({ purpose: "signIn", reason: state.reason, mustSignInAgain: true });
      if (state.kind === "placed") {
        onPlaced(state.order);
        void refreshOffers(client);
      }
    },
  });
}

interface PlaceOrderProps {
  readonly cart: CheckoutCartFragment;
  readonly purchase: Purchase<CartCheckoutInput>;
  readonly changes: CartChanges;
  /** Who buys; null where something is missing, which is then shown. May have to ask the gateway first. */
  readonly prepareBuyer: () => Promise<Buyer | null>;
  readonly busy: boolean;
  readonly onAddressWrong: (userErrors: readonly UserError[]) => void;
  /** Places the order in spite of doubts about the address; absent where there is no such way. */
  readonly onConfirmAddress?: () => void;
}

/** The button. It names what is to pay, and more is never charged. */
export function PlaceOrder(props: PlaceOrderProps) {
  const { cart, purchase, changes, prepareBuyer, busy } = props;
  const [note, setNote] = useState(cart.note ?? "");
  const [noteError, setNoteError] = useState<string | undefined>(undefined);
  const [isPreparing, setPreparing] = useState(false);
  const { state } = purchase;
  const isBusy = busy || isPreparing || changes.busy || state.kind === "sending" || state.kind === "inProgress";
  const guards = guardsOf(cart.total.gross, cart.due);
  const place = async (): Promise<void> => {
    if (isBusy || guards === null) return;
    setPreparing(true);
    const buyer = await prepareBuyer();
    const shownCart = buyer === null ? null : await saveNote();
    setPreparing(false);
    const shownGuards = guardsOf(shownCart?.total.gross, shownCart?.due);
    if (buyer === null || shownCart === null || shownGuards === null) return;
    await purchase.press((key) =>
      checkoutInput({ cartId: shownCart.id, expectedVersion: shownCart.version, ...shownGuards }, buyer, key),
    );
  };
  const saveNote = async (): Promise<CheckoutCartFragment | null> => {
    if (note.trim() === (cart.note ?? "")) return cart;
    const answer = await changes.setNote(note.trim());
    const [error] = answer?.userErrors ?? [];
    setNoteError(error?.message);
    return answer === null || error !== undefined ? null : answer.cart;
  };
  return (
    <Form onSubmit={() => void place()}>
      <TextArea
        id={NOTE_ID}
        label="A note for the shop (optional)"
        error={noteError}
        value={note}
        onInput={setNote}
      />
      <CheckoutAlert {...props} message={changes.message} />
      {guards === null && <p class="hint">The total is known once the shop knows where it goes.</p>}
      <div class="actions">
        <SendButton busy={isBusy}>
          Place the order{cart.total.gross !== null && ` for ${(cart.due ?? cart.total.gross).formatted}`}
        </SendButton>
      </div>
    </Form>
  );
}

function alertText(state: PurchaseState): string | null {
  switch (state.kind) {
    case "refused":
    case "signIn":
      return state.reason;
    case "lost":
      return `${state.message} It may have been bought all the same: press again to find out. It is not bought twice.`;
    case "addressWrong":
      return state.userErrors.map(({ message }) => message).join(" ");
    default:
      return null;
  }
}

function CheckoutAlert({
  purchase,
  message,
  onAddressWrong,
  onConfirmAddress,
}: Pick<PlaceOrderProps, "purchase" | "onAddressWrong" | "onConfirmAddress"> & { readonly message: string | null }) {
  const { state } = purchase;
  const text = alertText(state) ?? message;
  return (
    <div role="alert">
      {text !== null && (
        <div class="notice notice-bad">
          <p>{text}</p>
          {state.kind === "addressWrong" && (
            <>
              <button type="button" class="button button-plain" onClick={() => { onAddressWrong(state.userErrors); }}>
                Correct the address
              </button>{" "}
              {onConfirmAddress !== undefined && (
                <button type="button" class="button button-plain" onClick={onConfirmAddress}>
                  My address is right, use it as it is
                </button>
              )}
            </>
          )}
        </div>
      )}
      {state.kind === "priceChanged" && (
        <p class="notice">
          What it costs has changed: <s>{state.expected}</s> <strong>{state.actual}</strong>. Nothing was bought. Look at
          your cart, and press again to buy at the new price.
        </p>
      )}
      {state.kind === "confirmation" && (
        <div class="notice">
          <p>{state.reason}</p>
          <button type="button" class="button button-plain" onClick={purchase.confirm}>
            Confirm at your bank
          </button>{" "}
          <button type="button" class="button button-plain" onClick={purchase.reset}>
            Leave it
          </button>
        </div>
      )}
    </div>
  );
}
