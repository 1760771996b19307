// The gift as the recipient first sees it, and what can be done with it.

import { Heading } from "./notices";
import type { Deed, PanelName } from "./panel";
import { Ribbon } from "./ribbon";
import { formatDay, senderName, claimDisplay, canThank, type Claim } from "./wording";

interface OverviewProps {
  readonly claim: Claim;
  readonly deed: Deed | null;
  readonly onOpen: (panel: PanelName) => void;
}

/** What the page says of a deed. */
export const DEEDS: Readonly<Record<Deed, string>> = {
  accepted: "Accepted. Thank you, your address has been received.",
  declined: "Your answer has been received.",
  exchanged: "Done. Your choice has been changed.",
  thanked: "Your thanks have been sent.",
  reported: "The sender has been blocked. Thank you for telling us.",
  forgotten: "Your data is being deleted.",
};

/** The gift itself: item, message, time left. */
function GiftCard({ claim }: { readonly claim: Claim }) {
  return (
    <section class="gift" aria-label="The gift">
      <Ribbon />
      <p class="item">{claim.itemTitle}</p>
      {claim.message !== null && claim.message !== "" && (
        <figure>
          <blockquote>{claim.message}</blockquote>
          <figcaption>{senderName(claim)}</figcaption>
        </figure>
      )}
    </section>
  );
}

function Expiry({ claim }: { readonly claim: Claim }) {
  if (!claim.canAccept || claim.expiresAt === null) return null;
  return (
    <p class="expiry">
      Please answer by <time dateTime={claim.expiresAt}>{formatDay(claim.expiresAt)}</time>.
    </p>
  );
}

/** The carrier's page, which learns neither of this one nor of the link. */
function Parcel({ claim }: { readonly claim: Claim }) {
  if (typeof claim.trackingUrl !== "string") return null;
  return (
    <p class="expiry">
      <a href={claim.trackingUrl} target="_blank" rel="noopener noreferrer">
        Follow the parcel at the carrier
      </a>
    </p>
  );
}

function Choices({ claim, deed, onOpen }: OverviewProps) {
  const button = (panel: PanelName, text: string, kind = "button button-plain") => (
    <button type="button" class={kind} onClick={() => { onOpen(panel); }}>
      {text}
    </button>
  );
  return (
    <div class="actions">
      {claim.canAccept && button("accept", "Accept this gift", "button")}
      {canThank(claim) && deed !== "thanked" && button("thank", "Say thank you", "button")}
      {claim.canExchange && claim.exchangeOptions.length > 0 && button("exchange", "Choose something else")}
      {claim.canDecline && button("decline", "Decline")}
    </div>
  );
}

function Privacy({ claim, onOpen }: OverviewProps) {
  return (
    <footer>
      <p>
        {claim.from === null ? "The sender did not give a name." : `“${claim.from}” is the name the sender gave. We have not checked it.`}
      </p>
      <p class="links">
        <button type="button" class="link" onClick={() => { onOpen("report"); }}>
          Block and report
        </button>
        <button type="button" class="link" onClick={() => { onOpen("forget"); }}>
          Delete what you know about me
        </button>
      </p>
    </footer>
  );
}

/** The first panel. */
export function Overview(props: OverviewProps & { readonly first: boolean }) {
  const { claim, deed, first } = props;
  const { title, text, tone } = claimDisplay(claim);
  return (
    <div class={`standing standing-${tone}`}>
      <Heading quiet={first}>{title}</Heading>
      {deed !== null && (
        <p class="notice notice-good">
          <span aria-hidden="true">✓ </span>
          {DEEDS[deed]}
        </p>
      )}
      <p class="lead">{text}</p>
      <GiftCard claim={claim} />
      <Expiry claim={claim} />
      <Parcel claim={claim} />
      <Choices {...props} />
      <Privacy {...props} />
    </div>
  );
}
