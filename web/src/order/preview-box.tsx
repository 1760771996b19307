// What a change would come to, and the button that carries it out.

import { useEffect, useRef } from "preact/hooks";
import { SendButton } from "../shared/notices";
import type { Preview } from "./change";
import type { Order } from "./order";
import { amountDue, describeDifference } from "./wording";

interface PreviewBoxProps {
  readonly before: Order;
  readonly preview: Preview;
  readonly title: string;
  readonly action: string;
  readonly busy: boolean;
  readonly danger?: boolean;
}

/** Stands in a form whose sending confirms it; takes the focus when it appears. */
export function PreviewBox({ before, preview, title, action, busy, danger = false }: PreviewBoxProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, [preview]);
  const after = preview.order;
  return (
    <>
      <div class="notice">
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        {after.status === "CANCELLED" ? (
          <p>Nothing of the order would be left: this cancels it, and you pay nothing.</p>
        ) : (
          <>
            <p>
              New total: <strong>{after.total.gross?.formatted}</strong>
            </p>
            <p>{describeDifference(amountDue(before), amountDue(after))}</p>
          </>
        )}
      </div>
      <SendButton busy={busy} danger={danger || after.status === "CANCELLED"}>
        {after.status === "CANCELLED" ? "Cancel the order" : action}
      </SendButton>
    </>
  );
}
