// The page: opens the order, then shows what the link leads to.

import { useToken } from "../shared/navigation";
import { Heading, RetryNotice } from "../shared/notices";
import { OpenedOrderPanels } from "./opened-order";
import { useOrder } from "./order";

/** While the order is opened: its outline. */
function OrderPlaceholder() {
  return (
    <div class="waiting" role="status" aria-label="Opening your order">
      <div class="bone bone-title" />
      <div class="bone bone-line" />
      <div class="bone bone-card" />
    </div>
  );
}

function InvalidLink() {
  return (
    <>
      <Heading quiet>This link does not open an order</Heading>
      <p class="lead">
        It may have been cut short on its way, or its time may be over. Open the link in the newest message you have about
        the order, or write to the shop.
      </p>
    </>
  );
}

function HiddenOrder({ onRetry }: { readonly onRetry: () => void }) {
  return (
    <>
      <Heading quiet>Your browser keeps no cookie for this page</Heading>
      <RetryNotice
        message="The link is right, but the order is shown only to a browser that keeps this page’s cookie. Allow it, then try again."
        onRetry={onRetry}
      />
    </>
  );
}

function LoadFailure({ message, onRetry }: { readonly message: string; readonly onRetry: () => void }) {
  return (
    <>
      <Heading quiet>Your order could not be opened</Heading>
      <RetryNotice message={message} onRetry={onRetry} />
    </>
  );
}

/** The whole page. */
export function App() {
  const token = useToken();
  const { state, reload, refresh, update } = useOrder(token);
  switch (state.kind) {
    case "loading":
      return <OrderPlaceholder />;
    case "invalid":
      return <InvalidLink />;
    case "hidden":
      return <HiddenOrder onRetry={reload} />;
    case "failed":
      return <LoadFailure message={state.message} onRetry={reload} />;
    case "open":
      return <OpenedOrderPanels key={state.order.id} order={state.order} refresh={refresh} update={update} />;
  }
}
