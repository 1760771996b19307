// Changing a line of the order: how many of it, or none.

import { useEffect, useRef, useState } from "preact/hooks";
import { TextField } from "../shared/fields";
import { Form } from "../shared/form";
import { BackButton, FailureNotice, Heading, ProblemList, RetryNotice, SendButton, type Problem } from "../shared/notices";
import { useOrderChange, type OrderAnswer } from "./change";
import type { OrderLine, PanelProps } from "./panel";
import { PreviewBox } from "./preview-box";
import { parseQuantity } from "./wording";

const QUANTITY_ID = "quantity";

interface LinePanelProps extends PanelProps {
  readonly line: OrderLine;
}

interface Refusal {
  readonly problems: readonly Problem[];
  /** Goes up with each refused try, so that the summary takes the focus again. */
  readonly attempt: number;
}

/** The reasons of the last refusal, and the way to show others. */
function useRefusal(): Refusal & { readonly show: (problems: readonly Problem[]) => void } {
  const [refusal, setRefusal] = useState<Refusal>({ problems: [], attempt: 0 });
  const show = (problems: readonly Problem[]): void => {
    setRefusal((last) => ({ problems, attempt: last.attempt + 1 }));
  };
  return { ...refusal, show };
}

function listProblems(answer: OrderAnswer | null): readonly Problem[] {
  const userErrors = answer?.userErrors ?? [];
  return userErrors.map(({ field, message }) => ({ id: field?.at(-1) === "quantity" ? QUANTITY_ID : null, message }));
}

/** How many of a line. */
export function QuantityPanel(props: LinePanelProps) {
  const { order, line, onBack } = props;
  const { preview, submission, ask, confirm, discard } = useOrderChange(order, props);
  const [text, setText] = useState(String(line.quantity));
  const refusal = useRefusal();
  const previewQuantity = async (): Promise<void> => {
    const quantity = parseQuantity(text);
    if (quantity === null) {
      refusal.show([{ id: QUANTITY_ID, message: "Quantity is a whole number, such as 2. 0 removes the line." }]);
      return;
    }
    refusal.show(listProblems(await ask({ kind: "quantity", lineId: line.lineId ?? "", quantity })));
  };
  const submit = async (): Promise<void> => {
    if (preview === null) await previewQuantity();
    else refusal.show(listProblems(await confirm()));
  };
  const error = refusal.problems.find(({ id }) => id === QUANTITY_ID)?.message;
  const asked = preview?.change.kind === "quantity" ? preview.change.quantity : null;
  return (
    <>
      <Heading>How many of “{line.name}”?</Heading>
      <ProblemList problems={refusal.problems} attempt={refusal.attempt} />
      <Form onSubmit={() => void submit()}>
        <TextField
          id={QUANTITY_ID}
          label="Quantity"
          required
          inputMode="numeric"
          hint={`${String(line.quantity)} so far, ${line.unitPrice.formatted} each`}
          error={error}
          value={text}
          onInput={(value) => {
            setText(value);
            discard();
          }}
        />
        <FailureNotice message={submission.failureMessage} />
        <div class="actions">
          {preview === null ? (
            <SendButton busy={submission.busy}>Show the new total</SendButton>
          ) : (
            <PreviewBox
              before={order}
              preview={preview}
              title={`${String(asked)} in place of ${String(line.quantity)}`}
              action="Change the quantity"
              busy={submission.busy}
            />
          )}
          <BackButton onBack={onBack} />
        </div>
      </Form>
    </>
  );
}

/** Whether to remove a line; says at once what that comes to. */
export function RemovePanel(props: LinePanelProps) {
  const { order, line, onBack } = props;
  const { preview, submission, ask, confirm } = useOrderChange(order, props);
  const refusal = useRefusal();
  const previewRemoval = async (): Promise<void> => {
    refusal.show(listProblems(await ask({ kind: "quantity", lineId: line.lineId ?? "", quantity: 0 })));
  };
  const askedRef = useRef(false);
  useEffect(() => {
    if (askedRef.current) return;
    askedRef.current = true;
    void previewRemoval();
  });
  const submit = async (): Promise<void> => {
    refusal.show(listProblems(await confirm()));
  };
  return (
    <>
      <Heading>Remove “{line.name}”?</Heading>
      <ProblemList problems={refusal.problems} attempt={refusal.attempt} />
      <Form onSubmit={() => void submit()}>
        {preview === null ? (
          <RemovalPlaceholder
            busy={submission.busy}
            failureMessage={submission.failureMessage}
            onRetry={() => void previewRemoval()}
          />
        ) : (
          <>
            <FailureNotice message={submission.failureMessage} />
            <div class="actions">
              <PreviewBox
                before={order}
                preview={preview}
                title={`${String(line.quantity)} × ${line.name} removed`}
                action="Remove it"
                busy={submission.busy}
                danger
              />
              <BackButton onBack={onBack}>Keep it</BackButton>
            </div>
          </>
        )}
      </Form>
      {preview === null && (
        <div class="actions">
          <BackButton onBack={onBack}>Keep it</BackButton>
        </div>
      )}
    </>
  );
}

interface RemovalPlaceholderProps {
  readonly busy: boolean;
  readonly failureMessage: string | null;
  readonly onRetry: () => void;
}

/** While it is computed what the order comes to without the line, and when that failed. */
function RemovalPlaceholder({ busy, failureMessage, onRetry }: RemovalPlaceholderProps) {
  if (!busy) return <RetryNotice message={failureMessage} onRetry={onRetry} />;
  return (
    <div class="waiting" role="status" aria-label="Computing the new total">
      <div class="bone bone-box" />
    </div>
  );
}
