// What a press of a buying button came to, and what may follow. The same for one click and for a cart.

import type { PurchaseResultFragment } from "../../generated/shop";
import type { UserError } from "../../shared/address";

/** Where a purchase stands. */
export type PurchaseState =
  | { readonly kind: "idle" }
  | { readonly kind: "sending" }
  /** The same request is under way, sent from here or elsewhere: ask again after so many milliseconds. */
  | { readonly kind: "inProgress"; readonly pollAfterMs: number; readonly reason: string }
  /** No answer came: whether it was bought is not known, and the same key finds out. */
  | { readonly kind: "lost"; readonly message: string }
  | { readonly kind: "placed"; readonly order: PlacedOrder; readonly isJoined: boolean }
  | { readonly kind: "confirmation"; readonly redirectUrl: string | null; readonly reason: string }
  | { readonly kind: "priceChanged"; readonly expected: string; readonly actual: string; readonly reason: string }
  | { readonly kind: "addressWrong"; readonly userErrors: readonly UserError[] }
  /** `isKnown`: the purchaser is known, but the sign-in is not recent enough. */
  | { readonly kind: "signIn"; readonly isKnown: boolean; readonly reason: string }
  | { readonly kind: "refused"; readonly reason: string };

/** What was bought, and until when it can be undone. */
export interface PlacedOrder {
  readonly id: string;
  readonly number: string;
  readonly lineId: string | null;
  readonly undoUntil: string | null;
}

export const IDLE: PurchaseState = { kind: "idle" };

function joinMessages(userErrors: readonly UserError[]): string {
  return userErrors.map(({ message }) => message).join(" ");
}

/** The state after an answer. */
export function stateAfter(result: PurchaseResultFragment): PurchaseState {
  switch (result.__typename) {
    case "OrderPlaced": {
      const { order, lineId, undoUntil, mergedInto } = result;
      return { kind: "placed", order: { id: order.id, number: order.number, lineId, undoUntil }, isJoined: mergedInto !== null };
    }
    case "PaymentActionRequired":
      return { kind: "confirmation", redirectUrl: result.redirectUrl, reason: result.reason };
    case "PriceChanged": {
      const { expected, actual, reason } = result;
      return { kind: "priceChanged", expected: expected.formatted, actual: actual.formatted, reason };
    }
    case "AddressInsufficient":
      return { kind: "addressWrong", userErrors: result.userErrors };
    case "InvalidPurchase":
      return { kind: "refused", reason: joinMessages(result.userErrors) };
    case "SignInRequired":
    case "ReauthenticationRequired":
      return { kind: "signIn", isKnown: result.__typename === "ReauthenticationRequired", reason: result.reason };
    case "PurchaseInProgress":
      return { kind: "inProgress", pollAfterMs: result.pollAfter, reason: result.reason };
    case "PaymentDeclined":
    case "OutOfStock":
    case "IdempotencyConflict":
    case "LimitExceeded":
      return { kind: "refused", reason: result.reason };
  }
}

/**
 * Whether the next press repeats the last request under its key, so that nothing is bought twice. Every other press is
 * a purchase of its own.
 */
export function repeatsLastRequest(state: PurchaseState): boolean {
  return state.kind === "lost" || state.kind === "inProgress" || state.kind === "confirmation";
}

/** What goes with a purchase, so that nobody pays more than was shown. Decimal strings. */
export interface Guards {
  readonly expectedTotal: string;
  readonly expectedDue: string;
}

/** An amount as the gateway gives it. */
interface Shown {
  readonly amount: string;
}

/** The guards of what was shown; null where no total is known, when nothing may be bought. Without stored value all is due. */
export function guardsOf(gross: Shown | null | undefined, due: Shown | null | undefined): Guards | null {
  if (!gross) return null;
  return { expectedTotal: gross.amount, expectedDue: (due ?? gross).amount };
}

/** Whether a purchase can still be undone at `nowMs`. */
export function isUndoable({ lineId, undoUntil }: PlacedOrder, nowMs: number): boolean {
  return lineId !== null && undoUntil !== null && Date.parse(undoUntil) > nowMs;
}
