// Sending an answer: one at a time, with what went wrong kept for the form to show.

import { useRef, useState } from "preact/hooks";
import type { TypedDocumentString } from "../generated/operations";
import { executeOperation } from "./server";
import { describeFailure } from "./wording";

/** How an answer is sent, and how that goes. */
export interface Submission {
  readonly busy: boolean;
  /** Why no answer came, if none did. */
  readonly failureMessage: string | null;
  readonly send: <Data, Variables, Answer>(
    operation: TypedDocumentString<Data, Variables>,
    variables: Variables,
    selectAnswer: (data: Data) => Answer,
  ) => Promise<Answer | null>;
}

/** A way to send answers from one form; with the page's cookie only where `credentials` says so. */
export function useSubmission(credentials: RequestCredentials = "omit"): Submission {
  const [busy, setBusy] = useState(false);
  const [failureMessage, setFailureMessage] = useState<string | null>(null);
  // Beside the state, which a second press may come before.
  const sendingRef = useRef(false);
  const send: Submission["send"] = async (operation, variables, selectAnswer) => {
    if (sendingRef.current) return null;
    sendingRef.current = true;
    setBusy(true);
    setFailureMessage(null);
    const reply = await executeOperation(operation, variables, credentials);
    sendingRef.current = false;
    setBusy(false);
    if (reply.kind === "data") return selectAnswer(reply.data);
    setFailureMessage(describeFailure(reply));
    return null;
  };
  return { busy, failureMessage, send };
}
