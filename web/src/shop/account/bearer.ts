// The bearer of whoever signed in, kept for as long as the tab lives.
//
// It is kept in memory and in sessionStorage, so that a reload signs nobody out, while closing the tab does. A script of
// somebody else in this page could read it there, as it could by asking along with the page: it would see the buyer's
// orders and addresses and give gifts until the sign-in expires. Changing addresses, saving ways to pay and turning
// one-click on ask for a sign-in of the last minutes besides, and the client identifier, by which one click buys, is in
// a cookie that no script reads. What keeps such scripts out is the page's content security policy: no code but the
// shop's own files.

const STORAGE_KEY = "shop.token";

/** Where the bearer outlives a reload: what is used of `sessionStorage`. */
export interface BearerStorage {
  readonly getItem: (key: string) => string | null;
  readonly setItem: (key: string, value: string) => void;
  readonly removeItem: (key: string) => void;
}

/** The bearer that a reload left; null where there is none, or where the browser refuses storage. */
export function readBearer(openStorage: () => BearerStorage): string | null {
  try {
    return openStorage().getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

/** Keep the bearer for a reload, or forget it. Where the browser refuses storage, a reload signs out. */
export function keepBearer(bearer: string | null, openStorage: () => BearerStorage): void {
  try {
    if (bearer === null) openStorage().removeItem(STORAGE_KEY);
    else openStorage().setItem(STORAGE_KEY, bearer);
  } catch {
    // It stays in memory.
  }
}

/** Forget whatever this tab keeps: forms that were left, a payment to confirm. */
export function forgetTab(): void {
  try {
    sessionStorage.clear();
  } catch {
    // Nothing was kept.
  }
}
