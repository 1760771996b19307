// Who has signed in by an example: for all tabs of this window, until it is closed. It is a tool for developing, which
// production does not serve.

const BEARER_KEY = "gateway:bearer";

type Headers = Readonly<Record<string, unknown>>;

/** Remember the bearer token of who has signed in. */
export function saveBearer(token: string): void {
  sessionStorage.setItem(BEARER_KEY, token);
}

/** The headers as typed into a tab; without an authorization of their own with that of who has signed in. */
export function withBearer(headers: Headers): Headers {
  const token = sessionStorage.getItem(BEARER_KEY);
  const isTyped = Object.entries(headers).some(([name, value]) => name.toLowerCase() === "authorization" && value !== "");
  if (token === null || isTyped) return headers;
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization");
  return { ...Object.fromEntries(others), authorization: `Bearer ${token}` };
}
