// What the page says of a gift in each of its states.

import type { ClaimFragment } from "../generated/operations";
import type { Failure } from "./server";

export type Claim = ClaimFragment;

/** A heading, a sentence, and how the two should feel. */
export interface Standing {
  readonly title: string;
  readonly text: string;
  readonly tone: "open" | "good" | "ended";
}

const WITHDRAWN = "There is nothing more for you to do.";

function settled(claim: Claim): Standing {
  switch (claim.status) {
    case "RESOLVED":
      return { tone: "good", title: "Your gift is being prepared", text: "We have an address for it and will send it soon." };
    case "DISPATCHED":
      return { tone: "good", title: "Your gift is on its way", text: "It has left for the address we have." };
    case "DELIVERED":
      return { tone: "good", title: "Your gift has been delivered", text: "We hope you enjoy it." };
    case "DECLINED":
      return { tone: "ended", title: "You declined this gift", text: `${WITHDRAWN} It will not be sent.` };
    case "CANCELLED":
      return { tone: "ended", title: "This gift was withdrawn", text: `The sender took it back. ${WITHDRAWN}` };
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
export function sender(claim: Claim): string {
  return claim.from ?? "Someone";
}

/** How a gift stands, in the recipient's words. */
export function standing(claim: Claim): Standing {
  if (!claim.canAccept) return settled(claim);
  return {
    tone: "open",
    title: `${sender(claim)} sent you a gift`,
    text: "Tell us where to send it. Your address goes to the carrier, never to the sender.",
  };
}

/** Whether a word of thanks makes sense: the gift will come, or has. */
export function thankable(claim: Claim): boolean {
  return standing(claim).tone === "good";
}

/** A moment as a day, in the reader's own time zone. */
export function day(moment: string): string {
  return new Intl.DateTimeFormat("en", { dateStyle: "long" }).format(new Date(moment));
}

/** What to say when no answer came. */
export function excuse(failure: Failure): string {
  switch (failure.kind) {
    case "unreachable":
      return "We could not reach the gift service. Check your connection, then try again. Nothing you typed is lost.";
    case "limited":
      return `There were too many tries from here. Wait ${waiting(failure.seconds)}, then try again.`;
    case "fault":
      return "Something went wrong on our side. Try again in a moment. Nothing you typed is lost.";
  }
}

function waiting(seconds: number): string {
  return seconds <= 90 ? `${String(seconds)} seconds` : `${String(Math.ceil(seconds / 60))} minutes`;
}
