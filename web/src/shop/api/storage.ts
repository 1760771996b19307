// Storage of the browser, which may refuse it.

/** What `access` comes to; `fallback` where the browser refuses storage. */
export function withStorage<Value>(access: () => Value, fallback: Value): Value {
  try {
    return access();
  } catch {
    return fallback;
  }
}
