// What cancelling comes to, and the buttons that cancel and that keep the order.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Form } from "../shared/form";
import { FailureNotice, ProblemList, SendButton } from "../shared/notices";
import { cancelRows, dearerNotice, isDearer } from "./cancellation";
import type { Cancellation, CancelState } from "./use-cancellation";

const FIGURES_ID = "cancel-figures";

type AnsweredState = Extract<CancelState, { readonly kind: "shown" | "unpriced" }>;

interface CancelPreviewProps {
  readonly cancellation: Cancellation;
  readonly state: AnsweredState;
  readonly failureMessage: string | null;
  /** The language of the page's amounts. */
  readonly locale: string;
  readonly heading: "h2" | "h3";
  readonly onKeep: () => void;
}

/** Takes the focus when it appears, and with each new answer. */
export function CancelPreview({ cancellation, state, failureMessage, locale, heading, onKeep }: CancelPreviewProps) {
  const { busy, problems, attempt, ask, confirm } = cancellation;
  const isRefused = state.kind === "shown" && isDearer(state.before, state.after);
  return (
    <>
      <ProblemList problems={problems} attempt={attempt} />
      <Form onSubmit={() => { if (!isRefused) void confirm(); }}>
        <Outcome state={state} isRefused={isRefused} locale={locale} heading={heading} />
        <FailureNotice message={failureMessage} />
        <div class="actions actions-row">
          {!isRefused && (
            <SendButton busy={busy} danger>
              Cancel the order
            </SendButton>
          )}
          {state.kind === "unpriced" && (
            <button type="button" class="button button-plain" aria-disabled={busy} onClick={() => void ask()}>
              Look it up again
            </button>
          )}
          <button type="button" class="button button-plain" onClick={onKeep}>
            Keep the order
          </button>
        </div>
      </Form>
    </>
  );
}

interface OutcomeProps extends Pick<CancelPreviewProps, "state" | "locale" | "heading"> {
  readonly isRefused: boolean;
}

function Outcome({ state, isRefused, locale, heading }: OutcomeProps) {
  if (state.kind === "unpriced")
    return (
      <Box heading={heading} title="What cancelling comes to is not known" state={state}>
        <p id={FIGURES_ID}>
          {state.reason !== "" && `${state.reason} `}
          You can cancel all the same: what stays then costs no more than{" "}
          {state.limit === null ? "now" : `the ${state.limit.formatted} that all of it costs now`}.
        </p>
      </Box>
    );
  const { before, after, isNewPrice } = state;
  if (isRefused)
    return (
      <Box heading={heading} title="Cancelling would make it dearer" state={state}>
        <p id={FIGURES_ID}>{dearerNotice(before, after, locale)}</p>
      </Box>
    );
  return (
    <Box heading={heading} title={isNewPrice ? "It comes to something else by now" : "What cancelling comes to"} state={state}>
      <div id={FIGURES_ID}>
        {isNewPrice && <p>Nothing is cancelled yet: these are the new figures.</p>}
        <dl class="rows">
          {cancelRows(before, after, locale).map(({ key, label, text }) => (
            <div class={key === "after" ? "row row-total" : "row"} key={key}>
              <dt class="row-label">{label}</dt>
              <dd class="row-amount">{text}</dd>
            </div>
          ))}
        </dl>
        <p class="hint">
          {after.status === "CANCELLED" ? "Nothing of it will be sent." : "What is packed already still comes; the rest is not sent."}
        </p>
      </div>
    </Box>
  );
}

interface BoxProps extends Pick<CancelPreviewProps, "heading" | "state"> {
  readonly title: string;
  children: ComponentChildren;
}

function Box({ heading: Title, title, state, children }: BoxProps) {
  const titleRef = useRef<HTMLHeadingElement>(null);
  useEffect(() => { titleRef.current?.focus(); }, [state]);
  return (
    <div class="notice">
      <Title ref={titleRef} tabIndex={-1} aria-describedby={FIGURES_ID}>
        {title}
      </Title>
      {children}
    </div>
  );
}
