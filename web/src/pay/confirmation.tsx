// Confirming a payment with the bank.

import { useCallback, useEffect, useState } from "preact/hooks";
import { FailureNotice, Heading, RetryNotice } from "../shared/notices";
import { gatewayRoot } from "../shared/root";
import { findReturnPath, finishAddress, returnAddress } from "./address";
import { fetchPayment, parseBankUrl, type Payment, type PaymentAnswer } from "./payment";
import { describeStripeError, loadStripe, SCRIPT_FAILURE, type StripeError } from "./stripe";
import { WayBack } from "./way-back";

const POLL_MS = 2000;

/** The payment of the secret in the address, and what can be done about it. */
export function Confirmation({ token }: { readonly token: string }) {
  const [answer, setAnswer] = useState<PaymentAnswer | null>(null);
  const [returnPath] = useState(() => findReturnPath(location.search, token));
  const load = useCallback(async (): Promise<PaymentAnswer> => {
    const newAnswer: PaymentAnswer = token === "" ? { kind: "unknown" } : await fetchPayment(token);
    setAnswer(newAnswer);
    return newAnswer;
  }, [token]);
  useEffect(() => { void load(); }, [load]);
  const state = answer?.kind === "payment" ? answer.payment.state : null;
  useEffect(() => {
    if (state !== "UNDECIDED") return;
    const timer = setInterval(() => void load(), POLL_MS);
    return () => { clearInterval(timer); };
  }, [state, load]);
  useEffect(() => {
    if (state === "CONFIRMED" && returnPath !== null) location.replace(returnPath);
  }, [state, returnPath]);

  if (answer === null)
    return (
      <div class="waiting" role="status" aria-label="Looking up your payment">
        <div class="bone bone-title" />
        <div class="bone bone-line" />
      </div>
    );
  if (answer.kind === "unknown")
    return (
      <>
        <Heading>There is nothing to confirm here</Heading>
        <p class="lead">The link may have been cut short on its way. Nothing was charged by opening it.</p>
        <WayBack path={returnPath} />
      </>
    );
  if (answer.kind === "failed")
    return (
      <>
        <Heading>Your payment could not be looked up</Heading>
        <RetryNotice message={answer.message} onRetry={() => void load()} />
        <WayBack path={returnPath} />
      </>
    );
  return <OpenedPayment payment={answer.payment} token={token} returnPath={returnPath} reload={load} />;
}

interface OpenedPaymentProps {
  readonly payment: Payment;
  readonly token: string;
  readonly returnPath: string | null;
  /** Looks the payment up anew, and shows it. */
  readonly reload: () => Promise<PaymentAnswer>;
}

function OpenedPayment(props: OpenedPaymentProps) {
  const { payment, returnPath } = props;
  switch (payment.state) {
    case "CONFIRMABLE":
      return <ConfirmablePayment {...props} />;
    case "CONFIRMED":
      return (
        <>
          <Heading>Payment confirmed</Heading>
          <p class="lead">Your bank agrees to {payment.formatted}. What you ordered goes on by itself.</p>
          {returnPath === null ? <p>You can close this page.</p> : <WayBack path={returnPath} />}
        </>
      );
    case "DECLINED":
      return (
        <>
          <Heading>Your bank did not accept the payment</Heading>
          <p class="lead">Nothing was charged. Go back and choose another way to pay.</p>
          <WayBack path={returnPath && returnAddress(returnPath, { kind: "payment", value: "refused" })} />
        </>
      );
    case "EXPIRED":
      return (
        <>
          <Heading>The time to confirm this payment is over</Heading>
          <p class="lead">Nothing was charged. Go back and order again.</p>
          <WayBack path={returnPath && returnAddress(returnPath, { kind: "payment", value: "expired" })} />
        </>
      );
    case "UNDECIDED":
      return (
        <>
          <Heading>Your bank has not answered yet</Heading>
          <p class="lead" role="status">
            We keep asking. You can also leave this page: the order goes on by itself as soon as the bank agrees.
          </p>
          <WayBack path={returnPath} />
        </>
      );
  }
}

const SCRIPT_MISSING: StripeError = { type: "validation_error", message: SCRIPT_FAILURE };

/** Does at Stripe what the bank asks for; null where that is done. */
async function confirmWithStripe(
  { publishableKey, clientSecret, paymentMethod }: Payment,
  returnUrl: string,
): Promise<StripeError | null> {
  const stripe = await loadStripe(publishableKey);
  if (stripe === null || clientSecret === null) return SCRIPT_MISSING;
  const retrieved = await stripe.retrievePaymentIntent(clientSecret);
  if (retrieved.error !== undefined) return retrieved.error;
  switch (retrieved.paymentIntent.status) {
    case "requires_action":
      return (await stripe.handleNextAction({ clientSecret })).error ?? null;
    case "requires_payment_method":
    case "requires_confirmation": {
      // A payment that was tried without the buyer begins anew, with the same card.
      const confirmed = await stripe.confirmPayment({
        clientSecret,
        confirmParams: { payment_method: paymentMethod, return_url: returnUrl },
        redirect: "if_required",
      });
      return confirmed.error ?? null;
    }
    default:
      // It is decided already, for instance on this page in another tab.
      return null;
  }
}

function ConfirmablePayment({ payment, token, returnPath, reload }: OpenedPaymentProps) {
  const [busy, setBusy] = useState(false);
  const [message, setMessage] = useState<string | null>(null);
  const bankUrl = parseBankUrl(payment.redirectUrl);
  const finishUrl = finishAddress(gatewayRoot(), token, returnPath);
  const confirm = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setMessage(null);
    if (bankUrl !== null) {
      location.assign(bankUrl);
      return;
    }
    let error: StripeError | null;
    try {
      error = await confirmWithStripe(payment, finishUrl);
    } catch {
      error = {};
    }
    if (error === null) {
      location.assign(finishUrl);
      return;
    }
    const answer = await reload();
    const isOver = answer.kind === "payment" && answer.payment.state !== "CONFIRMABLE" && answer.payment.state !== "UNDECIDED";
    if (isOver) {
      // The return page ends the purchase.
      location.replace(finishUrl);
      return;
    }
    setMessage(describeStripeError(error));
    setBusy(false);
  };
  return (
    <>
      <Heading>Confirm your payment</Heading>
      <p class="lead">Your bank wants you to agree before anything is paid.</p>
      {payment.formatted !== null && (
        <p class="amount">
          <strong>{payment.formatted}</strong>
        </p>
      )}
      <FailureNotice message={message} />
      <div class="actions">
        <button type="button" class="button" aria-disabled={busy} onClick={() => void confirm()}>
          {busy ? "Asking your bank…" : bankUrl === null ? "Confirm the payment" : "Continue to your bank"}
        </button>
        <WayBack path={returnPath} label="Go back without confirming" />
      </div>
    </>
  );
}
