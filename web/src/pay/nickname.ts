// What the buyer calls a card, kept in the tab until it is saved: the bank may ask on a page of its own.

const STORAGE_KEY = "pay.nickname";

/** The name that was typed before the page was left; empty where there is none. */
export function readNickname(): string {
  try {
    return sessionStorage.getItem(STORAGE_KEY) ?? "";
  } catch {
    // Storage is refused.
    return "";
  }
}

/** Keep it for the way back; an empty one is forgotten. */
export function keepNickname(nickname: string): void {
  try {
    if (nickname === "") sessionStorage.removeItem(STORAGE_KEY);
    else sessionStorage.setItem(STORAGE_KEY, nickname);
  } catch {
    // It is typed again.
  }
}
