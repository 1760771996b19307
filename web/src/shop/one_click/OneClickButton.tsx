// The button that buys at once, what it did, and the way to undo that.

import { useClient, useQuery } from "@urql/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import {
  BuyByOneClickDocument,
  OfferForQuantityDocument,
  PurchaseUnderKeyDocument,
  UndoPurchaseDocument,
  type OneClickPurchaseInput,
  type OneClickVariantFragment,
} from "../../generated/shop";
import { newRequestKey } from "../../order/keys";
import { usePath } from "../account/path";
import { useRequests } from "../account/request";
import { describeError } from "../api/errors";
import { pageAddress } from "../router/address";
import { Link } from "../router/location";
import { refreshOffers, useShownOffer } from "./offers";
import { guardsOf, isUndoable, type PlacedOrder, type PurchaseState } from "./purchase";
import { usePurchase, type Purchase } from "./use-purchase";
import "./style.css";

/** What lists and pages of products hand to the button: the variant with its offer, and the product's name. */
export interface OneClickButtonProps {
  readonly variant: OneClickVariantFragment;
  readonly productTitle: string;
  /** How many one press buys; absent: one. */
  readonly quantity?: number;
}

type Offer = OneClickVariantFragment["oneClick"];

/** The button, where the variant is offered so; nothing elsewhere. */
export function OneClickButton({ variant, productTitle, quantity = 1 }: OneClickButtonProps) {
  const { id } = variant;
  const { offer, isPricing } = useOffer(variant, quantity);
  const openPath = usePath();
  const button = useRef<HTMLButtonElement>(null);
  const [notice, setNotice] = useState("");
  useShownOffer(id);
  const purchase = useOneClick(id, (reason, isKnown) => {
    openPath({
      purpose: isKnown ? "signIn" : "oneClick",
      reason,
      mustSignInAgain: true,
      onDone: () => { setNotice("You are signed in. Press again to buy."); },
    });
  });
  const undo = useUndo(id, purchase, (message) => {
    setNotice(message);
    // Its own button is gone.
    button.current?.focus();
  });
  const ordered = orderedLine(purchase.state, offer);
  const undoable = useUndoable(ordered);
  const guards = guardsOf(offer.total?.gross, offer.due);
  // What was done stays said, also where nothing more can be bought.
  if (offer.state === "UNAVAILABLE" && ordered === null && notice === "" && purchase.state.kind === "idle") return null;

  const isBusy = purchase.state.kind === "sending" || purchase.state.kind === "inProgress";
  const press = (): void => {
    if (isBusy || isPricing || undo.busy) return;
    setNotice("");
    if (guards === null && (offer.state === "READY" || offer.state === "ORDERED"))
      setNotice("That many cannot be bought at once.");
    else if (guards === null)
      openPath({ purpose: "oneClick", onDone: () => { setNotice("Buying with one click is on for this device."); } });
    else void purchase.press((idempotencyKey) => ({ variantId: id, quantity, idempotencyKey, ...guards }));
  };
  return (
    <div class="one-click">
      {offer.state !== "UNAVAILABLE" && (
        <button
          ref={button}
          type="button"
          class={guards === null ? "button button-plain button-small" : "button"}
          aria-disabled={isBusy || isPricing}
          onClick={press}
        >
          <ButtonText offer={offer} isBusy={isBusy} />
          <span class="unseen"> {productTitle}</span>
        </button>
      )}
      {guards !== null && <Hints offer={offer} />}
      <div role="status" class="one-click-status">
        {notice !== "" && <p>{notice}</p>}
        {isBusy && <p class="unseen">Your purchase is under way.</p>}
        {notice === "" && ordered !== null && (
          <p class="one-click-ordered">
            <span>
              <span aria-hidden="true">✓ </span>Ordered: <Link href={pageAddress("orders", ordered.id)}>number {ordered.number}</Link>
            </span>
            {undoable && (
              <button
                type="button"
                class="button button-plain button-small"
                aria-disabled={undo.busy}
                onClick={() => void undo.undo(ordered)}
              >
                Undo
              </button>
            )}
          </p>
        )}
      </div>
      <PurchaseAlert purchase={purchase} undoFailure={undo.failureMessage} />
    </div>
  );
}

/** The offer for so many: what one costs comes with the variant, what more cost is asked for. */
function useOffer(
  { id, oneClick: offer }: OneClickVariantFragment,
  quantity: number,
): { readonly offer: Offer; readonly isPricing: boolean } {
  const isOne = quantity === 1 || offer.total === null;
  const [{ data, fetching }, execute] = useQuery({
    query: OfferForQuantityDocument,
    variables: { id, quantity },
    pause: isOne,
  });
  // What one costs has changed, by a purchase or a new price: so has what more cost.
  const amount = offer.total?.gross?.amount;
  const lastAmountRef = useRef(amount);
  useEffect(() => {
    if (lastAmountRef.current === amount) return;
    lastAmountRef.current = amount;
    if (!isOne) execute({ requestPolicy: "network-only" });
  }, [amount, isOne, execute]);
  if (isOne) return { offer, isPricing: false };
  const node = data?.node;
  const priced = node && "oneClick" in node ? node.oneClick : null;
  return { offer: { ...offer, total: priced?.total ?? null, due: priced?.due ?? null }, isPricing: fetching };
}

function ButtonText({ offer, isBusy }: { readonly offer: Offer; readonly isBusy: boolean }) {
  const total = offer.total?.gross;
  if (!total) return <>{offer.state === "READY" || offer.state === "ORDERED" ? "Buy now" : offer.action.label}</>;
  return <>{isBusy ? `Buying for ${total.formatted}…` : `Buy now for ${total.formatted}`}</>;
}

function Hints({ offer }: { readonly offer: Offer }) {
  const { purchaserHint, shippingHint, paymentHint } = offer;
  const parts = [
    purchaserHint && `for ${purchaserHint}`,
    shippingHint && `to ${shippingHint}`,
    paymentHint && `paid by ${/^\d+$/.test(paymentHint) ? `card ${paymentHint}` : paymentHint}`,
  ].filter((part) => part !== null && part !== "");
  return <p class="hint">Tax and shipping included{parts.length > 0 && `, ${parts.join(", ")}`}</p>;
}

/** What stands in the way, or what to do next. */
function PurchaseAlert({
  purchase,
  undoFailure,
}: {
  readonly purchase: Purchase<OneClickPurchaseInput>;
  readonly undoFailure: string | null;
}) {
  const { state } = purchase;
  return (
    <div role="alert">
      {undoFailure !== null && <p class="notice notice-bad">{undoFailure}</p>}
      {state.kind === "lost" && (
        <p class="notice notice-bad">
          {state.message} It may have been bought all the same: press again to find out. It is not bought twice.
        </p>
      )}
      {state.kind === "priceChanged" && (
        <p class="notice">
          The price has changed: <s>{state.expected}</s> <strong>{state.actual}</strong>. Nothing was bought. Press again to
          buy at the new price.
        </p>
      )}
      {state.kind === "addressWrong" && (
        <p class="notice notice-bad">
          {state.userErrors.map(({ message }) => message).join(" ")}{" "}
          <Link href={pageAddress("account")}>See your addresses</Link>
        </p>
      )}
      {(state.kind === "refused" || state.kind === "signIn") && <p class="notice notice-bad">{state.reason}</p>}
      {state.kind === "confirmation" && (
        <div class="notice">
          <p>{state.reason}</p>
          <button type="button" class="button button-plain button-small" onClick={purchase.confirm}>
            Confirm at your bank
          </button>{" "}
          <button type="button" class="button button-plain button-small" onClick={purchase.reset}>
            Leave it
          </button>
        </div>
      )}
    </div>
  );
}

/** Buying one of a variant. `onSignInNeeded` is told why, and whether the purchaser is known. */
function useOneClick(
  variantId: string,
  onSignInNeeded: (reason: string, isKnown: boolean) => void,
): Purchase<OneClickPurchaseInput> {
  const client = useClient();
  return usePurchase<OneClickPurchaseInput>({
    subject: variantId,
    send: async (input) => {
      const { data, error } = await client.mutation(BuyByOneClickDocument, { input });
      if (data === undefined || error !== undefined) return { failureMessage: describeError(error) };
      return data.oneClickPurchase;
    },
    find: async (key) => {
      const { data } = await client.query(PurchaseUnderKeyDocument, { key }, { requestPolicy: "network-only" });
      const order = data?.orderByIdempotencyKey ?? null;
      return order === null ? null : { id: order.id, number: order.number, lineId: null, undoUntil: null };
    },
    onState: async (state) => {
      // The new price stands on the button before it is said that it has changed.
      if (state.kind === "priceChanged") await refreshOffers(client);
      if (state.kind === "placed" || state.kind === "refused") void refreshOffers(client);
      if (state.kind === "signIn") onSignInNeeded(state.reason, state.isKnown);
    },
  });
}

/** What the last click became: as the gateway says, or as the answer to the click itself has said. */
function orderedLine(state: PurchaseState, { state: offerState, order, lineId, undoUntil }: Offer): PlacedOrder | null {
  if (offerState === "ORDERED" && order !== null) return { id: order.id, number: order.number, lineId, undoUntil };
  return state.kind === "placed" ? state.order : null;
}

/** Whether it can be undone now; draws anew when its time is over. */
function useUndoable(ordered: PlacedOrder | null): boolean {
  const [nowMs, setNowMs] = useState(() => Date.now());
  const undoUntil = ordered?.undoUntil ?? null;
  useEffect(() => {
    if (undoUntil === null) return;
    setNowMs(Date.now());
    const remainingMs = Date.parse(undoUntil) - Date.now();
    if (remainingMs <= 0) return;
    // Longer than a timer can wait is longer than anybody looks at the page.
    const timer = setTimeout(() => { setNowMs(Date.now()); }, Math.min(remainingMs, 2 ** 31 - 1));
    return () => { clearTimeout(timer); };
  }, [undoUntil]);
  return ordered !== null && isUndoable(ordered, nowMs);
}

interface Undo {
  readonly busy: boolean;
  readonly failureMessage: string | null;
  readonly undo: (ordered: PlacedOrder) => Promise<void>;
}

/** Taking the last click back: its line goes, and the order with its last line. */
function useUndo(variantId: string, purchase: Purchase<OneClickPurchaseInput>, onUndone: (message: string) => void): Undo {
  const client = useClient();
  const { busy, failureMessage, send } = useRequests();
  const [refusal, setRefusal] = useState<string | null>(null);
  const keyRef = useRef<string | null>(null);
  useEffect(() => { setRefusal(null); }, [variantId, purchase.state]);
  const undo = async ({ id, lineId }: PlacedOrder): Promise<void> => {
    if (lineId === null) return;
    keyRef.current ??= newRequestKey();
    const input = { orderId: id, lineId, quantity: 0, idempotencyKey: keyRef.current };
    const data = await send(UndoPurchaseDocument, { input });
    if (data === null) return;
    // Only a lost answer leaves the request as it was.
    keyRef.current = null;
    const { order, userErrors } = data.orderLineUpdate;
    await refreshOffers(client);
    if (userErrors.length > 0) {
      setRefusal(userErrors.map(({ message }) => message).join(" "));
      return;
    }
    purchase.reset();
    onUndone(
      order?.status === "CANCELLED"
        ? "Undone: the order is cancelled, and you pay nothing."
        : "Undone: it is taken out of your order.",
    );
  };
  return { busy, failureMessage: failureMessage ?? refusal, undo };
}
