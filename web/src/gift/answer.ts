// What the gateway says of an answer.

import type { AnswerFragment } from "../generated/operations";

export type Answer = AnswerFragment;

/** Whether the gateway says that the link, or the time for this answer, is over. */
export function hasClaimChanged(answer: Answer): boolean {
  return answer.userErrors.some(({ code }) => code === "INVALID_TOKEN" || code === "NOT_MODIFIABLE");
}
