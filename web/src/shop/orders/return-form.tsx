// Asking to send something back of what was delivered.

import { useRef, useState } from "preact/hooks";
import { RequestReturnDocument, type OrderProgressFragment } from "../../generated/shop";
import { newRequestKey } from "../../order/keys";
import { SelectField, TextArea } from "../../shared/fields";
import { Form } from "../../shared/form";
import { FailureNotice, ProblemList, SendButton } from "../../shared/notices";
import { toProblems, useProblems } from "../account/problems";
import { useRequests } from "../account/request";
import { returnableQuantities } from "./wording";

const REASON_ID = "return-reason";

interface ReturnFormProps {
  readonly order: OrderProgressFragment;
  readonly onDone: (message: string) => void;
}

/** So many of each line as arrived and are in no return yet. */
function findReturnable({ id, shipments, returns }: OrderProgressFragment): ReadonlyMap<string, number> {
  const delivered = shipments
    .filter(({ status }) => status === "DELIVERED")
    .flatMap(({ lines }) => lines)
    .flatMap(({ lineId, quantity, order }) => (lineId !== null && (order === null || order.id === id) ? [{ lineId, quantity }] : []));
  return returnableQuantities(delivered, returns);
}

/** The form, where something may be sent back. */
export function ReturnForm({ order, onDone }: ReturnFormProps) {
  const returnable = findReturnable(order);
  const [isOpen, setOpen] = useState(false);
  if (returnable.size === 0) return null;
  return (
    <section aria-labelledby="return-title">
      <h2 id="return-title">Send something back</h2>
      {isOpen ? (
        <OpenedForm
          order={order}
          returnable={returnable}
          onDone={(message) => {
            setOpen(false);
            onDone(message);
          }}
        />
      ) : (
        <div class="actions actions-row">
          <button type="button" class="button button-plain" onClick={() => { setOpen(true); }}>
            Choose what to send back
          </button>
        </div>
      )}
    </section>
  );
}

function OpenedForm({ order, returnable, onDone }: ReturnFormProps & { readonly returnable: ReadonlyMap<string, number> }) {
  const [quantities, setQuantities] = useState<Readonly<Record<string, string>>>({});
  const [reason, setReason] = useState("");
  const { busy, failureMessage, send } = useRequests();
  const problems = useProblems();
  const keyRef = useRef<string | null>(null);
  const lines = [...returnable].map(([lineId, quantity]) => ({
    lineId,
    quantity,
    name: order.items.find((line) => line.lineId === lineId)?.name ?? "",
  }));
  const submit = async (): Promise<void> => {
    const chosen = lines
      .map(({ lineId }) => ({ lineId, quantity: Number(quantities[lineId] ?? "0") }))
      .filter(({ quantity }) => quantity > 0);
    if (chosen.length === 0) {
      problems.show([{ id: `return-${lines[0]?.lineId ?? ""}`, message: "Choose how many of something come back." }]);
      return;
    }
    keyRef.current ??= newRequestKey();
    const input = {
      orderId: order.id,
      lines: chosen,
      reason: reason.trim() === "" ? null : reason.trim(),
      idempotencyKey: keyRef.current,
    };
    const data = await send(RequestReturnDocument, { input });
    if (data === null) return;
    keyRef.current = null;
    const { userErrors } = data.returnRequest;
    problems.show(toProblems(userErrors, { reason: REASON_ID }));
    if (userErrors.length === 0) onDone("You have asked to send it back. The shop will answer.");
  };
  return (
    <Form onSubmit={() => void submit()}>
      <ProblemList problems={problems.list} attempt={problems.attempt} />
      {lines.map(({ lineId, quantity, name }) => (
        <SelectField
          key={lineId}
          id={`return-${lineId}`}
          label={name}
          error={problems.of(`return-${lineId}`)}
          choices={Array.from({ length: quantity + 1 }, (_, count) => ({
            code: String(count),
            name: count === 0 ? "None" : `${String(count)} of ${String(quantity)}`,
          }))}
          value={quantities[lineId] ?? "0"}
          onInput={(value) => { setQuantities((last) => ({ ...last, [lineId]: value })); }}
        />
      ))}
      <TextArea id={REASON_ID} label="Why (optional)" error={problems.of(REASON_ID)} value={reason} onInput={setReason} />
      <FailureNotice message={failureMessage} />
      <div class="actions actions-row">
        <SendButton busy={busy}>Ask to send it back</SendButton>
      </div>
    </Form>
  );
}
