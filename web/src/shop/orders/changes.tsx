// Changing what is not packed yet: first what it comes to, then the button that does it.

import { useEffect, useRef, useState } from "preact/hooks";
import {
  ChangeOrderLineDocument,
  PreviewOrderLineDocument,
  type OrderProgressFragment,
  type PreviewOrderLineMutation,
} from "../../generated/shop";
import { newRequestKey } from "../../order/keys";
import { packedNotice, packedQuantity } from "../../order/packed";
import { describeDifference, parseQuantity } from "../../order/wording";
import { TextField } from "../../shared/fields";
import { Form } from "../../shared/form";
import { FailureNotice, ProblemList, SendButton } from "../../shared/notices";
import { toProblems, useProblems } from "../account/problems";
import { useRequests } from "../account/request";
import { PartLines } from "../ui/part-lines";

type Line = OrderProgressFragment["items"][number];
type Outcome = NonNullable<PreviewOrderLineMutation["orderLineUpdate"]["order"]>;

interface LineEditorProps {
  readonly order: OrderProgressFragment;
  readonly line: Line;
  /** What it costs, as the rows of the totals are; null while nobody knows. */
  readonly amountText: string | null;
  /** Told in a sentence what came of a change. */
  readonly onDone: (message: string) => void;
}

/** A line of the order, and its form while it is being changed. */
export function LineEditor({ order, line, amountText, onDone }: LineEditorProps) {
  const [isOpen, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setOpen(false);
    opener.current?.focus();
  };
  const { lineId } = line;
  const packed = packedQuantity(order, line);
  const notice = packedNotice(order, line);
  const isOpenable = order.canModify && lineId !== null && packed < line.quantity;
  return (
    <>
      <div class="row">
        <span class="row-label">{line.name}</span>
        <span class="row-amount">{amountText}</span>
      </div>
      <p class="hint">
        {line.quantity} × {line.unitPrice.formatted}
      </p>
      <PartLines parts={line.components} />
      {order.canModify && notice !== null && <p class="hint">{notice}</p>}
      {isOpenable && (
        <button ref={opener} type="button" class="link" aria-expanded={isOpen} onClick={() => { setOpen(!isOpen); }}>
          {packed === 0 ? "Change or remove" : "Change quantity"}
          <span class="unseen"> {packed === 0 ? line.name : `of ${line.name}`}</span>
        </button>
      )}
      {isOpen && isOpenable && (
        <QuantityForm
          order={order}
          line={line}
          lineId={lineId}
          packed={packed}
          onDone={(message) => {
            close();
            onDone(message);
          }}
        />
      )}
    </>
  );
}

interface Preview {
  readonly quantity: number;
  readonly outcome: Outcome;
  /** The key of carrying out exactly this. */
  readonly key: string;
}

interface QuantityFormProps extends Omit<LineEditorProps, "amountText"> {
  readonly lineId: string;
  /** How many of it stay in any case. */
  readonly packed: number;
}

function QuantityForm({ order, line, lineId, packed, onDone }: QuantityFormProps) {
  const fieldId = `quantity-${lineId}`;
  const [text, setText] = useState(String(line.quantity));
  const [preview, setPreview] = useState<Preview | null>(null);
  const { busy, failureMessage, send } = useRequests();
  const problems = useProblems();
  const ask = async (quantity: number | null): Promise<void> => {
    if (quantity === null) {
      problems.show([{ id: fieldId, message: "Quantity is a whole number, such as 2." }]);
      return;
    }
    const data = await send(PreviewOrderLineDocument, { input: { orderId: order.id, lineId, quantity, dryRun: true } });
    if (data === null) return;
    const { order: outcome, userErrors } = data.orderLineUpdate;
    problems.show(toProblems(userErrors, { quantity: fieldId }));
    if (outcome !== null && userErrors.length === 0) setPreview({ quantity, outcome, key: newRequestKey() });
  };
  const confirm = async ({ quantity, outcome, key }: Preview): Promise<void> => {
    const expectedTotal = outcome.total.gross?.amount ?? null;
    const input = { orderId: order.id, lineId, quantity, expectedTotal, idempotencyKey: key };
    const data = await send(ChangeOrderLineDocument, { input });
    if (data === null) return;
    const { order: changed, userErrors } = data.orderLineUpdate;
    if (userErrors.length > 0) {
      setPreview(null);
      problems.show(toProblems(userErrors, { quantity: fieldId }));
    } else onDone(changed?.status === "CANCELLED" ? "Your order is cancelled." : "Your order is changed.");
  };
  return (
    <div class="inset">
      <ProblemList problems={problems.list} attempt={problems.attempt} />
      <Form onSubmit={() => void (preview === null ? ask(parseQuantity(text)) : confirm(preview))}>
        <TextField
          id={fieldId}
          label={`Quantity of ${line.name}`}
          required
          inputMode="numeric"
          hint={packed === 0 ? "0 removes it." : `At least ${String(packed)}, packed already.`}
          error={problems.of(fieldId)}
          value={text}
          onInput={(value) => {
            setText(value);
            setPreview(null);
          }}
        />
        <FailureNotice message={failureMessage} />
        <div role="status">{preview !== null && <PreviewNotice before={order} after={preview.outcome} />}</div>
        <div class="actions actions-row">
          {preview === null ? (
            <>
              <SendButton busy={busy}>Show the new total</SendButton>
              {packed === 0 && (
                <button
                  type="button"
                  class="button button-plain"
                  aria-disabled={busy}
                  onClick={() => {
                    setText("0");
                    void ask(0);
                  }}
                >
                  Remove it
                </button>
              )}
            </>
          ) : (
            <SendButton busy={busy} danger={preview.outcome.status === "CANCELLED"}>
              {preview.outcome.status === "CANCELLED" ? "Cancel the order" : "Change the order"}
            </SendButton>
          )}
        </div>
      </Form>
    </div>
  );
}

/** What it comes to; has the focus, which the button that asked for it takes along when it goes. */
function PreviewNotice({ before, after }: { readonly before: OrderProgressFragment; readonly after: Outcome }) {
  const notice = useRef<HTMLParagraphElement>(null);
  useEffect(() => { notice.current?.focus(); }, [after]);
  return (
    <p class="notice" ref={notice} tabIndex={-1}>
      {after.status === "CANCELLED" ? (
        "Nothing of the order would be left: this cancels it, and you pay nothing."
      ) : (
        <>
          New total: <strong>{after.total.gross?.formatted}</strong>. {describeDifference(before.due, after.due)}
        </>
      )}
    </p>
  );
}
