// Cancelling: what it comes to, asked for at once, then the button that does it.

import { useEffect, useRef } from "preact/hooks";
import { OrderCancelDocument } from "../generated/operations";
import { BackButton, Heading } from "../shared/notices";
import { useSubmission } from "../shared/submission";
import { CancelPreview } from "./cancel-preview";
import type { PanelProps } from "./panel";
import { useCancellation } from "./use-cancellation";
import { readerLocale } from "./wording";

/** The question, what it comes to, and the button that cancels. */
export function CancelPanel({ order, onBack, onDone, onStale, onUpdate }: PanelProps) {
  const submission = useSubmission("same-origin");
  const send = (guard: { readonly dryRun: boolean; readonly expectedTotal: string | null }) => {
    const variables = { input: { orderId: order.id, ...guard }, locale: readerLocale() };
    return submission.send(OrderCancelDocument, variables, (data) => data.orderCancel);
  };
  const cancellation = useCancellation({
    order,
    preview: () => send({ dryRun: true, expectedTotal: null }),
    cancel: (expectedTotal) => send({ dryRun: false, expectedTotal }),
    onDone,
    onStale,
    onUpdate,
  });
  const { state, ask } = cancellation;
  const askedRef = useRef(false);
  useEffect(() => {
    if (askedRef.current) return;
    askedRef.current = true;
    void ask();
  });
  return (
    <>
      <Heading>Cancel order {order.number}?</Heading>
      {state.kind === "shown" || state.kind === "unpriced" ? (
        <CancelPreview
          cancellation={cancellation}
          state={state}
          failureMessage={submission.failureMessage}
          locale={readerLocale()}
          heading="h2"
          onKeep={onBack}
        />
      ) : (
        <>
          <div class="waiting" role="status" aria-label="Computing what it comes to">
            <div class="bone bone-box" />
          </div>
          <div class="actions">
            <BackButton onBack={onBack}>Keep the order</BackButton>
          </div>
        </>
      )}
    </>
  );
}
