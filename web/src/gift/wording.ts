// What the page says of a gift in each of its states.

import type { ClaimFragment } from "../generated/operations";

export type Claim = ClaimFragment;

/** A heading, a sentence, and how the two should feel. */
export interface ClaimDisplay {
  readonly title: string;
  readonly text: string;
  readonly tone: "open" | "good" | "ended";
}

const NOTHING_TO_DO = "There is nothing more for you to do.";

function statusDisplay(claim: Claim): ClaimDisplay {
  switch (claim.status) {
    case "RESOLVED":
      return { tone: "good", title: "Your gift is being prepared", text: "We have an address for it and will send it soon." };
    case "DISPATCHED":
      return { tone: "good", title: "Your gift is on its way", text: "It has left for the address we have." };
    case "DELIVERED":
      return { tone: "good", title: "Your gift has been delivered", text: "We hope you enjoy it." };
    case "DECLINED":
      return { tone: "ended", title: "You declined this gift", text: `${NOTHING_TO_DO} It will not be sent.` };
    case "CANCELLED":
      return { tone: "ended", title: "This gift was withdrawn", text: `The sender took it back. ${NOTHING_TO_DO}` };
    case "UNDELIVERABLE":
      return { tone: "ended", title: "This gift has expired", text: "The time to accept it is over, and it will not be sent." };
    case "SCREENING":
    case "AWAITING_RECIPIENT":
    case "SEARCHING":
    case "VERIFYING":
    case "AWAITING_GIVER":
      return { tone: "good", title: "Thank you, we have your answer", text: "Your gift is being arranged. You need do nothing more." };
  }
}

/** Who sent it, as far as the recipient may know. */
export function senderName(claim: Claim): string {
  return claim.from ?? "Someone";
}

/** How a gift stands, in the recipient's words. */
export function claimDisplay(claim: Claim): ClaimDisplay {
  if (!claim.canAccept) return statusDisplay(claim);
  return {
    tone: "open",
    title: `${senderName(claim)} sent you a gift`,
    text: "Tell us where to send it. Your address goes to the carrier, never to the sender.",
  };
}

/** Whether a word of thanks makes sense: the gift will come, or has. */
export function canThank(claim: Claim): boolean {
  return claimDisplay(claim).tone === "good";
}
