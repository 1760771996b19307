// What every page says the same way: days, and why no answer came.

import type { Failure } from "./server";

/** A moment as a day, in the reader's own time zone. */
export function formatDay(instant: string): string {
  return new Intl.DateTimeFormat("en", { dateStyle: "long" }).format(new Date(instant));
}

/** What to say when no answer came. */
export function describeFailure(failure: Failure): string {
  switch (failure.kind) {
    case "unreachable":
      return "We could not reach the shop. Check your connection, then try again. Nothing you typed is lost.";
    case "rateLimited":
      return `There were too many tries from here. Wait ${formatWait(failure.seconds)}, then try again.`;
    case "serverError":
      return "Something went wrong on our side. Try again in a moment. Nothing you typed is lost.";
  }
}

function formatWait(seconds: number): string {
  return seconds <= 90 ? `${String(seconds)} seconds` : `${String(Math.ceil(seconds / 60))} minutes`;
}
