// Sending an answer: one at a time, with what went wrong kept for the form to show.

import { useState } from "preact/hooks";
import type { AnswerFragment, TypedDocumentString } from "../generated/operations";
import { executeOperation } from "./server";
import { describeFailure } from "./wording";

export type Answer = AnswerFragment;

/** How an answer is sent, and how that goes. */
export interface Sending {
  readonly busy: boolean;
  /** Why no answer came, if none did. */
  readonly trouble: string | null;
  readonly send: <Data, Variables>(
    operation: TypedDocumentString<Data, Variables>,
    variables: Variables,
    answer: (data: Data) => Answer,
  ) => Promise<Answer | null>;
}

/** A way to send answers from one form. */
export function useSending(): Sending {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const send: Sending["send"] = async (operation, variables, answer) => {
    if (busy) return null;
    setBusy(true);
    setTrouble(null);
    const reply = await executeOperation(operation, variables);
    setBusy(false);
    if (reply.kind === "data") return answer(reply.data);
    setTrouble(describeFailure(reply));
    return null;
  };
  return { busy, trouble, send };
}

/** Whether the gateway says that the link, or the time for this answer, is over. */
export function overtaken(answer: Answer): boolean {
  return answer.userErrors.some(({ code }) => code === "INVALID_TOKEN" || code === "NOT_MODIFIABLE");
}
