// Calling a gift off, after a second word.

import { useState } from "preact/hooks";
import { Form } from "../../shared/form";
import { FailureNotice, ProblemList, SendButton } from "../../shared/notices";
import type { useProblems } from "../account/problems";

interface CancelFormProps {
  readonly labels: { readonly ask: string; readonly confirm: string; readonly keep: string };
  readonly busy: boolean;
  readonly failureMessage: string | null;
  readonly problems: ReturnType<typeof useProblems>;
  readonly onCancel: () => void;
}

/** The button, then another one that does it. */
export function CancelForm({ labels, busy, failureMessage, problems, onCancel }: CancelFormProps) {
  const [isAsked, setAsked] = useState(false);
  return (
    <section aria-labelledby="cancel-title">
      <h2 id="cancel-title">Changed your mind?</h2>
      <ProblemList problems={problems.list} attempt={problems.attempt} />
      <FailureNotice message={failureMessage} />
      <Form onSubmit={() => { if (isAsked) onCancel(); else setAsked(true); }}>
        <div class="actions actions-row">
          {/* Their keys keep one button from becoming another, which the same press would send. */}
          {isAsked ? (
            <SendButton key="yes" busy={busy} danger>
              {labels.confirm}
            </SendButton>
          ) : (
            <button key="ask" type="submit" class="button button-plain">
              {labels.ask}
            </button>
          )}
          {isAsked && (
            <button key="keep" type="button" class="button button-plain" onClick={() => { setAsked(false); }}>
              {labels.keep}
            </button>
          )}
        </div>
      </Form>
    </section>
  );
}
