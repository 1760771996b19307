// What cancelling comes to: what the order costs afterwards, and what comes back.

import type { OrderStatus } from "../generated/operations";
import { amountDue, formatMinorUnits, readerLocale, type Amount } from "./wording";

/** The figures of an order that its cancelling is about. */
export interface CancelFigures {
  readonly status: OrderStatus;
  readonly total: { readonly gross: Amount | null };
  readonly due: Amount | null;
  readonly captured: Amount;
  readonly refunded: Amount;
}

/** One figure of what cancelling comes to. */
export interface CancelRow {
  readonly key: string;
  readonly label: string;
  readonly text: string;
}

/** What the order costs. */
function costs({ status, total }: CancelFigures): number {
  return status === "CANCELLED" ? 0 : (total.gross?.minorUnits ?? 0);
}

/** What of it is paid by card, or what else is charged. */
function charged(order: CancelFigures): number {
  return order.status === "CANCELLED" ? 0 : (amountDue(order)?.minorUnits ?? 0);
}

/** Whether what stays would cost more than all of it does now: nobody agreed to that. */
export function isDearer(before: CancelFigures, after: CancelFigures): boolean {
  return costs(after) > costs(before);
}

/** The most that the order may cost after it was cancelled as shown: `expectedTotal`. */
export function expectedTotal(after: CancelFigures): string | null {
  // Where nothing stays, the answer's total is that of what is cancelled.
  return after.status === "CANCELLED" ? "0" : (after.total.gross?.amount ?? null);
}

/** The figures in words, in the language of the page's other amounts. */
export function cancelRows(before: CancelFigures, after: CancelFigures, locale: string = readerLocale()): readonly CancelRow[] {
  const format = (minorUnits: number): string => formatMinorUnits(minorUnits, after.captured, locale);
  // What stays costs no less than was captured of it, so that only a whole order's capture is paid back.
  const paidBack = after.status === "CANCELLED" ? after.captured.minorUnits - after.refunded.minorUnits : 0;
  const notCharged = charged(before) - Math.max(charged(after), after.captured.minorUnits);
  const stored = costs(before) - charged(before) - (costs(after) - charged(after));
  const back = [
    { key: "uncharged", label: "No longer charged", minorUnits: notCharged },
    { key: "refunded", label: "Paid back to you", minorUnits: paidBack },
    { key: "stored", label: "Back to your codes", minorUnits: stored },
  ].filter(({ minorUnits }) => minorUnits > 0);
  return [
    { key: "before", label: "Total now", text: format(costs(before)) },
    { key: "after", label: "Total afterwards", text: format(costs(after)) },
    ...back.map(({ key, label, minorUnits }) => ({ key, label, text: format(minorUnits) })),
    ...(back.length === 0 ? [{ key: "nothing", label: "Comes back", text: "Nothing" }] : []),
  ];
}

/** Why what can be cancelled cannot be cancelled at once, where it would be dearer. */
export function dearerNotice(before: CancelFigures, after: CancelFigures, locale: string = readerLocale()): string {
  const [stays, now] = [after, before].map((order) => formatMinorUnits(costs(order), after.captured, locale));
  return (
    `What stays would cost ${stays ?? ""}, more than the ${now ?? ""} that all of it costs now: something that makes it ` +
    "cheaper would no longer apply. Remove what you do not want line by line instead; each new total is shown first."
  );
}

/** What was done, in a sentence. */
export function cancelledNotice(status: OrderStatus | undefined): string {
  return status === "CANCELLED" ? "Your order is cancelled." : "What was not packed is cancelled.";
}
