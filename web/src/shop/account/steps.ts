// The short path to buying by one click: what is still to be done, and in which order.

/** One thing to do. The last one also turns one-click on. */
export type Step = "signIn" | "address" | "payment";

/** Why the path was opened: a sign-in alone, or everything that one-click needs. */
export type Purpose = "signIn" | "oneClick";

/** What is known of whoever walks the path. */
export interface Progress {
  readonly isSignedIn: boolean;
  /** The gateway asked for a sign-in of the last minutes. */
  readonly mustSignInAgain: boolean;
  readonly hasAddress: boolean;
}

/** The steps of a path, done or not. */
export function pathSteps(purpose: Purpose): readonly Step[] {
  return purpose === "signIn" ? ["signIn"] : ["signIn", "address", "payment"];
}

function isStepDone(step: Step, { isSignedIn, mustSignInAgain, hasAddress }: Progress): boolean {
  if (step === "signIn") return isSignedIn && !mustSignInAgain;
  // The last step is done when the path ends: one-click is turned on by it.
  return step === "address" && hasAddress;
}

/** The first step that is not done, or null at the end of the path. */
export function currentStep(purpose: Purpose, progress: Progress): Step | null {
  return pathSteps(purpose).find((step) => !isStepDone(step, progress)) ?? null;
}

/** "Step 2 of 3", or nothing for a path of one step. */
export function stepTitle(purpose: Purpose, step: Step): string {
  const steps = pathSteps(purpose);
  return steps.length === 1 ? "" : `Step ${String(steps.indexOf(step) + 1)} of ${String(steps.length)}`;
}

/** A label for a new address that none of `labels` is. */
export function newAddressLabel(labels: readonly string[]): string {
  const names = ["Home", "Work", ...labels.map((_, index) => `Address ${String(index + 3)}`), "Address"];
  const isTaken = (name: string): boolean => labels.some((label) => label.toLowerCase() === name.toLowerCase());
  return names.find((name) => !isTaken(name)) ?? "";
}
