// Stripe's own script: loaded from Stripe when it is needed, as Stripe demands, and only on this page.

const SCRIPT_URL = "https://js.stripe.com/v3/";

/** Why Stripe refuses. The message is for the buyer where a card is refused; else it speaks to who wrote the page. */
export interface StripeError {
  readonly type?: string;
  readonly code?: string;
  readonly message?: string;
}

interface Failure {
  readonly error: StripeError;
}

/** A form of Stripe's in a frame of its own. */
export interface StripeElement {
  readonly mount: (place: HTMLElement) => void;
  readonly on: (event: "ready" | "change" | "loaderror", handler: () => void) => void;
  readonly destroy: () => void;
}

export interface StripeElements {
  readonly create: (type: "payment", options: Readonly<Record<string, unknown>>) => StripeElement;
  readonly submit: () => Promise<{ readonly error?: StripeError }>;
}

interface IntentState {
  readonly id: string;
  readonly status: string;
}

/** What is used of the script. */
export interface Stripe {
  readonly elements: (options: Readonly<Record<string, unknown>>) => StripeElements;
  readonly createPaymentMethod: (
    options: Readonly<{ elements: StripeElements }>,
  ) => Promise<Failure | { readonly error?: undefined; readonly paymentMethod: { readonly id: string } }>;
  readonly confirmSetup: (
    options: Readonly<Record<string, unknown>>,
  ) => Promise<Failure | { readonly error?: undefined; readonly setupIntent: IntentState }>;
  readonly retrievePaymentIntent: (
    clientSecret: string,
  ) => Promise<Failure | { readonly error?: undefined; readonly paymentIntent: IntentState }>;
  readonly confirmPayment: (options: Readonly<Record<string, unknown>>) => Promise<{ readonly error?: StripeError }>;
  readonly handleNextAction: (options: Readonly<{ clientSecret: string }>) => Promise<{ readonly error?: StripeError }>;
}

declare global {
  interface Window {
    Stripe?: (publishableKey: string) => Stripe;
  }
}

function loadScript(): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT_URL;
    script.onload = () => { resolve(); };
    script.onerror = () => {
      script.remove();
      reject(new Error("blocked"));
    };
    document.head.append(script);
  });
}

/** The script for an account; null where it does not load: no network, or a browser that blocks it. */
export async function loadStripe(publishableKey: string): Promise<Stripe | null> {
  try {
    if (window.Stripe === undefined) await loadScript();
    return window.Stripe?.(publishableKey) ?? null;
  } catch {
    return null;
  }
}

export const SCRIPT_FAILURE =
  "The form of our payment provider, Stripe, did not load. Check your connection, and whether your browser or a blocker keeps js.stripe.com out; then try again.";

const NO_REASON = "The payment provider did not do it, and gave no reason. Nothing was charged: try again, or use another card.";

/** What Stripe says to the buyer, or that it says nothing. */
export function describeStripeError({ type, code, message }: StripeError): string {
  const isForBuyer = type === "card_error" || type === "validation_error" || code?.endsWith("_authentication_failure") === true;
  return isForBuyer && message !== undefined && message !== "" ? message : NO_REASON;
}
