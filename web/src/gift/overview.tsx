// The gift as the recipient first sees it, and what can be done with it.

import { Heading } from "../shared/notices";
import { formatDay } from "../shared/wording";
import type { AnswerKind, PanelName } from "./panel";
import { Ribbon } from "./ribbon";
import { senderName, claimDisplay, canThank, type Claim } from "./wording";

interface OverviewProps {
  readonly claim: Claim;
  readonly lastAnswer: AnswerKind | null;
  readonly onOpen: (panel: PanelName) => void;
}

/** What the page says of an answer that was sent. */
export const ANSWER_MESSAGES: Readonly<Record<AnswerKind, string>> = {
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
function ParcelLink({ claim }: { readonly claim: Claim }) {
  if (typeof claim.trackingUrl !== "string") return null;
  return (
    <p class="expiry">
      <a href={claim.trackingUrl} target="_blank" rel="noopener noreferrer">
        Follow the parcel at the carrier
      </a>
    </p>
  );
}

function AnswerButtons({ claim, lastAnswer, onOpen }: OverviewProps) {
  const panelButton = (panel: PanelName, text: string, style = "button button-plain") => (
    <button type="button" class={style} onClick={() => { onOpen(panel); }}>
      {text}
    </button>
  );
  return (
    <div class="actions">
      {claim.canAccept && panelButton("accept", "Accept this gift", "button")}
      {canThank(claim) && lastAnswer !== "thanked" && panelButton("thank", "Say thank you", "button")}
      {claim.canExchange && claim.exchangeOptions.length > 0 && panelButton("exchange", "Choose something else")}
      {claim.canDecline && panelButton("decline", "Decline")}
    </div>
  );
}

function PrivacyFooter({ claim, onOpen }: OverviewProps) {
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
export function Overview(props: OverviewProps & { readonly isFirstView: boolean }) {
  const { claim, lastAnswer, isFirstView } = props;
  const { title, text, tone } = claimDisplay(claim);
  return (
    <div class={`standing standing-${tone}`}>
      <Heading quiet={isFirstView}>{title}</Heading>
      {lastAnswer !== null && (
        <p class="notice notice-good">
          <span aria-hidden="true">✓ </span>
          {ANSWER_MESSAGES[lastAnswer]}
        </p>
      )}
      <p class="lead">{text}</p>
      <GiftCard claim={claim} />
      <Expiry claim={claim} />
      <ParcelLink claim={claim} />
      <AnswerButtons {...props} />
      <PrivacyFooter {...props} />
    </div>
  );
}
