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
import { TextArea } from "./fields";
import { Form } from "./form";
import { BackButton, Heading, Problems, SendButton, Trouble, type Problem } from "./notices";
import type { Deed, PanelProps } from "./panel";
import { overtaken, useSending, type Answer, type Sending } from "./sending";
import { senderName } from "./wording";

/** One short answer: sent by `submit`, with the gateway's refusals kept. */
interface Short {
  readonly sending: Sending;
  readonly problems: readonly Problem[];
  readonly attempt: number;
  readonly refuse: (problems: readonly Problem[]) => void;
  readonly take: (answer: Answer | null) => void;
}

function useShort(deed: Deed, boxes: string | null, { onDone, onOvertaken }: PanelProps): Short {
  const sending = useSending();
  const [refused, setRefused] = useState<{ problems: readonly Problem[]; attempt: number }>({ problems: [], attempt: 0 });
  const refuse = (problems: readonly Problem[]): void => {
    setRefused({ problems, attempt: refused.attempt + 1 });
  };
  const take = (answer: Answer | null): void => {
    if (answer === null) return;
    if (overtaken(answer)) onOvertaken();
    else if (answer.userErrors.length > 0) refuse(answer.userErrors.map(({ message }) => ({ id: boxes, message })));
    else onDone(deed, answer);
  };
  return { sending, ...refused, refuse, take };
}

interface ShortFormProps {
  readonly title: string;
  readonly short: Short;
  readonly action: string;
  readonly danger?: boolean;
  readonly onSend: () => void;
  readonly onBack: () => void;
  children: ComponentChildren;
}

function ShortForm({ title, short, action, danger = false, onSend, onBack, children }: ShortFormProps) {
  return (
    <>
      <Heading>{title}</Heading>
      <Problems problems={short.problems} attempt={short.attempt} />
      <Form onSubmit={onSend}>
        {children}
        <Trouble message={short.sending.trouble} />
        <div class="actions">
          <SendButton busy={short.sending.busy} danger={danger}>
            {action}
          </SendButton>
          <BackButton onBack={onBack} />
        </div>
      </Form>
    </>
  );
}

function blankAsNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

/** Declining, with a reason if the recipient wants to give one. */
export function DeclinePanel(props: PanelProps) {
  const short = useShort("declined", "reason", props);
  const [reason, setReason] = useState("");
  const send = async (): Promise<void> => {
    const input = { token: props.token, reason: blankAsNull(reason) };
    short.take(await short.sending.send(GiftDeclineDocument, { input }, (data) => data.giftDecline));
  };
  return (
    <ShortForm title="Decline this gift?" short={short} action="Decline the gift" danger onSend={() => void send()} onBack={props.onBack}>
      <p class="lead">It will not be sent, and this cannot be undone. You need not say why.</p>
      <TextArea id="reason" label="Reason (optional)" hint="The sender is not told." error={short.problems[0]?.message} value={reason} onInput={setReason} />
    </ShortForm>
  );
}

/** Choosing something else of what the sender allows. */
export function ExchangePanel(props: PanelProps) {
  const short = useShort("exchanged", "exchange-0", props);
  const [variantId, setVariantId] = useState("");
  const send = async (): Promise<void> => {
    if (variantId === "") {
      short.refuse([{ id: "exchange-0", message: "Choose one of the gifts." }]);
      return;
    }
    const input = { token: props.token, variantId };
    short.take(await short.sending.send(GiftExchangeDocument, { input }, (data) => data.giftExchange));
  };
  return (
    <ShortForm title="Choose something else" short={short} action="Choose this instead" onSend={() => void send()} onBack={props.onBack}>
      <fieldset aria-describedby={short.problems.length > 0 ? "exchange-error" : undefined}>
        <legend>Instead of {props.claim.itemTitle}</legend>
        {short.problems[0] !== undefined && (
          <p class="error" id="exchange-error">
            <span aria-hidden="true">⚠ </span>
            {short.problems[0].message}
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
    </ShortForm>
  );
}

/** A word of thanks to the sender. */
export function ThankPanel(props: PanelProps) {
  const short = useShort("thanked", "thanks", props);
  const [message, setMessage] = useState("");
  const send = async (): Promise<void> => {
    if (message.trim() === "") {
      short.refuse([{ id: "thanks", message: "Your message is missing." }]);
      return;
    }
    const input = { token: props.token, message: message.trim() };
    short.take(await short.sending.send(GiftThankDocument, { input }, (data) => data.giftThank));
  };
  return (
    <ShortForm title="Say thank you" short={short} action="Send thanks" onSend={() => void send()} onBack={props.onBack}>
      <TextArea
        id="thanks"
        label={`Your message to ${props.claim.from ?? "the sender"}`}
        required
        hint="Write your address or phone number only if the sender should have them."
        error={short.problems[0]?.message}
        value={message}
        onInput={setMessage}
      />
    </ShortForm>
  );
}

/** Reporting the gift and blocking its sender. */
export function ReportPanel(props: PanelProps) {
  const short = useShort("reported", "report", props);
  const [reason, setReason] = useState("");
  const send = async (): Promise<void> => {
    const input = { token: props.token, reason: blankAsNull(reason) };
    short.take(await short.sending.send(GiftReportDocument, { input }, (data) => data.giftReport));
  };
  return (
    <ShortForm title="Block and report" short={short} action="Block and report" danger onSend={() => void send()} onBack={props.onBack}>
      <p class="lead">{senderName(props.claim)} will not be able to send you gifts here again, and we will look into it. A gift that has not been sent yet is declined.</p>
      <TextArea id="report" label="What is wrong? (optional)" error={short.problems[0]?.message} value={reason} onInput={setReason} />
    </ShortForm>
  );
}

/** Having everything about the recipient deleted. */
export function ForgetPanel(props: PanelProps) {
  const short = useShort("forgotten", null, props);
  const send = async (): Promise<void> => {
    const input = { token: props.token };
    short.take(await short.sending.send(GiftForgetDocument, { input }, (data) => data.giftForget));
  };
  return (
    <ShortForm title="Delete what you know about me" short={short} action="Delete my data" danger onSend={() => void send()} onBack={props.onBack}>
      <p class="lead">
        We delete your name, contact details and address, and this link stops working. A gift that has not been sent yet
        will not be sent. This cannot be undone.
      </p>
    </ShortForm>
  );
}
