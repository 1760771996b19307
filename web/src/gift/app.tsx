// The page: finds the gift, then shows what the link leads to.

import { useGift } from "./gift";
import { useToken } from "../shared/navigation";
import { Heading, RetryNotice } from "../shared/notices";
import { OpenedGift } from "./opened-gift";

/** While the gift is loaded: its outline, so that nothing jumps when it comes. */
function GiftPlaceholder() {
  return (
    <div class="standing waiting" role="status" aria-label="Opening your gift">
      <div class="bone bone-title" />
      <div class="bone bone-line" />
      <div class="bone bone-card" />
      <div class="bone bone-button" />
    </div>
  );
}

function InvalidLink() {
  return (
    <div class="standing standing-ended">
      <Heading quiet>This link does not open a gift</Heading>
      <p class="lead">
        It may have been cut short on its way, replaced by a newer message, or its time may be over. Open the link in the
        newest message you have about the gift.
      </p>
    </div>
  );
}

function LoadFailure({ message, onRetry }: { readonly message: string; readonly onRetry: () => void }) {
  return (
    <div class="standing standing-ended">
      <Heading quiet>Your gift could not be opened</Heading>
      <RetryNotice message={message} onRetry={onRetry} />
    </div>
  );
}

/** The whole page. */
export function App() {
  const token = useToken();
  const { state, reload, update } = useGift(token);
  switch (state.kind) {
    case "loading":
      return <GiftPlaceholder />;
    case "invalid":
      return <InvalidLink />;
    case "failed":
      return <LoadFailure message={state.message} onRetry={reload} />;
    case "open":
      return <OpenedGift key={token} token={token ?? ""} claim={state.claim} reload={reload} update={update} />;
  }
}
