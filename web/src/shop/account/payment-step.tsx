// The last step: a way to pay, and buying by one click is on for this device.

import { useState } from "preact/hooks";
import { EnableOneClickDocument, SavePaymentMethodDocument } from "../../generated/shop";
import { SelectField, TextField } from "../../shared/fields";
import { Form } from "../../shared/form";
import { FailureNotice, ProblemList, SendButton } from "../../shared/notices";
import type { AccountHolder } from "./account";
import { readCardReturn } from "./card-return";
import { firstPaymentChoice, PAYMENT_ID, PaymentFields } from "./payment-fields";
import { paymentEntry } from "./paymentEntry";
import { asksForSignIn, toProblems, useProblems } from "./problems";
import { useRequests, type Requests } from "./request";

const ADDRESS_ID = "one-click-address";
const NICKNAME_ID = "payment-nickname";

interface PaymentStepProps {
  readonly holder: AccountHolder;
  readonly providerName: string;
  readonly onEnabled: () => void;
  readonly onSignInNeeded: () => void;
}

/** Save a way to pay; its id, or why not. */
export async function savePaymentMethod(
  send: Requests["send"],
  providerToken: string,
  nickname: string,
): Promise<{ readonly id: string | null; readonly userErrors: Parameters<typeof toProblems>[0] } | null> {
  const trimmed = nickname.trim();
  const data = await send(SavePaymentMethodDocument, {
    input: { providerToken, nickname: trimmed === "" ? null : trimmed },
  });
  if (data === null) return null;
  return { id: data.paymentMethodSave.paymentMethod?.id ?? null, userErrors: data.paymentMethodSave.userErrors };
}

/** The address that was chosen when the buyer left to enter a card. */
function keptAddressId({ addresses }: AccountHolder): string | undefined {
  return addresses.find(({ id }) => id === readCardReturn().kept?.["addressId"])?.id;
}

/** The form. */
export function PaymentStep({ holder, providerName, onEnabled, onSignInNeeded }: PaymentStepProps) {
  const [addressId, setAddressId] = useState(() => keptAddressId(holder) ?? holder.addresses[0]?.id ?? "");
  const [choice, setChoice] = useState(() => firstPaymentChoice(holder.paymentMethods));
  const [nickname, setNickname] = useState("");
  const { busy, failureMessage, send } = useRequests();
  const problems = useProblems();
  const showErrors = (userErrors: Parameters<typeof toProblems>[0]): void => {
    problems.show(toProblems(userErrors, { providerToken: PAYMENT_ID, nickname: NICKNAME_ID, addressId: ADDRESS_ID }));
    if (asksForSignIn(userErrors)) onSignInNeeded();
  };
  const submit = async (): Promise<void> => {
    if (choice.kind === "new" && choice.providerToken === "") {
      problems.show([{ id: PAYMENT_ID, message: "Choose a way to pay." }]);
      return;
    }
    let paymentMethodId = choice.kind === "saved" ? choice.id : null;
    if (choice.kind === "new") {
      const answer = await savePaymentMethod(send, choice.providerToken, nickname);
      if (answer === null) return;
      showErrors(answer.userErrors);
      if (answer.id === null) return;
      paymentMethodId = answer.id;
      // Should turning on fail, another try does not save it again.
      setChoice({ kind: "saved", id: answer.id });
    }
    if (paymentMethodId === null) return;
    const data = await send(EnableOneClickDocument, { input: { addressId, paymentMethodId } });
    if (data === null) return;
    const { enabled, userErrors } = data.oneClickEnable;
    showErrors(userErrors);
    if (enabled && userErrors.length === 0) onEnabled();
  };
  const [onlyAddress] = holder.addresses;
  // The page of card entry asks for the name, too.
  const isEnteredElsewhere = paymentEntry(providerName).kind === "page";
  return (
    <Form onSubmit={() => void submit()}>
      <p class="lead">
        From then on one press buys, on this device alone. Nothing is bought now, and what you buy can be undone for a
        while.
      </p>
      <ProblemList problems={problems.list} attempt={problems.attempt} />
      {holder.addresses.length === 1 && onlyAddress !== undefined ? (
        <p class="field">
          To: <strong>{onlyAddress.label}</strong>
        </p>
      ) : (
        <SelectField
          id={ADDRESS_ID}
          label="To"
          error={problems.of(ADDRESS_ID)}
          choices={holder.addresses.map(({ id, label }) => ({ code: id, name: label }))}
          value={addressId}
          onInput={setAddressId}
        />
      )}
      <PaymentFields
        legend="Paid by"
        providerName={providerName}
        saved={holder.paymentMethods}
        choice={choice}
        error={problems.of(PAYMENT_ID)}
        onChoose={setChoice}
        savesCard
        keep={() => ({ path: "oneClick", addressId })}
      />
      {choice.kind === "new" && !isEnteredElsewhere && (
        <TextField
          id={NICKNAME_ID}
          label="What you call it (optional)"
          hint="The button shows this, or the last four digits."
          error={problems.of(NICKNAME_ID)}
          value={nickname}
          onInput={setNickname}
        />
      )}
      <FailureNotice message={failureMessage} />
      <div class="actions">
        <SendButton busy={busy}>Turn on buying with one click</SendButton>
      </div>
    </Form>
  );
}
