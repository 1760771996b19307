// Accepting: where the gift should go, put right until the gateway is content.

import { useAcceptance, type Acceptance, type Findings } from "./acceptance";
import type { Box, Draft, Entry } from "./address";
import { AddressBoxes, boxId, CountryBox } from "./address-boxes";
import { useEntries, type Countries } from "./countries";
import { Form } from "./form";
import { BackButton, Heading, Problems, Retry, SendButton, Trouble, type Problem } from "./notices";
import type { PanelProps } from "./panel";

/** The findings as one list: those about the whole first, then in the order of the boxes. */
function problems({ beside, whole }: Findings, shown: readonly Entry[]): readonly Problem[] {
  const order: readonly Box[] = ["country", ...shown.map((entry) => entry.box)];
  const atBoxes = order.flatMap((box) => (beside[box] === undefined ? [] : [{ id: boxId(box), message: beside[box] }]));
  return [...whole.map((message) => ({ id: null, message })), ...atBoxes];
}

interface AcceptProps extends PanelProps {
  readonly countries: Countries;
  readonly draft: Draft;
  readonly onEdit: (box: Box, value: string) => void;
}

/** The address form. */
export function AcceptPanel(props: AcceptProps) {
  const asked = useEntries(props.draft.country);
  const shown = asked.thing ?? [];
  const acceptance = useAcceptance({ ...props, shown });
  return (
    <>
      <Heading>Where should it go?</Heading>
      <p class="lead">Only the carrier sees your address. {props.claim.from ?? "The sender"} does not.</p>
      <Problems problems={problems(acceptance.findings, shown)} attempt={acceptance.findings.attempt} />
      <Form onSubmit={() => { if (!asked.waiting) void acceptance.submit(false); }}>
        <p class="hint">
          Boxes marked <span class="mark">*</span> must be filled in.
        </p>
        <CountryBox {...props} errors={acceptance.findings.beside} />
        <Retry message={asked.message} onRetry={asked.retry} />
        {shown.length > 0 ? (
          <Rest {...props} shown={shown} acceptance={acceptance} />
        ) : (
          <Unfilled waiting={asked.waiting} onBack={props.onBack} />
        )}
      </Form>
    </>
  );
}

type Judged = AcceptProps & { readonly shown: readonly Entry[]; readonly acceptance: Acceptance };

/** The form below the country. */
function Rest(props: Judged) {
  const { findings, insistable, sending, submit } = props.acceptance;
  return (
    <>
      <AddressBoxes {...props} errors={findings.beside} />
      <Trouble message={sending.trouble} />
      <div class="actions">
        <SendButton busy={sending.busy}>Send it to this address</SendButton>
        {insistable && (
          <button type="button" class="button button-plain" onClick={() => void submit(true)}>
            My address is right, use it as it is
          </button>
        )}
        <BackButton onBack={props.onBack} />
      </div>
    </>
  );
}

/** In place of the form while its boxes are not known: buttons drawn now would be pushed away by them. */
export function Unfilled({ waiting, onBack }: { readonly waiting: boolean; readonly onBack: () => void }) {
  return waiting ? (
    <div key="outline" class="waiting" role="status" aria-label="Looking up how addresses are written there">
      <div class="bone bone-box" />
      <div class="bone bone-box" />
      <div class="bone bone-box" />
    </div>
  ) : (
    <div key="way-back" class="actions">
      <BackButton onBack={onBack} />
    </div>
  );
}
