// The short path in a box of its own: sign in, an address, a way to pay. What is done is skipped.

import { useClient } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { RetryNotice } from "../../shared/notices";
import { useSession } from "../api/session";
import { refreshOffers } from "../one_click/offers";
import { Loading } from "../ui/loading";
import { useAccount, type Account } from "./account";
import { AddressStep } from "./address-step";
import { Dialog } from "./dialog";
import type { PathDialogProps } from "./path";
import { PaymentStep } from "./payment-step";
import { SignInStep } from "./sign-in-step";
import { currentStep, stepTitle, type Step } from "./steps";
import "./style.css";

const TITLES: Readonly<Record<Step, string>> = {
  signIn: "Sign in",
  address: "Where should it go?",
  payment: "How will you pay?",
};

/** The box with the step that is to be done. */
export function PathDialog({ request, onClose }: PathDialogProps) {
  const { purpose, reason, onDone } = request;
  const account = useAccount();
  const { token } = useSession();
  const [mustSignInAgain, setMustSignInAgain] = useState(request.mustSignInAgain ?? false);
  const [isEnabled, setEnabled] = useState(false);
  const client = useClient();
  const { holder } = account;
  // A token alone may have expired; who is signed in the gateway says.
  const isSignedIn = holder !== null && token !== null;
  const step = currentStep(purpose, { isSignedIn, mustSignInAgain, hasAddress: (holder?.addresses.length ?? 0) > 0 });
  const isDone = isEnabled || step === null;
  useEffect(() => {
    if (!isDone) return;
    onClose();
    onDone?.();
  }, [isDone, onClose, onDone]);
  if (isDone) return null;
  const demandSignIn = (): void => { setMustSignInAgain(true); };
  return (
    <Dialog title={TITLES[step]} note={stepTitle(purpose, step)} onClose={onClose}>
      {step === "signIn" && reason !== undefined && <p class="notice">{reason}</p>}
      <StepContent
        step={step}
        account={account}
        onSignedIn={() => { setMustSignInAgain(false); }}
        onSignInNeeded={demandSignIn}
        onEnabled={() => {
          setEnabled(true);
          account.refresh();
          void refreshOffers(client);
        }}
      />
    </Dialog>
  );
}

interface StepContentProps {
  readonly step: Step;
  readonly account: Account;
  readonly onSignedIn: () => void;
  readonly onSignInNeeded: () => void;
  readonly onEnabled: () => void;
}

function StepContent({ step, account, onSignedIn, onSignInNeeded, onEnabled }: StepContentProps) {
  const { holder, providerName, loading, failureMessage, refresh } = account;
  if (loading) return <Loading label="Looking up your account" />;
  if (failureMessage !== null) return <RetryNotice message={failureMessage} onRetry={refresh} />;
  if (step === "signIn" || holder === null || providerName === null)
    return <SignInStep email={holder?.email ?? ""} isTrial={providerName === "sim"} onSignedIn={onSignedIn} />;
  if (step === "address")
    return (
      <AddressStep
        saved={holder.addresses}
        submitLabel="Save the address"
        onSaved={refresh}
        onSignInNeeded={onSignInNeeded}
      />
    );
  return (
    <PaymentStep holder={holder} providerName={providerName} onEnabled={onEnabled} onSignInNeeded={onSignInNeeded} />
  );
}
