// How a way to pay is entered: the one place that knows payment providers.
//
// Card data never passes through the shop: it is entered at the provider, and the shop is given a token for it. The
// simulated provider has no cards, only tokens that behave in certain ways, so it is a choice of these.

/** A token of the simulated provider, and what it does. */
export interface SimulatedMethod {
  readonly token: string;
  readonly title: string;
  readonly effect: string;
}

export const SIMULATED_METHODS: readonly SimulatedMethod[] = [
  { token: "sim_ok", title: "A card that works", effect: "Every payment is accepted." },
  { token: "sim_3ds", title: "A card whose bank asks", effect: "Each payment has to be confirmed on a page of the bank." },
  { token: "sim_declined", title: "A card that is declined", effect: "The bank refuses every payment." },
  { token: "sim_insufficient", title: "An empty card", effect: "There is never enough money on it." },
  { token: "sim_timeout", title: "A card whose bank is slow", effect: "The answer takes several seconds." },
];

/** How to enter a way to pay with a provider, or that this page does not know how. */
export type PaymentEntry =
  | { readonly kind: "simulated"; readonly methods: readonly SimulatedMethod[] }
  /** On the gateway's page of card entry, with the provider's own form. */
  | { readonly kind: "page" }
  | { readonly kind: "unknown" };

/** What the provider of that name asks for. */
export function paymentEntry(providerName: string): PaymentEntry {
  switch (providerName) {
    case "sim":
      return { kind: "simulated", methods: SIMULATED_METHODS };
    case "stripe":
      return { kind: "page" };
    default:
      return { kind: "unknown" };
  }
}

/**
 * The address of the provider's page, with the shop's page that it leads back to. Null for what is no page on the web.
 */
export function confirmationUrl(redirectUrl: string | null, returnPath: string): string | null {
  if (redirectUrl === null || !URL.canParse(redirectUrl)) return null;
  const url = new URL(redirectUrl);
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  url.searchParams.set("return", returnPath);
  return url.href;
}
