// A way to pay: one that is saved, or another that is entered now.

import type { SavedPaymentMethodFragment } from "../../generated/shop";
import { leaveForCard, readCardReturn } from "./card-return";
import { paymentMethodLine } from "./payment-method-line";
import { paymentEntry, type PaymentEntry } from "./paymentEntry";

/** The choice: the id of a saved way to pay, or the provider's token of a new one, empty while none is entered. */
export type PaymentChoice =
  | { readonly kind: "saved"; readonly id: string }
  | { readonly kind: "new"; readonly providerToken: string };

/** The choice to begin with: the card that the buyer comes back with, if there is one. */
export function firstPaymentChoice(saved: readonly SavedPaymentMethodFragment[]): PaymentChoice {
  const { providerToken, paymentMethodId } = readCardReturn();
  if (providerToken !== null) return { kind: "new", providerToken };
  const method = saved.find(({ id }) => id === paymentMethodId) ?? saved[0];
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
  /** Whether a card that is entered is saved for whoever is signed in. */
  readonly savesCard: boolean;
  /** What of the page is kept while the buyer is on the page of card entry. */
  readonly keep: () => Readonly<Record<string, unknown>>;
}

/** The choice as a group of options. */
export function PaymentFields({
  legend,
  providerName,
  saved,
  choice,
  error,
  onChoose,
  savesCard,
  keep,
}: PaymentFieldsProps) {
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
          onLeave={() => { leaveForCard(savesCard, keep()); }}
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
  readonly onLeave: () => void;
}

function EntryFields({ entry, firstId, token, onEnter, onLeave }: EntryFieldsProps) {
  if (entry.kind === "unknown") return <p class="hint">A way to pay cannot be entered on this page.</p>;
  if (entry.kind === "page")
    return (
      <>
        <p class="hint payment-note" role="status">
          {token === "" ? "Your card is entered on a page of its own; you come back here." : "✓ Your card is entered."}
        </p>
        <button type="button" id={firstId} class="button button-plain" onClick={onLeave}>
          {token === "" ? "Enter a card" : "Enter another card"}
        </button>
      </>
    );
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
