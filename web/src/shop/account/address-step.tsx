// Saving an address, under a label of its own.

import { useState } from "preact/hooks";
import { SaveAddressDocument, type SavedAddressFragment } from "../../generated/shop";
import type { AddressDraft } from "../../shared/address";
import { TextField } from "../../shared/fields";
import type { Problem } from "../../shared/notices";
import { AddressForm } from "./address-form";
import { asksForSignIn } from "./problems";
import { useRequests } from "./request";
import { newAddressLabel } from "./steps";

const LABEL_ID = "address-label";

interface AddressStepProps {
  readonly saved: readonly SavedAddressFragment[];
  readonly submitLabel: string;
  /** Where the form begins. */
  readonly initialDraft?: AddressDraft | undefined;
  readonly onSaved: (address: SavedAddressFragment) => void;
  /** The sign-in is too long ago. */
  readonly onSignInNeeded: () => void;
}

/** The form. */
export function AddressStep({ saved, submitLabel, initialDraft, onSaved, onSignInNeeded }: AddressStepProps) {
  const [label, setLabel] = useState(() => newAddressLabel(saved.map((address) => address.label)));
  const [labelError, setLabelError] = useState<string | undefined>(undefined);
  const { busy, failureMessage, send } = useRequests();
  const checkLabel = (): readonly Problem[] => {
    const message = label.trim() === "" ? "A label is missing, such as Home." : undefined;
    setLabelError(message);
    return message === undefined ? [] : [{ id: LABEL_ID, message }];
  };
  return (
    <AddressForm
      submitLabel={submitLabel}
      busy={busy}
      failureMessage={failureMessage}
      initialDraft={initialDraft}
      checkOthers={checkLabel}
      onSubmit={async (address, confirmWarnings) => {
        const data = await send(SaveAddressDocument, { input: { label: label.trim(), address, confirmWarnings } });
        if (data === null) return null;
        const { address: savedAddress, userErrors } = data.addressSave;
        setLabelError(userErrors.find(({ field }) => field?.at(-1) === "label")?.message);
        if (asksForSignIn(userErrors)) onSignInNeeded();
        if (savedAddress === null) return userErrors;
        onSaved(savedAddress);
        return null;
      }}
    >
      <TextField
        id={LABEL_ID}
        label="What you call it"
        required
        hint="The button shows this, never the address."
        error={labelError}
        value={label}
        onInput={setLabel}
      />
    </AddressForm>
  );
}
