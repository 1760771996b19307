// Sending an answer: one at a time, with what went wrong kept for the form to show.

import { useState } from "preact/hooks";
import type { AnswerFragment, TypedDocumentString } from "../generated/operations";
import { executeOperation } from "./server";
import { describeFailure } from "./wording";

export type Answer = AnswerFragment;

/** How an answer is sent, and how that goes. */
export interface Submission {
  readonly busy: boolean;
  /** Why no answer came, if none did. */
  readonly failureMessage: string | null;
  readonly send: <Data, Variables>(
    operation: TypedDocumentString<Data, Variables>,
    variables: Variables,
    selectAnswer: (data: Data) => Answer,
  ) => Promise<Answer | null>;
}

/** A way to send answers from one form. */
export function useSubmission(): Submission {
  const [busy, setBusy] = useState(false);
  const [failureMessage, setFailureMessage] = useState<string | null>(null);
  const send: Submission["send"] = async (operation, variables, selectAnswer) => {
    if (busy) return null;
    setBusy(true);
    setFailureMessage(null);
    const reply = await executeOperation(operation, variables);
    setBusy(false);
    if (reply.kind === "data") return selectAnswer(reply.data);
    setFailureMessage(describeFailure(reply));
    return null;
  };
  return { busy, failureMessage, send };
}

/** Whether the gateway says that the link, or the time for this answer, is over. */
export function hasClaimChanged(answer: Answer): boolean {
  return answer.userErrors.some(({ code }) => code === "INVALID_TOKEN" || code === "NOT_MODIFIABLE");
}
