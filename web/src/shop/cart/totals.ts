// The rows of a cart's figures, as the API prepares them, and what codes do.

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

/** The rows to show: all of those prepared but a tax that is not known yet, which the total's label says. */
export function totalRows(rows: readonly DisplayRow[]): readonly TotalRow[] {
  return rows
    .filter(({ key, text }) => key !== "tax" || text !== "—")
    .map((row) => ({
      ...row,
      label: row.key === "due" ? "To pay" : row.label,
      isSum: row.key === "total" || row.key === "due",
    }));
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
