// The payment to confirm, as the gateway has just fetched it.

import { gatewayRoot } from "../shared/root";
import { parseRetryAfter } from "../shared/server";
import { describeFailure } from "../shared/wording";

/** The states that the page tells apart. */
export type PaymentState = "CONFIRMABLE" | "CONFIRMED" | "DECLINED" | "EXPIRED" | "UNDECIDED";

/** What there is to confirm. */
export interface Payment {
  readonly state: PaymentState;
  readonly formatted: string | null;
  readonly publishableKey: string;
  readonly clientSecret: string | null;
  readonly paymentMethod: string | null;
  readonly redirectUrl: string | null;
}

export type PaymentAnswer =
  | { readonly kind: "payment"; readonly payment: Payment }
  | { readonly kind: "unknown" }
  | { readonly kind: "failed"; readonly message: string };

const REQUEST_TIMEOUT_MS = 20_000;

/** The payment of that secret. */
export async function fetchPayment(token: string): Promise<PaymentAnswer> {
  try {
    const response = await fetch(new URL("pay/payment", gatewayRoot()), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (response.status === 404) return { kind: "unknown" };
    if (response.ok || response.status === 410) return { kind: "payment", payment: (await response.json()) as Payment };
    if (response.status !== 429) return { kind: "failed", message: describeFailure({ kind: "serverError" }) };
    const seconds = parseRetryAfter(response.headers.get("retry-after"));
    return { kind: "failed", message: describeFailure({ kind: "rateLimited", seconds }) };
  } catch {
    return { kind: "failed", message: describeFailure({ kind: "unreachable" }) };
  }
}

/** The bank's page; null for what is no page on the web. */
export function parseBankUrl(url: string | null): string | null {
  return url !== null && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? url : null;
}
