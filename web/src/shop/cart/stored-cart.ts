// Which cart is this browser's: its id outlives reloads and is shared by the browser's tabs.
//
// Whoever holds the id of an unclaimed cart can read and change it. It is kept in this browser alone, and claimed at
// sign-in: then it opens to its owner only.

import { withStorage } from "../api/storage";

// Where the browser refuses storage, the cart lives as long as the page.
const CART_KEY = "shop.cart";
const CLAIMED_KEY = "shop.cart.claimed";

/** The id of the cart; null where there is none. */
export function readCartId(): string | null {
  return withStorage(() => localStorage.getItem(CART_KEY), null);
}

/** Keep the cart's id, or forget it. */
export function keepCartId(id: string | null): void {
  withStorage(() => {
    if (id === null) localStorage.removeItem(CART_KEY);
    else localStorage.setItem(CART_KEY, id);
  }, undefined);
}

/** Whether the cart was claimed in this tab already. */
export function isClaimed(id: string): boolean {
  return withStorage(() => sessionStorage.getItem(CLAIMED_KEY), null) === id;
}

/** Remember that the cart was claimed in this tab; null: none. */
export function keepClaimed(id: string | null): void {
  withStorage(() => {
    if (id === null) sessionStorage.removeItem(CLAIMED_KEY);
    else sessionStorage.setItem(CLAIMED_KEY, id);
  }, undefined);
}

/** Call `onChange` when another tab keeps another cart; ends by what it returns. */
export function watchCartId(onChange: (id: string | null) => void): () => void {
  const handleStorage = (event: StorageEvent): void => {
    if (event.key === CART_KEY) onChange(event.newValue);
  };
  addEventListener("storage", handleStorage);
  return () => { removeEventListener("storage", handleStorage); };
}
