// The state of accepting: what the gateway found wrong with the address so far.

import { useState } from "preact/hooks";
import { GiftAcceptDocument } from "../generated/operations";
import {
  addressInput,
  checkRequiredFields,
  splitErrors,
  type AddressDraft,
  type FieldErrors,
  type FormField,
} from "./address";
import type { PanelProps } from "./panel";
import { hasClaimChanged, useSubmission, type Answer, type Submission } from "./submission";

/** What is wrong with the address. */
export interface AddressErrors {
  readonly fieldErrors: FieldErrors;
  readonly formErrors: readonly string[];
  /** Goes up with each refused try, so that the summary takes the focus again. */
  readonly attempt: number;
}

/** Accepting, as the form sees it. */
export interface Acceptance {
  readonly errors: AddressErrors;
  /** Whether there are only warnings about the address as it stands: its recipient may confirm it. */
  readonly canConfirmWarnings: boolean;
  readonly submission: Submission;
  readonly submit: (confirmWarnings: boolean) => Promise<void>;
}

interface AcceptanceOptions extends Pick<PanelProps, "token" | "onAnswer" | "onClaimChange"> {
  readonly draft: AddressDraft;
  readonly fields: readonly FormField[];
}

/** Whether every error is a warning too: whatever is said against the address may be confirmed. */
export function hasOnlyWarnings({ userErrors, warnings }: Answer): boolean {
  return userErrors.every(({ field, message }) =>
    warnings.some(
      (warning) =>
        warning.code === "ADDRESS_DOUBTFUL" && warning.target === field?.at(-1) && warning.message === message,
    ),
  );
}

/** Accepting with the address in `draft`. */
export function useAcceptance({ token, draft, fields, onAnswer, onClaimChange }: AcceptanceOptions): Acceptance {
  const submission = useSubmission();
  const [errors, setErrors] = useState<AddressErrors>({ fieldErrors: {}, formErrors: [], attempt: 0 });
  const [warnedAddress, setWarnedAddress] = useState<string | null>(null);
  const address = addressInput(draft, fields);
  const serializedAddress = JSON.stringify(address);

  const showErrors = (fieldErrors: FieldErrors, formErrors: readonly string[]): void => {
    setErrors({ fieldErrors, formErrors, attempt: errors.attempt + 1 });
  };
  const handleAnswer = (answer: Answer): void => {
    const { fieldErrors, formErrors } = splitErrors(answer.userErrors, fields);
    setWarnedAddress(hasOnlyWarnings(answer) ? serializedAddress : null);
    if (hasClaimChanged(answer)) onClaimChange();
    else if (answer.userErrors.length > 0) showErrors(fieldErrors, formErrors);
    else onAnswer("accepted", answer);
  };
  const submit = async (confirmWarnings: boolean): Promise<void> => {
    const requiredErrors =
      draft.country === "" ? { country: "Country is missing." } : checkRequiredFields(draft, fields);
    if (Object.keys(requiredErrors).length > 0) {
      showErrors(requiredErrors, []);
      return;
    }
    const input = { token, address, confirmWarnings };
    const answer = await submission.send(GiftAcceptDocument, { input }, (data) => data.giftAccept);
    if (answer !== null) handleAnswer(answer);
  };
  return { errors, canConfirmWarnings: warnedAddress === serializedAddress, submission, submit };
}
