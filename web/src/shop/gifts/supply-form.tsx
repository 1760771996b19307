// What the giver is asked for: more of the recipient, or consent to what it costs, or another way to pay.

import { useState } from "preact/hooks";
import { SupplyGiftInfoDocument, type GiftInfoSupplyInput, type GiftProgressFragment } from "../../generated/shop";
import { Form } from "../../shared/form";
import { FailureNotice, ProblemList, SendButton, type Problem } from "../../shared/notices";
import { useAccount, type AccountHolder } from "../account/account";
import { firstPaymentChoice, PAYMENT_ID, PaymentFields } from "../account/payment-fields";
import { savePaymentMethod } from "../account/payment-step";
import { asksForSignIn, toProblems } from "../account/problems";
import { usePath } from "../account/path";
import { useRequests } from "../account/request";
import { EMPTY_GIFT, GIFT_FIELDS, recipientInput, splitGiftErrors, type GiftErrors, type GiftField } from "./draft";
import { giftFieldId, RecipientFields } from "./recipient-fields";
import { giverRequest } from "./wording";

interface SupplyFormProps {
  readonly gift: GiftProgressFragment;
  readonly lastEventType: string;
  readonly onDone: (message: string) => void;
}

/** The form that fits why the gift waits. */
export function SupplyForm(props: SupplyFormProps) {
  const { holder, providerName } = useAccount();
  const request = giverRequest(props.lastEventType);
  return (
    <section class="inset" aria-labelledby="supply-title">
      {request === "recipient" && <RecipientSupply {...props} />}
      {request === "charges" && <ChargeSupply {...props} />}
      {request === "payment" && holder !== null && providerName !== null && (
        <PaymentSupply {...props} holder={holder} providerName={providerName} />
      )}
    </section>
  );
}

interface Supply {
  readonly busy: boolean;
  readonly failureMessage: string | null;
  readonly fieldErrors: GiftErrors;
  readonly problems: readonly Problem[];
  readonly attempt: number;
  readonly send: ReturnType<typeof useRequests>["send"];
  readonly refuse: (fieldErrors: GiftErrors, others: readonly Problem[]) => void;
  readonly supply: (input: Omit<GiftInfoSupplyInput, "giftId">) => Promise<void>;
}

function useSupply({ gift, onDone }: SupplyFormProps): Supply {
  const { busy, failureMessage, send } = useRequests();
  const openPath = usePath();
  const [refusal, setRefusal] = useState<{ readonly fieldErrors: GiftErrors; readonly others: readonly Problem[]; readonly attempt: number }>(
    { fieldErrors: {}, others: [], attempt: 0 },
  );
  const refuse = (fieldErrors: GiftErrors, others: readonly Problem[]): void => {
    setRefusal(({ attempt }) => ({ fieldErrors, others, attempt: attempt + 1 }));
  };
  const supply: Supply["supply"] = async (input) => {
    const data = await send(SupplyGiftInfoDocument, { input: { giftId: gift.id, ...input } });
    if (data === null) return;
    const { userErrors } = data.giftInfoSupply;
    const { fieldErrors, formErrors } = splitGiftErrors(userErrors);
    refuse(fieldErrors, formErrors.map((message) => ({ id: null, message })));
    if (asksForSignIn(userErrors)) openPath({ purpose: "signIn", mustSignInAgain: true });
    if (userErrors.length === 0) onDone("Thank you: the gift goes on.");
  };
  const { fieldErrors, others, attempt } = refusal;
  const inFields = GIFT_FIELDS.flatMap((name) =>
    fieldErrors[name] === undefined ? [] : [{ id: giftFieldId(name), message: fieldErrors[name] }],
  );
  return { busy, failureMessage, fieldErrors, problems: [...others, ...inFields], attempt, send, refuse, supply };
}

function RecipientSupply(props: SupplyFormProps) {
  const [draft, setDraft] = useState(EMPTY_GIFT);
  const supply = useSupply(props);
  const submit = (): void => {
    const isEmpty = Object.values(draft).every((value) => value.trim() === "");
    if (isEmpty) supply.refuse({ email: "Tell us one more thing: a contact, or a part of where they live." }, []);
    else void supply.supply({ recipient: recipientInput(draft) });
  };
  return (
    <>
      <h2 id="supply-title">What else do you know of them?</h2>
      <p class="hint">Nobody has answered, or what is known is not enough. Another contact, or any part of the address, may do.</p>
      <ProblemList problems={supply.problems} attempt={supply.attempt} />
      <Form onSubmit={submit}>
        <RecipientFields
          draft={draft}
          errors={supply.fieldErrors}
          onEdit={(name: GiftField, value) => { setDraft((last) => ({ ...last, [name]: value })); }}
        />
        <FailureNotice message={supply.failureMessage} />
        <div class="actions">
          <SendButton busy={supply.busy}>Tell the shop</SendButton>
        </div>
      </Form>
    </>
  );
}

function ChargeSupply(props: SupplyFormProps) {
  const supply = useSupply(props);
  const final = props.gift.charges?.final ?? null;
  const cost = final ?? props.gift.charges?.high ?? null;
  return (
    <>
      <h2 id="supply-title">It costs more than you agreed to</h2>
      <ProblemList problems={supply.problems} attempt={supply.attempt} />
      <Form onSubmit={() => { if (cost !== null) void supply.supply({ chargeCap: cost.amount }); }}>
        <p>
          Where it goes, it costs {final === null && "up to "}
          <strong>{cost?.formatted}</strong>, tax and shipping included.
          {final === null && " You pay what it comes to there, and never more than you agree to."}
        </p>
        <FailureNotice message={supply.failureMessage} />
        <div class="actions">
          <SendButton busy={supply.busy}>Agree to {cost?.formatted ?? ""}</SendButton>
        </div>
      </Form>
    </>
  );
}

function PaymentSupply(props: SupplyFormProps & { readonly holder: AccountHolder; readonly providerName: string }) {
  const { holder, providerName } = props;
  const [choice, setChoice] = useState(() => firstPaymentChoice(holder.paymentMethods));
  const supply = useSupply(props);
  const submit = async (): Promise<void> => {
    if (choice.kind === "saved") {
      await supply.supply({ paymentMethodId: choice.id });
      return;
    }
    if (choice.providerToken === "") {
      supply.refuse({}, [{ id: PAYMENT_ID, message: "Choose a way to pay." }]);
      return;
    }
    const answer = await savePaymentMethod(supply.send, choice.providerToken, "");
    if (answer === null) return;
    if (answer.id === null) supply.refuse({}, toProblems(answer.userErrors, { providerToken: PAYMENT_ID }));
    else await supply.supply({ paymentMethodId: answer.id });
  };
  return (
    <>
      <h2 id="supply-title">Your payment was refused</h2>
      <ProblemList problems={supply.problems} attempt={supply.attempt} />
      <Form onSubmit={() => void submit()}>
        <PaymentFields
          savesCard
          keep={() => ({})}
          legend="Another way to pay"
          providerName={providerName}
          saved={holder.paymentMethods}
          choice={choice}
          error={supply.problems.find(({ id }) => id === PAYMENT_ID)?.message}
          onChoose={setChoice}
        />
        <FailureNotice message={supply.failureMessage} />
        <div class="actions">
          <SendButton busy={supply.busy}>Pay by this</SendButton>
        </div>
      </Form>
    </>
  );
}
