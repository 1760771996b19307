// Giving something to somebody whose address you need not know.

import { useQuery } from "@urql/preact";
import { useRef, useState } from "preact/hooks";
import { CreateGiftDocument, EstimateGiftDocument, GiftItemDocument, type GiftItemQuery } from "../../generated/shop";
import { TextArea, TextField } from "../../shared/fields";
import { Form } from "../../shared/form";
import { FailureNotice, Heading, ProblemList, RetryNotice, SendButton, type Problem } from "../../shared/notices";
import { newRequestKey } from "../../order/keys";
import { useAccount, type AccountHolder } from "../account/account";
import { forgetCardReturn, readCardReturn } from "../account/card-return";
import { usePath } from "../account/path";
import { firstPaymentChoice, PAYMENT_ID, PaymentFields } from "../account/payment-fields";
import { savePaymentMethod } from "../account/payment-step";
import { asksForSignIn, toProblems } from "../account/problems";
import { useRequests } from "../account/request";
import { describeError } from "../api/errors";
import { productAddress } from "../router/address";
import { Link, navigate, useLocation } from "../router/location";
import type { PageProps } from "../router/routes";
import { Loading } from "../ui/loading";
import { giftPageAddress, parseGiftQuantity } from "./address";
import { checkGift, EMPTY_GIFT, giftInput, GIFT_FIELDS, splitGiftErrors, type GiftDraft, type GiftErrors, type GiftField } from "./draft";
import { giftFieldId, RecipientFields } from "./recipient-fields";
import "../account/style.css";
import "../orders/style.css";
import "./style.css";

type Item = Extract<NonNullable<GiftItemQuery["node"]>, { readonly title: string }>;

function isItem(node: GiftItemQuery["node"] | undefined): node is Item {
  return node !== null && node !== undefined && "title" in node;
}

/** The page for the variant in the address. */
export function GivePage({ handle: variantId }: PageProps) {
  const [{ data, fetching, error }, execute] = useQuery({ query: GiftItemDocument, variables: { variantId } });
  const account = useAccount();
  const openPath = usePath();
  const quantity = parseGiftQuantity(useLocation().query);
  if ((data === undefined && fetching) || account.loading)
    return (
      <section class="panel">
        <Loading label="Looking up the product" />
      </section>
    );
  if (!isItem(data?.node))
    return (
      <section class="panel">
        <Heading>Give as a gift</Heading>
        {data === undefined ? (
          <RetryNotice message={describeError(error)} onRetry={() => { execute({ requestPolicy: "network-only" }); }} />
        ) : (
          <p class="lead">This is no longer sold.</p>
        )}
      </section>
    );
  const item = data.node;
  const { holder, providerName } = account;
  return (
    <section class="panel">
      <p>
        <Link href={productAddress(item.product.handle)}>Back to {item.product.title}</Link>
      </p>
      <Heading>
        Give {quantity > 1 && `${String(quantity)} × `}“{item.title}”
      </Heading>
      <p class="lead">
        You need not know where they live: we ask them, and never tell you what they say. You pay only if it can be
        delivered.
      </p>
      {holder === null || providerName === null ? (
        <>
          <p>Gifts are given by who is signed in, so that you can watch over them.</p>
          <div class="actions">
            <button type="button" class="button" onClick={() => { openPath({ purpose: "signIn" }); }}>
              Sign in to give it
            </button>
          </div>
        </>
      ) : (
        <GiftForm item={item} quantity={quantity} holder={holder} providerName={providerName} onSaved={account.refresh} />
      )}
    </section>
  );
}

interface GiftFormProps {
  readonly item: Item;
  readonly quantity: number;
  readonly holder: AccountHolder;
  readonly providerName: string;
  readonly onSaved: () => void;
}

interface Refusal {
  readonly fieldErrors: GiftErrors;
  readonly others: readonly Problem[];
  readonly attempt: number;
}

function listProblems({ fieldErrors, others }: Refusal): readonly Problem[] {
  const inFields = GIFT_FIELDS.flatMap((name) =>
    fieldErrors[name] === undefined ? [] : [{ id: giftFieldId(name), message: fieldErrors[name] }],
  );
  return [...others, ...inFields];
}

/** What was typed before the giver left to enter a card. */
function keptDraft(): GiftDraft | null {
  const draft = readCardReturn().kept?.["draft"];
  return typeof draft === "object" && draft !== null ? { ...EMPTY_GIFT, ...draft } : null;
}

function GiftForm({ item, quantity, holder, providerName, onSaved }: GiftFormProps) {
  const openPath = usePath();
  const [draft, setDraft] = useState<GiftDraft>(() => keptDraft() ?? { ...EMPTY_GIFT, from: holder.name ?? "" });
  const [isAnonymous, setAnonymous] = useState(() => readCardReturn().kept?.["isAnonymous"] === true);
  const [choice, setChoice] = useState(() => firstPaymentChoice(holder.paymentMethods));
  const [refusal, setRefusal] = useState<Refusal>({ fieldErrors: {}, others: [], attempt: 0 });
  const { busy, failureMessage, send } = useRequests();
  const keyRef = useRef<string | null>(null);
  const [{ data: estimated }] = useQuery({ query: EstimateGiftDocument, variables: { variantId: item.id, quantity } });
  const estimate = estimated?.giftEstimate ?? null;
  const edit = (name: GiftField, value: string): void => {
    keyRef.current = null;
    setDraft((last) => ({ ...last, [name]: value }));
  };
  const refuse = (fieldErrors: GiftErrors, others: readonly Problem[]): void => {
    setRefusal(({ attempt }) => ({ fieldErrors, others, attempt: attempt + 1 }));
  };
  const findPaymentMethod = async (): Promise<string | null> => {
    if (choice.kind === "saved") return choice.id;
    const answer = await savePaymentMethod(send, choice.providerToken, "");
    if (answer === null) return null;
    if (answer.userErrors.length > 0) refuse({}, toProblems(answer.userErrors, { providerToken: PAYMENT_ID }));
    if (asksForSignIn(answer.userErrors))
      openPath({ purpose: "signIn", reason: "To save a way to pay, sign in once more.", mustSignInAgain: true });
    if (answer.id === null) return null;
    setChoice({ kind: "saved", id: answer.id });
    onSaved();
    return answer.id;
  };
  const submit = async (): Promise<void> => {
    const fieldErrors = checkGift(draft);
    const paymentMissing = choice.kind === "new" && choice.providerToken === "";
    const others = paymentMissing ? [{ id: PAYMENT_ID, message: "Choose a way to pay." }] : [];
    if (Object.keys(fieldErrors).length > 0 || others.length > 0) {
      refuse(fieldErrors, others);
      return;
    }
    const paymentMethodId = await findPaymentMethod();
    if (paymentMethodId === null) return;
    // The same gift keeps its key, however often it is sent; another one has another.
    keyRef.current ??= newRequestKey();
    const chargeCap = estimate?.high.amount ?? null;
    const terms = { variantId: item.id, quantity, isAnonymous, paymentMethodId, chargeCap, idempotencyKey: keyRef.current };
    const data = await send(CreateGiftDocument, { input: giftInput(draft, terms) });
    if (data === null) return;
    const { gifts, userErrors } = data.giftCreate;
    const [gift] = gifts;
    if (gift !== undefined) {
      forgetCardReturn();
      navigate(giftPageAddress(gift.id));
      return;
    }
    // What is under way is asked for again under its key.
    if (!userErrors.some(({ code }) => code === "PURCHASE_IN_PROGRESS")) keyRef.current = null;
    const { fieldErrors: refused, formErrors } = splitGiftErrors(userErrors);
    refuse(refused, formErrors.map((message) => ({ id: null, message })));
    if (asksForSignIn(userErrors)) openPath({ purpose: "signIn", mustSignInAgain: true });
  };
  const paymentError = refusal.others.find(({ id }) => id === PAYMENT_ID)?.message;
  return (
    <>
      <ProblemList problems={listProblems(refusal)} attempt={refusal.attempt} />
      <Form onSubmit={() => void submit()}>
        <fieldset class="part">
          <legend>Who gets it</legend>
          <p class="hint">An e-mail address or a phone number is enough.</p>
          <RecipientFields draft={draft} errors={refusal.fieldErrors} onEdit={edit} />
        </fieldset>
        <fieldset class="part">
          <legend>What they read</legend>
          <TextArea
            id={giftFieldId("message")}
            label="Your message (optional)"
            error={refusal.fieldErrors.message}
            value={draft.message}
            onInput={(value) => { edit("message", value); }}
          />
          <label class="choice">
            <input
              type="checkbox"
              checked={isAnonymous}
              onChange={(event) => {
                keyRef.current = null;
                setAnonymous(event.currentTarget.checked);
              }}
            />
            Do not say who gives it
          </label>
          {!isAnonymous && (
            <div class="gift-from">
              <TextField
                id={giftFieldId("from")}
                label="From"
                hint="The name that they see."
                error={refusal.fieldErrors.from}
                value={draft.from}
                onInput={(value) => { edit("from", value); }}
              />
            </div>
          )}
        </fieldset>
        <PaymentFields
          legend="How you pay"
          providerName={providerName}
          saved={holder.paymentMethods}
          choice={choice}
          error={paymentError}
          savesCard
          keep={() => ({ draft, isAnonymous })}
          onChoose={(newChoice) => {
            keyRef.current = null;
            setChoice(newChoice);
          }}
        />
        {estimate !== null && (
          <p class="notice" role="status">
            {estimate.low.formatted === estimate.high.formatted ? (
              <>
                It costs <strong>{estimate.high.formatted}</strong>, tax and shipping included.
              </>
            ) : (
              <>
                It costs <strong>{estimate.low.formatted}</strong> to <strong>{estimate.high.formatted}</strong>, tax and
                shipping included, by where it goes. Never more.
              </>
            )}
          </p>
        )}
        <FailureNotice message={failureMessage} />
        <div class="actions">
          <SendButton busy={busy}>Give it</SendButton>
        </div>
      </Form>
    </>
  );
}
