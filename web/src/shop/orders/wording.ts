// What the shop says of an order in words. Of parcels and refunds it says what the guest's page says.

import type { OrderStatus, ReturnStatus } from "../../generated/shop";

/** One row of an order's progress. */
export interface ProgressRow {
  readonly title: string;
  readonly state: "done" | "current" | "open";
}

const ROUTE: readonly OrderStatus[] = ["OPEN", "SCHEDULED", "SHIPPED", "DELIVERED"];
const ROUTE_TITLES: Readonly<Record<OrderStatus, string>> = {
  OPEN: "Received",
  SCHEDULED: "Being packed",
  SHIPPED: "On its way",
  DELIVERED: "Delivered",
  CANCELLED: "Cancelled",
};

/** The way of an order, and how far it has come; a cancelled one has no way left. */
export function progressRows(status: OrderStatus): readonly ProgressRow[] {
  if (status === "CANCELLED") return [{ title: ROUTE_TITLES.CANCELLED, state: "current" }];
  const position = ROUTE.indexOf(status);
  return ROUTE.map((step, index) => ({
    title: ROUTE_TITLES[step],
    state: index < position ? "done" : index === position ? "current" : "open",
  }));
}

const EVENT_TITLES: Readonly<Record<string, string>> = {
  placed: "Placed",
  joined: "Another purchase was added",
  line_changed: "A quantity was changed",
  address_changed: "The address was changed",
  split: "What can be had goes first",
  scheduled: "A parcel is being packed",
  shipped: "A parcel left",
  delivered: "A parcel arrived",
  cancelled: "Cancelled",
  refunded: "Money was paid back",
  returned: "Something came back",
};

/** What happened, in words; an event of a kind that is new here in its own. */
export function eventTitle(type: string): string {
  return EVENT_TITLES[type] ?? type.replaceAll("_", " ");
}

const RETURN_TITLES: Readonly<Record<ReturnStatus, string>> = {
  REQUESTED: "Asked for: the shop will answer",
  APPROVED: "Agreed: send it back",
  DECLINED: "Not agreed to",
  RECEIVED: "It came back to the shop",
  CLOSED: "Done",
};

/** How far a return has come, in words. */
export function returnTitle(status: ReturnStatus): string {
  return RETURN_TITLES[status];
}

interface ReturnedLine {
  readonly lineId: string;
  readonly quantity: number;
}

/** How many of each line may still be sent back: what was delivered, less what is in a return that was not declined. */
export function returnableQuantities(
  delivered: readonly ReturnedLine[],
  returns: readonly { readonly status: ReturnStatus; readonly lines: readonly ReturnedLine[] }[],
): ReadonlyMap<string, number> {
  const quantities = new Map<string, number>();
  const add = (lineId: string, quantity: number): void => {
    quantities.set(lineId, (quantities.get(lineId) ?? 0) + quantity);
  };
  for (const { lineId, quantity } of delivered) add(lineId, quantity);
  for (const { status, lines } of returns)
    if (status !== "DECLINED") for (const { lineId, quantity } of lines) add(lineId, -quantity);
  return new Map([...quantities].filter(([, quantity]) => quantity > 0));
}
