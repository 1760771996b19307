// Cancelling an order: what it comes to, then the button that does it.

import { useEffect, useRef } from "preact/hooks";
import { CancelOrderDocument, PreviewCancelOrderDocument, type OrderProgressFragment } from "../../generated/shop";
import { cancelledNotice } from "../../order/cancellation";
import { CancelPreview } from "../../order/cancel-preview";
import { useCancellation } from "../../order/use-cancellation";
import { FailureNotice } from "../../shared/notices";
import { useRequests } from "../account/request";

/** As the gateway writes the amounts of the shop's pages. */
const LOCALE = "en-US";

interface CancelOrderProps {
  readonly order: OrderProgressFragment;
  readonly onDone: (message: string) => void;
  readonly onStale: (message: string) => void;
}

/** The button, then what it comes to. */
export function CancelOrder({ order, onDone, onStale }: CancelOrderProps) {
  const { failureMessage, send } = useRequests();
  const cancellation = useCancellation({
    order,
    preview: async () => {
      const data = await send(PreviewCancelOrderDocument, { input: { orderId: order.id, dryRun: true } });
      return data?.orderCancel ?? null;
    },
    cancel: async (expectedTotal) => {
      const data = await send(CancelOrderDocument, { input: { orderId: order.id, expectedTotal } });
      return data?.orderCancel ?? null;
    },
    onDone: (cancelled) => { onDone(cancelledNotice(cancelled?.status)); },
    onStale,
    // What the answer brings is in the cache, from which the page is drawn.
    onUpdate: () => undefined,
  });
  const { state, busy, ask, close } = cancellation;
  const opener = useRef<HTMLButtonElement>(null);
  const isKeptRef = useRef(false);
  useEffect(() => {
    if (isKeptRef.current) opener.current?.focus();
    isKeptRef.current = false;
  }, [state]);
  const isAnswered = state.kind === "shown" || state.kind === "unpriced";
  return (
    <section aria-labelledby="cancel-title">
      <h2 id="cancel-title">Changed your mind?</h2>
      {isAnswered ? (
        <CancelPreview
          cancellation={cancellation}
          state={state}
          failureMessage={failureMessage}
          locale={LOCALE}
          heading="h3"
          onKeep={() => {
            isKeptRef.current = true;
            close();
          }}
        />
      ) : (
        <>
          <FailureNotice message={failureMessage} />
          <div class="actions actions-row">
            <button ref={opener} type="button" class="button button-plain" aria-disabled={busy} onClick={() => void ask()}>
              {busy ? "Looking up what it comes to…" : "Cancel the order"}
            </button>
          </div>
        </>
      )}
    </section>
  );
}
