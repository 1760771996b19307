// Keys of requests: one for each thing that the reader means to do, however often it is sent.

const KEY_BYTES = 16;

/** A new idempotency key. Unlike `crypto.randomUUID` also where the page is not encrypted. */
export function newRequestKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
