// Buying: one press is one purchase, however often its request is sent.

import { useEffect, useRef, useState } from "preact/hooks";
import type { PurchaseResultFragment } from "../../generated/shop";
import { newRequestKey } from "../../order/keys";
import { readCardReturn } from "../account/card-return";
import { confirmationUrl } from "../account/paymentEntry";
import { forgetPending, keepPending, readPending } from "./pending";
import { IDLE, repeatsLastRequest, stateAfter, type PlacedOrder, type PurchaseState } from "./purchase";

/** Every request of a purchase has a key of its own. */
interface KeyedRequest {
  readonly idempotencyKey: string;
}

/** What a purchase needs of the page. */
interface PurchaseOptions<Request extends KeyedRequest> {
  /** What is bought: a variant's id, or a cart's. */
  readonly subject: string;
  /** Sends a request; the result, or why none came. */
  readonly send: (request: Request) => Promise<PurchaseResultFragment | { readonly failureMessage: string }>;
  /** What became of the purchase under that key; null while it is none. */
  readonly find: (idempotencyKey: string) => Promise<PlacedOrder | null>;
  /** Called with each new state before it is shown. */
  readonly onState?: (state: PurchaseState) => Promise<void>;
}

/** A purchase, as a button sees it. */
export interface Purchase<Request extends KeyedRequest> {
  readonly state: PurchaseState;
  /** Buy what `build` says under a new key; or, where the last answer was lost, what was sent last under its own. */
  readonly press: (build: (idempotencyKey: string) => Request) => Promise<void>;
  /** Go to the bank's page again, where one was left. */
  readonly confirm: () => void;
  /** Take the present state back: nothing is said any more. */
  readonly reset: () => void;
}

const CONFIRMATION_POLL_MS = 2000;

const PAYMENT_FAILURES = {
  refused: "Your bank did not accept the payment. Nothing was charged: choose another way to pay.",
  expired: "The time to confirm the payment with your bank is over. Nothing was charged: order again.",
} as const;

/** A purchase on this page; one that waits for the bank is taken up again. */
export function usePurchase<Request extends KeyedRequest>({
  subject,
  send,
  find,
  onState,
}: PurchaseOptions<Request>): Purchase<Request> {
  const [state, setState] = useState<PurchaseState>(IDLE);
  const [bankUrl, setBankUrl] = useState<string | null>(null);
  const lastRequestRef = useRef<Request | null>(null);
  const isSendingRef = useRef(false);

  const show = async (newState: PurchaseState): Promise<void> => {
    await onState?.(newState);
    setState(newState);
  };
  const leaveForBank = (request: Request, redirectUrl: string | null): void => {
    const url = confirmationUrl(redirectUrl, location.pathname);
    if (url === null) return;
    keepPending({ idempotencyKey: request.idempotencyKey, subject, redirectUrl: url, page: location.pathname });
    setBankUrl(url);
    location.assign(url);
  };
  const sendRequest = async (request: Request): Promise<void> => {
    if (isSendingRef.current) return;
    isSendingRef.current = true;
    lastRequestRef.current = request;
    setState((last) => (last.kind === "inProgress" ? last : { kind: "sending" }));
    const result = await send(request);
    isSendingRef.current = false;
    if ("failureMessage" in result) {
      await show({ kind: "lost", message: result.failureMessage });
      return;
    }
    const newState = stateAfter(result);
    await show(newState);
    if (newState.kind === "confirmation") leaveForBank(request, newState.redirectUrl);
  };

  // What is under way is asked for again, under its own key.
  const resendRef = useRef(sendRequest);
  useEffect(() => { resendRef.current = sendRequest; });
  useEffect(() => {
    if (state.kind !== "inProgress") return;
    const timer = setTimeout(() => {
      if (lastRequestRef.current !== null) void resendRef.current(lastRequestRef.current);
    }, state.pollAfterMs);
    return () => { clearTimeout(timer); };
  }, [state]);

  useConfirmation(subject, find, (pendingUrl, order) => {
    const { paymentFailure } = readCardReturn();
    if (order !== null) {
      setBankUrl(null);
      void show({ kind: "placed", order, isJoined: false });
    } else if (paymentFailure !== null) {
      forgetPending();
      void show({ kind: "refused", reason: PAYMENT_FAILURES[paymentFailure] });
    } else {
      setBankUrl(pendingUrl);
      setState({ kind: "confirmation", redirectUrl: pendingUrl, reason: "Your bank still has to agree; nothing is bought until then." });
    }
  });

  return {
    state,
    press: async (build) => {
      const repeated = repeatsLastRequest(state) ? lastRequestRef.current : null;
      await sendRequest(repeated ?? build(newRequestKey()));
    },
    confirm: () => { if (bankUrl !== null) location.assign(bankUrl); },
    reset: () => {
      forgetPending();
      lastRequestRef.current = null;
      setState(IDLE);
    },
  };
}

/** Takes up a purchase that was left for the bank's page, and asks until the bank has said its word. */
function useConfirmation(
  subject: string,
  find: (idempotencyKey: string) => Promise<PlacedOrder | null>,
  onAnswer: (pendingUrl: string, order: PlacedOrder | null) => void,
): void {
  const callbacksRef = useRef({ find, onAnswer });
  useEffect(() => { callbacksRef.current = { find, onAnswer }; });
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (isFirst: boolean): Promise<void> => {
      const pending = readPending(subject);
      if (pending === null || isOver) return;
      const order = await callbacksRef.current.find(pending.idempotencyKey);
      // Meanwhile it may have been given up, or the page left.
      if (readPending(subject) === null || isStopped()) return;
      if (order !== null) forgetPending();
      if (order !== null || isFirst) callbacksRef.current.onAnswer(pending.redirectUrl, order);
      if (order === null && readPending(subject) !== null) timer = setTimeout(() => void ask(false), CONFIRMATION_POLL_MS);
    };
    const isStopped = (): boolean => isOver;
    void ask(true);
    // A page that the browser kept while the bank's was open begins anew.
    const handleShow = (event: PageTransitionEvent): void => { if (event.persisted) void ask(true); };
    addEventListener("pageshow", handleShow);
    return () => {
      isOver = true;
      clearTimeout(timer);
      removeEventListener("pageshow", handleShow);
    };
  }, [subject]);
}
