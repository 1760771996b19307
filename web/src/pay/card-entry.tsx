// Entering a card, in the provider's own frame: its number passes through no page of the gateway.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { CardEntryDocument } from "../generated/operations";
import { TextField } from "../shared/fields";
import { Form } from "../shared/form";
import { FailureNotice, Heading, RetryNotice, SendButton } from "../shared/notices";
import { executeOperation } from "../shared/server";
import { describeFailure } from "../shared/wording";
import { readBearer } from "../shop/account/bearer";
import { findReturnPath, returnAddress } from "./address";
import { createCardToken, saveCard, setUpCard, type CardResult } from "./card";
import { keepNickname, readNickname } from "./nickname";
import { loadStripe, SCRIPT_FAILURE, type Stripe, type StripeElements } from "./stripe";
import { WayBack } from "./way-back";

const SUBJECT = "card";
const NAME_FAILURE = "Your card is not saved yet: put right what you call it, or leave that empty.";

interface CardEntryProps {
  readonly saves: boolean;
  readonly setupId: string | null;
}

/** The form, or why there is none. */
export function CardEntry({ saves, setupId }: CardEntryProps) {
  const [returnPath] = useState(() => findReturnPath(location.search, SUBJECT));
  const [bearer] = useState(() => readBearer(() => sessionStorage));
  if (returnPath === null)
    return (
      <>
        <Heading>There is nothing to pay here</Heading>
        <p class="lead">Cards are entered on the way from a shop’s page. Begin there.</p>
      </>
    );
  if (saves && bearer === null)
    return (
      <>
        <Heading>You are not signed in</Heading>
        <p class="lead">A card is saved for whoever is signed in. Go back and sign in first.</p>
        <WayBack path={returnAddress(returnPath, { kind: "signIn" })} />
      </>
    );
  return <CardForm bearer={saves ? bearer : null} setupId={setupId} returnPath={returnPath} />;
}

interface CardFormProps {
  /** Of whoever the card is saved for; null for a guest. */
  readonly bearer: string | null;
  readonly setupId: string | null;
  readonly returnPath: string;
}

interface OpenedForm {
  readonly stripe: Stripe;
  readonly elements: StripeElements;
}

async function openForm(isGuest: boolean): Promise<OpenedForm | { readonly message: string }> {
  const reply = await executeOperation(CardEntryDocument, {});
  if (reply.kind !== "data") return { message: describeFailure(reply) };
  const { publishableKey } = reply.data.paymentProvider;
  const stripe = publishableKey === null ? null : await loadStripe(publishableKey);
  if (stripe === null) return { message: SCRIPT_FAILURE };
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const elements = stripe.elements({
    mode: "setup",
    currency: "usd",
    paymentMethodTypes: ["card"],
    ...(isGuest ? { paymentMethodCreation: "manual" } : {}),
    appearance: { theme: isDark ? "night" : "stripe" },
  });
  return { stripe, elements };
}

function CardForm({ bearer, setupId, returnPath }: CardFormProps) {
  const [form, setForm] = useState<OpenedForm | null>(null);
  const [loadFailure, setLoadFailure] = useState<string | null>(null);
  const [isReady, setReady] = useState(false);
  const [busy, setBusy] = useState(false);
  const [message, setMessage] = useState<string | null>(null);
  const [nickname, setNickname] = useState(readNickname);
  const [nicknameError, setNicknameError] = useState<string | undefined>(undefined);
  // A setup that the bank has agreed to and that is not saved yet.
  const unsavedSetupRef = useRef<string | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const isGuest = bearer === null;

  const open = useCallback(async (): Promise<void> => {
    setLoadFailure(null);
    const opened = await openForm(isGuest);
    if ("message" in opened) setLoadFailure(opened.message);
    else setForm(opened);
  }, [isGuest]);
  useEffect(() => { void open(); }, [open]);
  useEffect(() => {
    if (form === null || place.current === null) return;
    const element = form.elements.create("payment", { layout: "tabs", wallets: { applePay: "never", googlePay: "never" } });
    element.on("ready", () => { setReady(true); });
    element.on("change", () => { unsavedSetupRef.current = null; });
    element.on("loaderror", () => {
      setForm(null);
      setLoadFailure(SCRIPT_FAILURE);
    });
    element.mount(place.current);
    return () => { element.destroy(); };
  }, [form]);

  const take = useCallback(
    (result: CardResult): void => {
      switch (result.kind) {
        case "refused":
          setMessage(result.message);
          setBusy(false);
          return;
        case "unsaved":
          unsavedSetupRef.current = result.setupId;
          if (result.isNicknameWrong) setNicknameError(result.message);
          setMessage(result.isNicknameWrong ? NAME_FAILURE : result.message);
          setBusy(false);
          return;
        default:
          // Whoever has to sign in once more comes back.
          if (result.kind !== "signIn") keepNickname("");
          location.replace(returnAddress(returnPath, result));
      }
    },
    [returnPath],
  );
  useEffect(() => {
    if (setupId === null || bearer === null) return;
    // Read once: another card gets another setup.
    history.replaceState(null, "", `${location.pathname}?${new URLSearchParams({ return: returnPath, save: "1" }).toString()}`);
    setBusy(true);
    void saveCard(setupId, readNickname(), bearer).then(take);
  }, [setupId, bearer, returnPath, take]);

  const takeCard = async ({ stripe, elements }: OpenedForm): Promise<CardResult> => {
    if (bearer === null) return createCardToken(stripe, elements);
    if (unsavedSetupRef.current !== null) return saveCard(unsavedSetupRef.current, nickname, bearer);
    return setUpCard(stripe, elements, nickname, bearer, location.href);
  };
  const submit = async (): Promise<void> => {
    if (busy || form === null || !isReady) return;
    setBusy(true);
    setMessage(null);
    setNicknameError(undefined);
    // For the way back from a page of the bank, or from another sign-in.
    keepNickname(nickname);
    try {
      take(await takeCard(form));
    } catch {
      take({ kind: "refused", message: "The payment provider did not answer. Nothing was charged: try again." });
    }
  };
  return (
    <>
      <Heading>{isGuest ? "Enter your card" : "Save a card"}</Heading>
      <p class="lead">
        {isGuest
          ? "It goes to our payment provider, Stripe, and is charged only when you place the order."
          : "It goes to our payment provider, Stripe, which keeps it for what you buy later. Nothing is charged now."}
      </p>
      <RetryNotice message={loadFailure} onRetry={() => void open()} />
      <Form onSubmit={() => void submit()}>
        {loadFailure === null && !isReady && (
          <div class="waiting" role="status" aria-label="Opening the form for your card">
            <div class="bone bone-box" />
            <div class="bone bone-box" />
          </div>
        )}
        <div ref={place} class="card-form" />
        {isReady && loadFailure === null && !isGuest && (
          <TextField
            id="card-nickname"
            label="What you call it (optional)"
            hint="Shown in place of its last four digits."
            error={nicknameError}
            value={nickname}
            onInput={setNickname}
          />
        )}
        <FailureNotice message={message} />
        <div class="actions">
          {isReady && loadFailure === null && <SendButton busy={busy}>{isGuest ? "Use this card" : "Save this card"}</SendButton>}
          <WayBack path={returnPath} label="Go back without a card" />
        </div>
      </Form>
    </>
  );
}
