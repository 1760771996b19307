// Which orders a guest placed on this device: their ids outlive the tab, so that "Your orders" lists them.
//
// An id opens nothing: the gateway shows a guest's order to the client that placed it, which the browser's cookie names
// and no script reads, and to whoever opened the link in its mail. The secret of that link is never here.

import { withStorage } from "../api/storage";

const STORAGE_KEY = "shop.orders";
const MAX_ORDERS = 20;

/** The ids that `text` lists; none where it lists none. */
export function parseOrderIds(text: string | null): readonly string[] {
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((id) => typeof id === "string").slice(0, MAX_ORDERS) : [];
  } catch {
    return [];
  }
}

/** The ids of the orders that are kept, the latest first. */
export function readOrderIds(): readonly string[] {
  return withStorage(() => parseOrderIds(localStorage.getItem(STORAGE_KEY)), []);
}

function writeOrderIds(ids: readonly string[]): void {
  withStorage(() => {
    if (ids.length === 0) localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, JSON.stringify(ids.slice(0, MAX_ORDERS)));
  }, undefined);
}

/** Keep an order's id; the oldest goes where there are too many. */
export function keepOrderId(id: string): void {
  writeOrderIds([id, ...readOrderIds().filter((keptId) => keptId !== id)]);
}

/** Forget those ids. */
export function forgetOrderIds(ids: readonly string[]): void {
  writeOrderIds(readOrderIds().filter((keptId) => !ids.includes(keptId)));
}

/** Forget all of them: somebody signs in, or out. */
export function forgetAllOrderIds(): void {
  writeOrderIds([]);
}
