// Changing the order: what it would come to is shown first, and only that is then carried out.

import { useState } from "preact/hooks";
import {
  OrderAddressSetDocument,
  OrderLineUpdateDocument,
  type AddressInput,
  type OrderAnswerFragment,
} from "../generated/operations";
import type { UserError } from "../shared/address";
import { useSubmission, type Submission } from "../shared/submission";
import { newRequestKey } from "./keys";
import type { Order } from "./order";
import { readerLocale } from "./wording";

export type OrderAnswer = OrderAnswerFragment;

/** What the reader wants changed. */
export type Change =
  | { readonly kind: "quantity"; readonly lineId: string; readonly quantity: number }
  | { readonly kind: "address"; readonly address: AddressInput; readonly confirmWarnings: boolean };

/** What a change would come to. `key` is the request key of carrying out exactly this. */
export interface Preview {
  readonly change: Change;
  readonly order: Order;
  readonly key: string;
}

/** Changing, as a panel sees it. */
export interface OrderChange {
  readonly preview: Preview | null;
  readonly submission: Submission;
  /** Ask what `change` would come to; nothing changes. The answer, or null where none came or the order has moved on. */
  readonly ask: (change: Change) => Promise<OrderAnswer | null>;
  /** Carry out what is previewed. The answer, or null as above, and where it is done. */
  readonly confirm: () => Promise<OrderAnswer | null>;
  readonly discard: () => void;
}

/** What a panel tells the page. */
export interface ChangeOutcome {
  readonly onDone: (order: Order | null) => void;
  /** The order is not as it was shown: show it as it is, and why. */
  readonly onStale: (message: string) => void;
}

const STALE_CODES: ReadonlySet<string> = new Set(["NOT_MODIFIABLE", "NOT_FOUND", "PRICE_CHANGED"]);

/** Why the order has to be shown anew, if an answer says so. */
export function staleReason(userErrors: readonly UserError[]): string | null {
  return userErrors.find(({ code }) => STALE_CODES.has(code))?.message ?? null;
}

/** Whether the same request is to be sent again under its key. */
function isUnderWay({ userErrors }: OrderAnswer): boolean {
  return userErrors.some(({ code }) => code === "PURCHASE_IN_PROGRESS");
}

/** What guards a request: either it changes nothing, or no more than `expectedTotal` is charged. */
type Guard =
  | { readonly dryRun: true }
  | { readonly dryRun: false; readonly expectedTotal: string | null; readonly idempotencyKey: string };

function sendChange(submission: Submission, orderId: string, change: Change, guard: Guard): Promise<OrderAnswer | null> {
  const locale = readerLocale();
  if (change.kind === "quantity") {
    const input = { orderId, lineId: change.lineId, quantity: change.quantity, ...guard };
    return submission.send(OrderLineUpdateDocument, { input, locale }, (data) => data.orderLineUpdate);
  }
  const { address, confirmWarnings } = change;
  const input = { orderId, address, confirmWarnings, ...guard };
  return submission.send(OrderAddressSetDocument, { input, locale }, (data) => data.orderAddressSet);
}

/** A way to change `order`. */
export function useOrderChange(order: Order, { onDone, onStale }: ChangeOutcome): OrderChange {
  const submission = useSubmission("same-origin");
  const [preview, setPreview] = useState<Preview | null>(null);
  const passOn = (answer: OrderAnswer | null): OrderAnswer | null => {
    const reason = answer === null ? null : staleReason(answer.userErrors);
    if (reason === null) return answer;
    onStale(reason);
    return null;
  };
  const ask: OrderChange["ask"] = async (change) => {
    setPreview(null);
    const answer = passOn(await sendChange(submission, order.id, change, { dryRun: true }));
    if (answer?.order && answer.userErrors.length === 0)
      setPreview({ change, order: answer.order, key: newRequestKey() });
    return answer;
  };
  const confirm: OrderChange["confirm"] = async () => {
    if (preview === null) return null;
    const guard: Guard = {
      dryRun: false,
      expectedTotal: preview.order.total.gross?.amount ?? null,
      idempotencyKey: preview.key,
    };
    const answer = passOn(await sendChange(submission, order.id, preview.change, guard));
    if (answer === null) return null;
    if (answer.userErrors.length === 0) {
      onDone(answer.order);
      return null;
    }
    // Another try is another request, unless this one is still on its way.
    if (!isUnderWay(answer)) setPreview(null);
    return answer;
  };
  return { preview, submission, ask, confirm, discard: () => { setPreview(null); } };
}
