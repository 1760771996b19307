// Sending what a form says: one request at a time, with why no answer came kept for the form to show.

import type { AnyVariables, TypedDocumentNode } from "@urql/core";
import { useClient } from "@urql/preact";
import { useRef, useState } from "preact/hooks";
import { describeError } from "../api/errors";

/** How requests are sent from one form, and how that goes. */
export interface Requests {
  readonly busy: boolean;
  /** Why no answer came, if none did. */
  readonly failureMessage: string | null;
  /** The data of the answer; null where none came, or where another request is under way. */
  readonly send: <Data, Variables extends AnyVariables>(
    operation: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ) => Promise<Data | null>;
}

/** A way to send from one form. */
export function useRequests(): Requests {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [failureMessage, setFailureMessage] = useState<string | null>(null);
  // Beside the state, which a second press may come before.
  const sendingRef = useRef(false);
  const send: Requests["send"] = async (operation, variables) => {
    if (sendingRef.current) return null;
    sendingRef.current = true;
    setBusy(true);
    setFailureMessage(null);
    const { data, error } = await client.mutation(operation, variables);
    sendingRef.current = false;
    setBusy(false);
    if (data !== undefined && error === undefined) return data;
    setFailureMessage(describeError(error));
    return null;
  };
  return { busy, failureMessage, send };
}
