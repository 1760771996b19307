// The state of accepting: what the gateway found in the address so far.

import { useState } from "preact/hooks";
import { GiftAcceptDocument } from "../generated/operations";
import { addressInput, missing, sorted, type Draft, type Entry, type Errors } from "./address";
import type { PanelProps } from "./panel";
import { overtaken, useSending, type Answer, type Sending } from "./sending";

/** What is wrong with the address. */
export interface Findings {
  readonly beside: Errors;
  readonly whole: readonly string[];
  /** Goes up with each refused try, so that the summary takes the focus again. */
  readonly attempt: number;
}

/** Accepting, as the form sees it. */
export interface Acceptance {
  readonly findings: Findings;
  /** Whether the address as it stands was only doubted: its recipient may insist on it. */
  readonly insistable: boolean;
  readonly sending: Sending;
  readonly submit: (confirmWarnings: boolean) => Promise<void>;
}

interface Given extends Pick<PanelProps, "token" | "onDone" | "onOvertaken"> {
  readonly draft: Draft;
  readonly shown: readonly Entry[];
}

/** Whether a refusal rests on doubts alone: whatever is said against the address may be confirmed. */
export function doubted({ userErrors, warnings }: Answer): boolean {
  return userErrors.every(({ field, message }) =>
    warnings.some(
      (each) =>
        each.code === "ADDRESS_DOUBTFUL" && each.target === field?.at(-1) && each.message === message,
    ),
  );
}

/** Accepting with the address in `draft`. */
export function useAcceptance({ token, draft, shown, onDone, onOvertaken }: Given): Acceptance {
  const sending = useSending();
  const [findings, setFindings] = useState<Findings>({ beside: {}, whole: [], attempt: 0 });
  const [doubts, setDoubts] = useState<string | null>(null);
  const address = addressInput(draft, shown);
  const judged = JSON.stringify(address);

  const refuse = (beside: Errors, whole: readonly string[]): void => {
    setFindings({ beside, whole, attempt: findings.attempt + 1 });
  };
  const take = (answer: Answer): void => {
    const { beside, whole } = sorted(answer.userErrors, shown);
    setDoubts(doubted(answer) ? judged : null);
    if (overtaken(answer)) onOvertaken();
    else if (answer.userErrors.length > 0) refuse(beside, whole);
    else onDone("accepted", answer);
  };
  const submit = async (confirmWarnings: boolean): Promise<void> => {
    const gaps = draft.country === "" ? { country: "Country is missing." } : missing(draft, shown);
    if (Object.keys(gaps).length > 0) {
      refuse(gaps, []);
      return;
    }
    const input = { token, address, confirmWarnings };
    const answer = await sending.send(GiftAcceptDocument, { input }, (data) => data.giftAccept);
    if (answer !== null) take(answer);
  };
  return { findings, insistable: doubts === judged, sending, submit };
}
