// Leaving for the page on which cards are entered, and coming back with everything as it was.
//
// What was typed is kept in the tab alone until the order is placed. Nothing of a card is among it.

import { gatewayRoot } from "../../shared/root";

const STORAGE_KEY = "shop.card-entry";

/** What the buyer comes back with: a guest's token of the provider, a saved way to pay, or nothing. */
export interface CardReturn {
  readonly providerToken: string | null;
  readonly paymentMethodId: string | null;
  /** The sign-in was too long ago to save a card. */
  readonly mustSignIn: boolean;
  /** A payment that was to be confirmed with the bank came to nothing. */
  readonly paymentFailure: "refused" | "expired" | null;
  /** What the page kept when it was left; null where it was not left. */
  readonly kept: Readonly<Record<string, unknown>> | null;
}

export const NOTHING_RETURNED: CardReturn = {
  providerToken: null,
  paymentMethodId: null,
  mustSignIn: false,
  paymentFailure: null,
  kept: null,
};

/** The page of card entry. `saves`: the card is kept for whoever is signed in. */
export function cardEntryUrl(root: URL, returnPath: string, saves: boolean): string {
  const url = new URL("pay", root);
  url.searchParams.set("return", returnPath);
  if (saves) url.searchParams.set("save", "1");
  return url.href;
}

/** What the fragment of the address and the text that was kept say on the page at `page`. */
export function parseCardReturn(fragment: string, keptText: string | null, page: string): CardReturn {
  const query = new URLSearchParams(fragment.replace(/^#/, ""));
  const providerToken = query.get("providerToken");
  const payment = query.get("payment");
  return {
    providerToken: providerToken?.startsWith("pm_") ? providerToken : null,
    paymentMethodId: query.get("paymentMethodId"),
    mustSignIn: query.get("signIn") === "1",
    paymentFailure: payment === "refused" || payment === "expired" ? payment : null,
    kept: parseKept(keptText, page),
  };
}

function parseKept(text: string | null, page: string): Readonly<Record<string, unknown>> | null {
  try {
    const left = JSON.parse(text ?? "null") as { readonly page?: unknown; readonly kept?: unknown } | null;
    if (left?.page !== page || typeof left.kept !== "object" || left.kept === null) return null;
    return left.kept as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}

function currentPage(): string {
  return `${location.pathname}${location.search}`;
}

let returned: { readonly page: string; readonly cardReturn: CardReturn } | null = null;

/** What the buyer came back to this page with; the same answer until it is forgotten. */
export function readCardReturn(): CardReturn {
  if (returned === null) {
    let keptText: string | null = null;
    try {
      keptText = sessionStorage.getItem(STORAGE_KEY);
    } catch {
      // Storage is refused: nothing was kept.
    }
    returned = { page: currentPage(), cardReturn: parseCardReturn(location.hash, keptText, currentPage()) };
    const { providerToken, paymentMethodId, mustSignIn, paymentFailure } = returned.cardReturn;
    // It is no place to lead anybody to.
    if (providerToken !== null || paymentMethodId !== null || mustSignIn || paymentFailure !== null)
      history.replaceState(null, "", currentPage());
  }
  return returned.page === currentPage() ? returned.cardReturn : NOTHING_RETURNED;
}

/** Forget it: the order is placed, or the reader goes another way. */
export function forgetCardReturn(): void {
  returned = { page: currentPage(), cardReturn: NOTHING_RETURNED };
  try {
    sessionStorage.removeItem(STORAGE_KEY);
  } catch {
    // Nothing was kept.
  }
}

/** Go to the page of card entry, and keep what was typed for the way back. */
export function leaveForCard(saves: boolean, kept: Readonly<Record<string, unknown>>): void {
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify({ page: currentPage(), kept }));
  } catch {
    // Storage is refused: it is typed again.
  }
  location.assign(cardEntryUrl(gatewayRoot(), currentPage(), saves));
}
