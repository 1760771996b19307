// Cancelling: asked once more before it is done.

import { useState } from "preact/hooks";
import { OrderCancelDocument } from "../generated/operations";
import { Form } from "../shared/form";
import { BackButton, FailureNotice, Heading, ProblemList, SendButton, type Problem } from "../shared/notices";
import { useSubmission } from "../shared/submission";
import { staleReason } from "./change";
import type { PanelProps } from "./panel";
import { readerLocale } from "./wording";

/** The question, and the button that cancels. */
export function CancelPanel({ order, onBack, onDone, onStale }: PanelProps) {
  const submission = useSubmission("same-origin");
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [attempt, setAttempt] = useState(0);
  const cancel = async (): Promise<void> => {
    const variables = { input: { orderId: order.id }, locale: readerLocale() };
    const answer = await submission.send(OrderCancelDocument, variables, (data) => data.orderCancel);
    if (answer === null) return;
    const reason = staleReason(answer.userErrors);
    if (reason !== null) onStale(reason);
    else if (answer.userErrors.length === 0) onDone(answer.order);
    else {
      setProblems(answer.userErrors.map(({ message }) => ({ id: null, message })));
      setAttempt(attempt + 1);
    }
  };
  return (
    <>
      <Heading>Cancel order {order.number}?</Heading>
      <p class="lead">
        {order.shipments.length === 0
          ? "Nothing of it will be sent, and you pay nothing for it."
          : "What has not been packed will not be sent, and you do not pay for it. Parcels that are packed already still come."}
      </p>
      <ProblemList problems={problems} attempt={attempt} />
      <Form onSubmit={() => void cancel()}>
        <FailureNotice message={submission.failureMessage} />
        <div class="actions">
          <SendButton busy={submission.busy} danger>
            Cancel the order
          </SendButton>
          <BackButton onBack={onBack}>Keep the order</BackButton>
        </div>
      </Form>
    </>
  );
}
