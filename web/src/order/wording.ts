// What the page says of an order in words, and of amounts.

import type {
  OpenOrderFragment,
  OrderStatus,
  RefundStatus,
  ShipmentState,
} from "../generated/operations";
import { formatDay } from "../shared/wording";

type Order = OpenOrderFragment;

/** An amount of money, as the gateway gives it. */
export type Amount = NonNullable<Order["total"]["gross"]>;

/** The reader's own English for amounts and times, since the page's texts are English. */
export function readerLocale(languages: readonly string[] = navigator.languages): string {
  return languages.find((language) => /^en-[A-Z]{2}$/.test(language)) ?? "en-US";
}

/** A moment as a day and time, in the reader's own time zone. */
export function formatMoment(instant: string): string {
  return new Intl.DateTimeFormat(readerLocale(), { dateStyle: "long", timeStyle: "short" }).format(new Date(instant));
}

/** What a country is called, from its code; the code where it has no name. */
export function countryName(code: string): string {
  return new Intl.DisplayNames(readerLocale(), { type: "region", fallback: "code" }).of(code) ?? code;
}

const STATUS_TITLES: Readonly<Record<OrderStatus, string>> = {
  OPEN: "Received",
  SCHEDULED: "Being packed",
  SHIPPED: "On its way",
  DELIVERED: "Delivered",
  CANCELLED: "Cancelled",
};

/** The status in words. */
export function statusTitle(status: OrderStatus): string {
  return STATUS_TITLES[status];
}

/** Whether nothing more happens by itself. */
export function isEnded(status: OrderStatus): boolean {
  return status === "DELIVERED" || status === "CANCELLED";
}

/** What the reader can do about the order, or why nothing. */
export function changeNotice(order: Pick<Order, "status" | "canModify" | "modifiableUntil">): string {
  if (order.status === "CANCELLED") return "The order was cancelled. Nothing of it will be sent.";
  if (!order.canModify) return "The order can no longer be changed here.";
  if (order.modifiableUntil !== null)
    return `You can change or cancel it until ${formatMoment(order.modifiableUntil)}.`;
  return "You can still change or cancel what has not been packed.";
}

const SHIPMENT_TITLES: Readonly<Record<ShipmentState, string>> = {
  READY: "Being packed",
  DISPATCHED: "On its way",
  DELIVERED: "Delivered",
  RETURNED: "Came back to the shop",
  CANCELLED: "Will not be sent",
};

/** A parcel's state in words, with its day where it has one. */
export function shipmentTitle(
  shipment: Pick<Order["shipments"][number], "status" | "dispatchedAt" | "deliveredAt">,
): string {
  const { status, dispatchedAt, deliveredAt } = shipment;
  if (status === "DELIVERED" && deliveredAt !== null) return `Delivered on ${formatDay(deliveredAt)}`;
  if (status === "DISPATCHED" && dispatchedAt !== null) return `On its way since ${formatDay(dispatchedAt)}`;
  return SHIPMENT_TITLES[status];
}

const REFUND_TITLES: Readonly<Record<RefundStatus, string>> = {
  PENDING: "on its way to you",
  COMPLETED: "paid back",
  FAILED: "could not be paid back so far",
};

/** How far a refund has come, in words. */
export function refundTitle(status: RefundStatus): string {
  return REFUND_TITLES[status];
}

/** The address of a page on the web, or null for anything else that a browser might follow. */
export function webLink(address: string | null): string | null {
  if (address === null || !URL.canParse(address)) return null;
  const { protocol, href } = new URL(address);
  return protocol === "https:" || protocol === "http:" ? href : null;
}

/** What is to pay for an order. */
export function amountDue({ due, total }: Pick<Order, "due" | "total">): Amount | null {
  return due ?? total.gross;
}

/** `minorUnits` of the currency of `like`, written like it. */
export function formatMinorUnits(minorUnits: number, like: Amount, locale: string = readerLocale()): string {
  const decimals = like.amount.split(".")[1]?.length ?? 0;
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency: like.currency,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(minorUnits / 10 ** decimals);
}

/** What a change makes to pay more or less, in a sentence. */
export function describeDifference(before: Amount | null, after: Amount | null): string {
  if (before === null || after === null) return "";
  const difference = after.minorUnits - before.minorUnits;
  if (difference === 0) return "You pay the same as before.";
  const text = formatMinorUnits(Math.abs(difference), after);
  return difference > 0 ? `You pay ${text} more.` : `You pay ${text} less.`;
}

const WHOLE_NUMBER = /^\d{1,9}$/;

/** The quantity that was typed, or null where it is no whole number from 0. */
export function parseQuantity(text: string): number | null {
  return WHOLE_NUMBER.test(text.trim()) ? Number(text.trim()) : null;
}
