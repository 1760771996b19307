// What the shop says of a gift in words. It knows no place and no contact of whoever gets it.

import type { GiftPaymentState, GiftStatus } from "../../generated/shop";

const STATUS_TITLES: Readonly<Record<GiftStatus, string>> = {
  SCREENING: "Getting ready",
  AWAITING_RECIPIENT: "Waiting for an answer",
  SEARCHING: "Looking for an address",
  VERIFYING: "Checking the address",
  AWAITING_GIVER: "Waiting for you",
  RESOLVED: "Being packed",
  DISPATCHED: "On its way",
  DELIVERED: "Delivered",
  DECLINED: "Declined",
  CANCELLED: "Cancelled",
  UNDELIVERABLE: "Could not be delivered",
};

/** The status in words. */
export function giftStatusTitle(status: GiftStatus): string {
  return STATUS_TITLES[status];
}

const STATUS_TEXTS: Readonly<Record<GiftStatus, string>> = {
  SCREENING: "We look at what you told us.",
  AWAITING_RECIPIENT: "We have written to them and asked where it may go.",
  SEARCHING: "We look where else an address may be known.",
  VERIFYING: "An address is known and is being checked.",
  AWAITING_GIVER: "We need something from you to go on: see below.",
  RESOLVED: "We know where it goes.",
  DISPATCHED: "It has left.",
  DELIVERED: "It has arrived.",
  DECLINED: "They would rather not have it. You pay nothing.",
  CANCELLED: "You have called it off. You pay nothing.",
  UNDELIVERABLE: "Nobody could tell us where it may go. You pay nothing.",
};

/** What the status means for the giver, in a sentence. */
export function giftStatusText(status: GiftStatus): string {
  return STATUS_TEXTS[status];
}

const ENDED: ReadonlySet<GiftStatus> = new Set(["DELIVERED", "DECLINED", "CANCELLED", "UNDELIVERABLE"]);
const CANCELLABLE: ReadonlySet<GiftStatus> = new Set([
  "SCREENING",
  "AWAITING_RECIPIENT",
  "SEARCHING",
  "VERIFYING",
  "AWAITING_GIVER",
  "RESOLVED",
]);

/** Whether nothing more happens to it. */
export function isGiftEnded(status: GiftStatus): boolean {
  return ENDED.has(status);
}

/** Whether its giver may call it off. */
export function isGiftCancellable(status: GiftStatus): boolean {
  return CANCELLABLE.has(status);
}

const EVENT_TITLES: Readonly<Record<string, string>> = {
  created: "You gave it",
  sufficient: "An address is known",
  contactable: "We wrote to them",
  searchable: "We began to look for an address",
  exhausted: "Nothing more is known",
  reply: "They answered",
  late_reply: "They answered",
  timeout: "No answer came in time",
  bounce: "A message could not be delivered",
  new_facts: "Something was found",
  nothing_found: "Nothing was found",
  valid: "The address is right",
  rejected: "The address is not right",
  over_cap: "It would cost more than you agreed to",
  charge_refused: "The payment was refused",
  amount_refused: "This amount cannot be charged",
  giver_input: "You told us more",
  dispatch: "It left",
  delivered: "It arrived",
  returned: "It came back",
  declined: "They declined",
  cancelled: "You called it off",
  giver_deadline: "We waited too long for you",
  gift_deadline: "The time for it is over",
};

/** What happened, in words; an event of a kind that is new here in its own. */
export function giftEventTitle(type: string): string {
  return EVENT_TITLES[type] ?? type.replaceAll("_", " ");
}

const PAYMENT_TEXTS: Readonly<Record<GiftPaymentState, string>> = {
  HELD: "is set aside on your way to pay, and taken when the gift leaves",
  MANDATE: "will be charged when it is known where the gift goes",
  CAPTURED: "was paid",
  RELEASED: "is not taken: nothing is owed",
  REFUNDED: "was paid back",
};

/** What is with the money, to follow an amount. */
export function giftPaymentText(payment: GiftPaymentState): string {
  return PAYMENT_TEXTS[payment];
}

interface Formatted {
  readonly formatted: string;
}

/** What it costs: an amount, or from where to where while that depends on where it goes. */
export function giftCost(charges: { readonly low: Formatted; readonly high: Formatted; readonly final: Formatted | null }): string {
  const { low, high, final } = charges;
  if (final !== null) return final.formatted;
  return low.formatted === high.formatted ? low.formatted : `${low.formatted} to ${high.formatted}`;
}

/** What the last reason to wait for the giver asks of them. */
export type GiverRequest = "recipient" | "charges" | "payment";

/** What to ask the giver for, from the kind of the last event. */
export function giverRequest(lastEventType: string): GiverRequest {
  if (lastEventType === "over_cap") return "charges";
  return lastEventType === "charge_refused" ? "payment" : "recipient";
}
