// A purchase that waits for a confirmation at the bank, kept while the reader is on the bank's page.

const STORAGE_KEY = "shop-pending-purchase";

/** What is kept: nothing of a person, and no more than what finds the purchase again. */
export interface PendingPurchase {
  readonly idempotencyKey: string;
  /** What was bought: a variant by one click, or the cart. */
  readonly subject: string;
  readonly redirectUrl: string;
  /** The page that was left, by its path. */
  readonly page: string;
}

function isPendingPurchase(value: unknown): value is PendingPurchase {
  if (typeof value !== "object" || value === null) return false;
  return ["idempotencyKey", "subject", "redirectUrl", "page"].every(
    (name) => name in value && typeof (value as Record<string, unknown>)[name] === "string",
  );
}

/** The purchase that `text` says; null where it says none. */
export function parsePending(text: string | null): PendingPurchase | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isPendingPurchase(value) ? value : null;
  } catch {
    return null;
  }
}

/** Keep it for when the reader comes back. Storage that is refused keeps nothing: the order is found among the orders. */
export function keepPending(pending: PendingPurchase): void {
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(pending));
  } catch {
    // See above.
  }
}

function readKept(): PendingPurchase | null {
  try {
    return parsePending(sessionStorage.getItem(STORAGE_KEY));
  } catch {
    return null;
  }
}

/** The purchase of `subject` that was left for the bank's page. */
export function readPending(subject: string): PendingPurchase | null {
  const pending = readKept();
  return pending?.subject === subject ? pending : null;
}

/** What was to be bought on the page at `path` when it was left for the bank's. */
export function findPendingSubject(path: string): string | null {
  const pending = readKept();
  return pending?.page === path ? pending.subject : null;
}

/** Forget it: it is bought, or not wanted any more. */
export function forgetPending(): void {
  try {
    sessionStorage.removeItem(STORAGE_KEY);
  } catch {
    // Nothing was kept.
  }
}
