// The state of accepting: what the gateway found wrong with the address so far.

import { useState } from "preact/hooks";
import { GiftAcceptDocument } from "../generated/operations";
import {
  addressInput,
  checkRequiredFields,
  hasOnlyDoubts,
  NO_ADDRESS_ERRORS,
  splitErrors,
  type AddressDraft,
  type AddressErrors,
  type FormField,
} from "../shared/address";
import type { PanelProps } from "./panel";
import { useSubmission, type Submission } from "../shared/submission";
import { hasClaimChanged, type Answer } from "./answer";

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

/** Accepting with the address in `draft`. */
export function useAcceptance({ token, draft, fields, onAnswer, onClaimChange }: AcceptanceOptions): Acceptance {
  const submission = useSubmission();
  const [errors, setErrors] = useState(NO_ADDRESS_ERRORS);
  const [warnedAddress, setWarnedAddress] = useState<string | null>(null);
  const address = addressInput(draft, fields);
  const serializedAddress = JSON.stringify(address);

  const showErrors = (fieldErrors: AddressErrors["fieldErrors"], formErrors: readonly string[]): void => {
    setErrors({ fieldErrors, formErrors, attempt: errors.attempt + 1 });
  };
  const handleAnswer = (answer: Answer): void => {
    const { fieldErrors, formErrors } = splitErrors(answer.userErrors, fields);
    setWarnedAddress(hasOnlyDoubts(answer.userErrors) ? serializedAddress : null);
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
