// What a card that was entered becomes: a token of the provider for a guest, a saved way to pay for whoever is signed in.

import { SaveCardDocument, StartPaymentSetupDocument } from "../generated/operations";
import { executeOperation } from "../shared/server";
import { describeFailure } from "../shared/wording";
import type { Outcome } from "./address";
import { describeStripeError, type Stripe, type StripeElements } from "./stripe";

/** What the buyer takes along, or why there is nothing. */
export type CardResult =
  | Outcome
  | { readonly kind: "refused"; readonly message: string }
  /** The bank has agreed to the card of this setup, which is not kept yet; the next try need not ask the bank. */
  | { readonly kind: "unsaved"; readonly setupId: string; readonly message: string; readonly isNicknameWrong: boolean };

interface UserError {
  readonly code: string;
  readonly field: readonly string[] | null;
  readonly message: string;
}

function asksForSignIn(userErrors: readonly UserError[]): boolean {
  return userErrors.some(({ code }) => code === "REAUTHENTICATION_REQUIRED" || code === "SIGN_IN_REQUIRED");
}

function joinMessages(userErrors: readonly UserError[]): string {
  return userErrors.map(({ message }) => message).join(" ");
}

/** A guest's card: nothing is kept of it at the gateway. */
export async function createCardToken(stripe: Stripe, elements: StripeElements): Promise<CardResult> {
  const submitted = await elements.submit();
  if (submitted.error !== undefined) return { kind: "refused", message: describeStripeError(submitted.error) };
  const created = await stripe.createPaymentMethod({ elements });
  if (created.error !== undefined) return { kind: "refused", message: describeStripeError(created.error) };
  return { kind: "providerToken", value: created.paymentMethod.id };
}

/** Keep the card of a setup that the bank has agreed to, under the name that its owner gives it. */
export async function saveCard(setupId: string, nickname: string, bearer: string): Promise<CardResult> {
  const trimmed = nickname.trim();
  const input = { providerToken: setupId, nickname: trimmed === "" ? null : trimmed };
  const reply = await executeOperation(SaveCardDocument, { input }, "same-origin", bearer);
  if (reply.kind !== "data") return { kind: "unsaved", setupId, message: describeFailure(reply), isNicknameWrong: false };
  const { paymentMethod, userErrors } = reply.data.paymentMethodSave;
  if (paymentMethod !== null) return { kind: "paymentMethodId", value: paymentMethod.id };
  if (asksForSignIn(userErrors)) return { kind: "signIn" };
  const message = joinMessages(userErrors);
  if (userErrors.every(({ field }) => field?.at(-1) === "nickname"))
    return { kind: "unsaved", setupId, message, isNicknameWrong: true };
  return { kind: "refused", message };
}

/** The card of whoever is signed in: set up with the bank for later, and kept. */
export async function setUpCard(
  stripe: Stripe,
  elements: StripeElements,
  nickname: string,
  bearer: string,
  returnUrl: string,
): Promise<CardResult> {
  const submitted = await elements.submit();
  if (submitted.error !== undefined) return { kind: "refused", message: describeStripeError(submitted.error) };
  const reply = await executeOperation(StartPaymentSetupDocument, {}, "same-origin", bearer);
  if (reply.kind !== "data") return { kind: "refused", message: describeFailure(reply) };
  const { clientSecret, userErrors } = reply.data.paymentSetup;
  if (clientSecret === null)
    return asksForSignIn(userErrors) ? { kind: "signIn" } : { kind: "refused", message: joinMessages(userErrors) };
  const confirmed = await stripe.confirmSetup({
    elements,
    clientSecret,
    confirmParams: { return_url: returnUrl },
    redirect: "if_required",
  });
  if (confirmed.error !== undefined) return { kind: "refused", message: describeStripeError(confirmed.error) };
  return saveCard(confirmed.setupIntent.id, nickname, bearer);
}
