// The rows of a cart's figures: they add up, and each label says what its figure is.

import type { TaxState } from "../../generated/shop";

/** A row as the API prepares it. */
export interface DisplayRow {
  readonly key: string;
  readonly label: string;
  readonly text: string;
  readonly detail: string | null;
}

/** A row to show. */
export interface TotalRow extends DisplayRow {
  /** Whether it is the sum of the rows above it. */
  readonly isSum: boolean;
}

const TOTAL_LABELS: Readonly<Record<TaxState, string>> = {
  FINAL: "Total",
  ESTIMATED: "Estimated total",
  NEEDS_ADDRESS: "Total before shipping and tax",
  FAILED: "Total before tax",
};

function label({ key, label: text }: DisplayRow, taxState: TaxState): string {
  if (key === "total" && text === "Total") return TOTAL_LABELS[taxState];
  return key === "due" && text === "Due" ? "To pay" : text;
}

/** The rows to show: taxes by their rates where they are known, else their sum, never both; none while it is unknown. */
export function totalRows(rows: readonly DisplayRow[], taxState: TaxState): readonly TotalRow[] {
  const hasRates = rows.some(({ key }) => key.startsWith("tax."));
  const isTaxKnown = taxState === "FINAL" || taxState === "ESTIMATED";
  return rows
    .filter(({ key }) => key !== "tax" || (isTaxKnown && !hasRates))
    .map((row) => ({ ...row, label: label(row, taxState), isSum: row.key === "total" || row.key === "due" }));
}

/** What a code does, in words. */
export function describeCode(code: {
  readonly kind: "DISCOUNT" | "STORED_VALUE";
  readonly applied: boolean;
  readonly reason: string | null;
  readonly amount: { readonly formatted: string } | null;
}): string {
  if (!code.applied) return code.reason ?? "It does not apply to this cart.";
  const amount = code.amount?.formatted;
  if (code.kind === "STORED_VALUE") return amount === undefined ? "Pays what it can, once the tax is known." : `Pays ${amount}`;
  return amount === undefined ? "It applies." : `Takes off ${amount}`;
}
