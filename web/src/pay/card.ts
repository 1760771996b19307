// What a card that was entered becomes: a token of the provider for a guest, a saved way to pay for whoever is signed in.

import { SaveCardDocument, type TypedDocumentString } from "../generated/operations";
import { executeOperation } from "../shared/server";
import { describeFailure } from "../shared/wording";
import type { Outcome } from "./address";
import setupText from "./setup.graphql?raw";
import { describeStripeError, type Stripe, type StripeElements } from "./stripe";

/** What the buyer takes along, or why there is nothing. */
export type CardResult = Outcome | { readonly kind: "refused"; readonly message: string };

interface SetupData {
  readonly paymentSetup: {
    readonly clientSecret: string | null;
    readonly userErrors: readonly { readonly code: string; readonly message: string }[];
  };
}

const SETUP = setupText.trim() as unknown as TypedDocumentString<SetupData, Record<string, never>>;

function refuse(userErrors: readonly { readonly code: string; readonly message: string }[]): CardResult {
  if (userErrors.some(({ code }) => code === "REAUTHENTICATION_REQUIRED" || code === "SIGN_IN_REQUIRED"))
    return { kind: "signIn" };
  return { kind: "refused", message: userErrors.map(({ message }) => message).join(" ") };
}

/** A guest's card: nothing is kept of it at the gateway. */
export async function createCardToken(stripe: Stripe, elements: StripeElements): Promise<CardResult> {
  const submitted = await elements.submit();
  if (submitted.error !== undefined) return { kind: "refused", message: describeStripeError(submitted.error) };
  const created = await stripe.createPaymentMethod({ elements });
  if (created.error !== undefined) return { kind: "refused", message: describeStripeError(created.error) };
  return { kind: "providerToken", value: created.paymentMethod.id };
}

/** Keep the card of a setup that the bank has agreed to. */
export async function saveCard(setupId: string, bearer: string): Promise<CardResult> {
  const reply = await executeOperation(SaveCardDocument, { input: { providerToken: setupId } }, "same-origin", bearer);
  if (reply.kind !== "data") return { kind: "refused", message: describeFailure(reply) };
  const { paymentMethod, userErrors } = reply.data.paymentMethodSave;
  return paymentMethod === null ? refuse(userErrors) : { kind: "paymentMethodId", value: paymentMethod.id };
}

/** The card of whoever is signed in: set up with the bank for later, and kept. */
export async function setUpCard(
  stripe: Stripe,
  elements: StripeElements,
  bearer: string,
  returnUrl: string,
): Promise<CardResult> {
  const submitted = await elements.submit();
  if (submitted.error !== undefined) return { kind: "refused", message: describeStripeError(submitted.error) };
  const reply = await executeOperation(SETUP, {}, "same-origin", bearer);
  if (reply.kind !== "data") return { kind: "refused", message: describeFailure(reply) };
  const { clientSecret, userErrors } = reply.data.paymentSetup;
  if (clientSecret === null) return refuse(userErrors);
  const confirmed = await stripe.confirmSetup({
    elements,
    clientSecret,
    confirmParams: { return_url: returnUrl },
    redirect: "if_required",
  });
  if (confirmed.error !== undefined) return { kind: "refused", message: describeStripeError(confirmed.error) };
  return saveCard(confirmed.setupIntent.id, bearer);
}
