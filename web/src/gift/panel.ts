// What every panel of the page is given.

import type { Answer } from "./sending";
import type { Claim } from "./wording";

/** What the page can show of an opened gift. */
export type PanelName = "gift" | "accept" | "decline" | "exchange" | "thank" | "report" | "forget";

/** What the recipient has just done; the page says so until it is loaded anew. */
export type Deed = "accepted" | "declined" | "exchanged" | "thanked" | "reported" | "forgotten";

/** The gift, and the two ways out of a panel. */
export interface PanelProps {
  readonly token: string;
  readonly claim: Claim;
  readonly onDone: (deed: Deed, answer: Answer) => void;
  /** The gift has moved on meanwhile: look again. */
  readonly onOvertaken: () => void;
  readonly onBack: () => void;
}
