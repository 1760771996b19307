// The shorter answers: decline, exchange, thank, report, be forgotten.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import {
  GiftDeclineDocument,
  GiftExchangeDocument,
  GiftForgetDocument,
  GiftReportDocument,
  GiftThankDocument,
} from "../generated/operations";
import { TextArea } from "../shared/fields";
import { Form } from "../shared/form";
import { BackButton, FailureNotice, Heading, ProblemList, SendButton, type Problem } from "../shared/notices";
import type { AnswerKind, PanelProps } from "./panel";
import { useSubmission, type Submission } from "../shared/submission";
import { hasClaimChanged, type Answer } from "./answer";
import { senderName } from "./wording";

/** Why an answer was refused. */
interface Refusal {
  readonly problems: readonly Problem[];
  /** Goes up with each refused try, so that the summary takes the focus again. */
  readonly attempt: number;
}

/** One short answer: sent by `submission`, with the reasons of its refusal. */
interface ShortAnswer extends Refusal {
  readonly submission: Submission;
  readonly showProblems: (problems: readonly Problem[]) => void;
  readonly handleAnswer: (answer: Answer | null) => void;
}

function useShortAnswer(
  kind: AnswerKind,
  fieldId: string | null,
  { onAnswer, onClaimChange }: PanelProps,
): ShortAnswer {
  const submission = useSubmission();
  const [refusal, setRefusal] = useState<Refusal>({ problems: [], attempt: 0 });
  const showProblems = (problems: readonly Problem[]): void => {
    setRefusal({ problems, attempt: refusal.attempt + 1 });
  };
  const handleAnswer = (answer: Answer | null): void => {
    if (answer === null) return;
    if (hasClaimChanged(answer)) onClaimChange();
    else if (answer.userErrors.length > 0)
      showProblems(answer.userErrors.map(({ message }) => ({ id: fieldId, message })));
    else onAnswer(kind, answer);
  };
  return { submission, ...refusal, showProblems, handleAnswer };
}

interface ShortAnswerFormProps {
  readonly title: string;
  readonly shortAnswer: ShortAnswer;
  readonly action: string;
  readonly danger?: boolean;
  readonly onSend: () => void;
  readonly onBack: () => void;
  children: ComponentChildren;
}

function ShortAnswerForm({ title, shortAnswer, action, danger = false, onSend, onBack, children }: ShortAnswerFormProps) {
  return (
    <>
      <Heading>{title}</Heading>
      <ProblemList problems={shortAnswer.problems} attempt={shortAnswer.attempt} />
      <Form onSubmit={onSend}>
        {children}
        <FailureNotice message={shortAnswer.submission.failureMessage} />
        <div class="actions">
          <SendButton busy={shortAnswer.submission.busy} danger={danger}>
            {action}
          </SendButton>
          <BackButton onBack={onBack} />
        </div>
      </Form>
    </>
  );
}

function trimToNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

/** Declining, with a reason if the recipient wants to give one. */
export function DeclinePanel(props: PanelProps) {
  const shortAnswer = useShortAnswer("declined", "reason", props);
  const [reason, setReason] = useState("");
  const send = async (): Promise<void> => {
    const input = { token: props.token, reason: trimToNull(reason) };
    const answer = await shortAnswer.submission.send(GiftDeclineDocument, { input }, (data) => data.giftDecline);
    shortAnswer.handleAnswer(answer);
  };
  return (
    <ShortAnswerForm
      title="Decline this gift?"
      shortAnswer={shortAnswer}
      action="Decline the gift"
      danger
      onSend={() => void send()}
      onBack={props.onBack}
    >
      <p class="lead">It will not be sent, and this cannot be undone. You need not say why.</p>
      <TextArea
        id="reason"
        label="Reason (optional)"
        hint="The sender is not told."
        error={shortAnswer.problems[0]?.message}
        value={reason}
        onInput={setReason}
      />
    </ShortAnswerForm>
  );
}

/** Choosing something else of what the sender allows. */
export function ExchangePanel(props: PanelProps) {
  const shortAnswer = useShortAnswer("exchanged", "exchange-0", props);
  const [variantId, setVariantId] = useState("");
  const send = async (): Promise<void> => {
    if (variantId === "") {
      shortAnswer.showProblems([{ id: "exchange-0", message: "Choose one of the gifts." }]);
      return;
    }
    const input = { token: props.token, variantId };
    const answer = await shortAnswer.submission.send(GiftExchangeDocument, { input }, (data) => data.giftExchange);
    shortAnswer.handleAnswer(answer);
  };
  return (
    <ShortAnswerForm
      title="Choose something else"
      shortAnswer={shortAnswer}
      action="Choose this instead"
      onSend={() => void send()}
      onBack={props.onBack}
    >
      <fieldset aria-describedby={shortAnswer.problems.length > 0 ? "exchange-error" : undefined}>
        <legend>Instead of {props.claim.itemTitle}</legend>
        {shortAnswer.problems[0] !== undefined && (
          <p class="error" id="exchange-error">
            <span aria-hidden="true">⚠ </span>
            {shortAnswer.problems[0].message}
          </p>
        )}
        {props.claim.exchangeOptions.map((option, index) => (
          <label key={option.variantId} class="choice">
            <input
              id={`exchange-${String(index)}`}
              type="radio"
              name="exchange"
              checked={variantId === option.variantId}
              onChange={() => { setVariantId(option.variantId); }}
            />
            <span>{option.title}</span>
          </label>
        ))}
      </fieldset>
    </ShortAnswerForm>
  );
}

/** A word of thanks to the sender. */
export function ThankPanel(props: PanelProps) {
  const shortAnswer = useShortAnswer("thanked", "thanks", props);
  const [message, setMessage] = useState("");
  const send = async (): Promise<void> => {
    if (message.trim() === "") {
      shortAnswer.showProblems([{ id: "thanks", message: "Your message is missing." }]);
      return;
    }
    const input = { token: props.token, message: message.trim() };
    const answer = await shortAnswer.submission.send(GiftThankDocument, { input }, (data) => data.giftThank);
    shortAnswer.handleAnswer(answer);
  };
  return (
    <ShortAnswerForm
      title="Say thank you"
      shortAnswer={shortAnswer}
      action="Send thanks"
      onSend={() => void send()}
      onBack={props.onBack}
    >
      <TextArea
        id="thanks"
        label={`Your message to ${props.claim.from ?? "the sender"}`}
        required
        hint="Write your address or phone number only if the sender should have them."
        error={shortAnswer.problems[0]?.message}
        value={message}
        onInput={setMessage}
      />
    </ShortAnswerForm>
  );
}

/** Reporting the gift and blocking its sender. */
export function ReportPanel(props: PanelProps) {
  const shortAnswer = useShortAnswer("reported", "report", props);
  const [reason, setReason] = useState("");
  const send = async (): Promise<void> => {
    const input = { token: props.token, reason: trimToNull(reason) };
    const answer = await shortAnswer.submission.send(GiftReportDocument, { input }, (data) => data.giftReport);
    shortAnswer.handleAnswer(answer);
  };
  return (
    <ShortAnswerForm
      title="Block and report"
      shortAnswer={shortAnswer}
      action="Block and report"
      danger
      onSend={() => void send()}
      onBack={props.onBack}
    >
      <p class="lead">{senderName(props.claim)} will not be able to send you gifts here again, and we will look into it. A gift that has not been sent yet is declined.</p>
      <TextArea
        id="report"
        label="What is wrong? (optional)"
        error={shortAnswer.problems[0]?.message}
        value={reason}
        onInput={setReason}
      />
    </ShortAnswerForm>
  );
}

/** Having everything about the recipient deleted. */
export function ForgetPanel(props: PanelProps) {
  const shortAnswer = useShortAnswer("forgotten", null, props);
  const send = async (): Promise<void> => {
    const input = { token: props.token };
    const answer = await shortAnswer.submission.send(GiftForgetDocument, { input }, (data) => data.giftForget);
    shortAnswer.handleAnswer(answer);
  };
  return (
    <ShortAnswerForm
      title="Delete what you know about me"
      shortAnswer={shortAnswer}
      action="Delete my data"
      danger
      onSend={() => void send()}
      onBack={props.onBack}
    >
      <p class="lead">
        We delete your name, contact details and address, and this link stops working. A gift that has not been sent yet
        will not be sent. This cannot be undone.
      </p>
    </ShortAnswerForm>
  );
}
