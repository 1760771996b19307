// The props of every panel of the page.

import type { Answer } from "./answer";
import type { Claim } from "./wording";

/** What the page can show of an opened gift. */
export type PanelName = "gift" | "accept" | "decline" | "exchange" | "thank" | "report" | "forget";

/** What the recipient has just done; the page says so until it is loaded anew. */
export type AnswerKind = "accepted" | "declined" | "exchanged" | "thanked" | "reported" | "forgotten";

/** The gift, and the two ways out of a panel. */
export interface PanelProps {
  readonly token: string;
  readonly claim: Claim;
  readonly onAnswer: (kind: AnswerKind, answer: Answer) => void;
  /** The gift has changed meanwhile: load it again. */
  readonly onClaimChange: () => void;
  readonly onBack: () => void;
}
