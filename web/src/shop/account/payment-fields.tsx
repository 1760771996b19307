// A way to pay: one that is saved, or another that is entered now.

import type { SavedPaymentMethodFragment } from "../../generated/shop";
import { paymentMethodLine } from "./account";
import { paymentEntry, type PaymentEntry } from "./paymentEntry";

/** The choice: the id of a saved way to pay, or the provider's token of a new one, empty while none is entered. */
export type PaymentChoice =
  | { readonly kind: "saved"; readonly id: string }
  | { readonly kind: "new"; readonly providerToken: string };

/** The choice to begin with. */
export function firstPaymentChoice(saved: readonly SavedPaymentMethodFragment[]): PaymentChoice {
  const [method] = saved;
  return method === undefined ? { kind: "new", providerToken: "" } : { kind: "saved", id: method.id };
}

/** The element's id of the first option: an error summary's target. */
export const PAYMENT_ID = "payment-choice";

interface PaymentFieldsProps {
  readonly legend: string;
  readonly providerName: string;
  readonly saved: readonly SavedPaymentMethodFragment[];
  readonly choice: PaymentChoice;
  readonly error: string | undefined;
  readonly onChoose: (choice: PaymentChoice) => void;
}

/** The choice as a group of options. */
export function PaymentFields({ legend, providerName, saved, choice, error, onChoose }: PaymentFieldsProps) {
  const entry = paymentEntry(providerName);
  const hasSaved = saved.length > 0;
  return (
    <fieldset
      class={error === undefined ? "field" : "field field-wrong"}
      aria-describedby={error === undefined ? undefined : `${PAYMENT_ID}-error`}
    >
      <legend>{legend}</legend>
      {saved.map((method, index) => (
        <label class="choice" key={method.id}>
          <input
            type="radio"
            name={PAYMENT_ID}
            id={index === 0 ? PAYMENT_ID : undefined}
            checked={choice.kind === "saved" && choice.id === method.id}
            onChange={() => { onChoose({ kind: "saved", id: method.id }); }}
          />
          {paymentMethodLine(method)}
        </label>
      ))}
      {hasSaved && entry.kind !== "unknown" && (
        <label class="choice">
          <input
            type="radio"
            name={PAYMENT_ID}
            checked={choice.kind === "new"}
            onChange={() => { onChoose({ kind: "new", providerToken: "" }); }}
          />
          Another way to pay
        </label>
      )}
      {choice.kind === "new" && (
        <EntryFields
          entry={entry}
          // The error summary leads to the first option there is.
          firstId={hasSaved ? undefined : PAYMENT_ID}
          token={choice.providerToken}
          onEnter={(providerToken) => { onChoose({ kind: "new", providerToken }); }}
        />
      )}
      {error !== undefined && (
        <p class="error" id={`${PAYMENT_ID}-error`}>
          <span aria-hidden="true">⚠ </span>
          {error}
        </p>
      )}
    </fieldset>
  );
}

interface EntryFieldsProps {
  readonly entry: PaymentEntry;
  readonly firstId: string | undefined;
  readonly token: string;
  readonly onEnter: (providerToken: string) => void;
}

function EntryFields({ entry, firstId, token, onEnter }: EntryFieldsProps) {
  if (entry.kind === "unknown") return <p class="hint">A way to pay cannot be entered on this page.</p>;
  return (
    <>
      <p class="hint payment-note">No card is asked for: this shop plays the bank. Choose how it shall behave.</p>
      {entry.methods.map((method, index) => (
        <label class="choice" key={method.token}>
          <input
            type="radio"
            name={`${PAYMENT_ID}-entry`}
            id={index === 0 ? firstId : undefined}
            checked={token === method.token}
            onChange={() => { onEnter(method.token); }}
          />
          <span>
            {method.title} <code>{method.token}</code>
            <span class="hint choice-effect">{method.effect}</span>
          </span>
        </label>
      ))}
    </>
  );
}
