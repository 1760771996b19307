// The page: finds the gift, then shows what the link leads to.

import { useGift } from "./gift";
import { useToken } from "./navigation";
import { Heading, Retry } from "./notices";
import { Opened } from "./opened";

/** While the gift is looked for: its outline, so that nothing jumps when it comes. */
function Waiting() {
  return (
    <div class="standing waiting" role="status" aria-label="Opening your gift">
      <div class="bone bone-title" />
      <div class="bone bone-line" />
      <div class="bone bone-card" />
      <div class="bone bone-button" />
    </div>
  );
}

function Unusable() {
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

function Unreached({ message, onRetry }: { readonly message: string; readonly onRetry: () => void }) {
  return (
    <div class="standing standing-ended">
      <Heading quiet>Your gift could not be opened</Heading>
      <Retry message={message} onRetry={onRetry} />
    </div>
  );
}

/** The whole page. */
export function App() {
  const token = useToken();
  const { found, look, update } = useGift(token);
  switch (found.kind) {
    case "waiting":
      return <Waiting />;
    case "unusable":
      return <Unusable />;
    case "failed":
      return <Unreached message={found.message} onRetry={look} />;
    case "open":
      return <Opened key={token} token={token ?? ""} claim={found.claim} look={look} update={update} />;
  }
}
