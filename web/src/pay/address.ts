// What the address of this page says, and the way back to the page that the buyer came from.

import { parseToken } from "../shared/token";

/** What the reader is here for. */
export type Task =
  | { readonly kind: "confirmation"; readonly token: string }
  /** `saves`: for whoever is signed in; `setupId`: the bank has been asked on a page of its own. */
  | { readonly kind: "cardEntry"; readonly saves: boolean; readonly setupId: string | null };

/** What the reader brings back. */
export type Outcome =
  | { readonly kind: "providerToken"; readonly value: string }
  | { readonly kind: "paymentMethodId"; readonly value: string }
  | { readonly kind: "signIn" }
  /** The payment that was to be confirmed is over, and nothing was charged. */
  | { readonly kind: "payment"; readonly value: "refused" | "expired" }
  | { readonly kind: "none" };

const RETURN_PATH = /^\/(?!\/)[\w./~%?=&-]{0,500}$/;

/** A page of this host; null for any other, so that no link to this page leads elsewhere. */
export function parseReturnPath(path: string | null): string | null {
  return path !== null && RETURN_PATH.test(path) ? path : null;
}

/** What the address asks for. A token that was cut is a confirmation of nothing. */
export function parseTask({ search, hash }: Pick<Location, "search" | "hash">): Task {
  const query = new URLSearchParams(search);
  const returned = query.get("payment");
  if (hash !== "" || returned !== null)
    return { kind: "confirmation", token: parseToken(hash) ?? parseToken(returned ?? "") ?? "" };
  const setupId = query.get("setup_intent");
  return { kind: "cardEntry", saves: query.get("save") === "1", setupId: setupId?.startsWith("seti_") ? setupId : null };
}

/** The address of the page that the buyer came from, with what they bring back. It is in the fragment: no log has it. */
export function returnAddress(returnPath: string, outcome: Outcome): string {
  switch (outcome.kind) {
    case "none":
      return returnPath;
    case "signIn":
      return `${returnPath}#signIn=1`;
    case "providerToken":
    case "paymentMethodId":
    case "payment":
      return `${returnPath}#${new URLSearchParams({ [outcome.kind]: outcome.value }).toString()}`;
  }
}

/** The address of the return page of a payment. */
export function finishAddress(root: URL, token: string, returnPath: string | null): string {
  const url = new URL("pay/return", root);
  url.searchParams.set("payment", token);
  if (returnPath !== null) url.searchParams.set("return", returnPath);
  return url.href;
}

const STORAGE_KEY = "pay.return";

/** The page to go back to: of the address, or the one that this payment was left with for the bank's page. */
export function findReturnPath(search: string, subject: string): string | null {
  const path = parseReturnPath(new URLSearchParams(search).get("return"));
  try {
    if (path !== null) sessionStorage.setItem(STORAGE_KEY, JSON.stringify([subject, path]));
    const [keptSubject, keptPath] = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "[]") as readonly string[];
    return path ?? (keptSubject === subject ? parseReturnPath(keptPath ?? null) : null);
  } catch {
    // Storage is refused, or holds something else.
    return path;
  }
}
