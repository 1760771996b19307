// What is wrong with a form: next to its fields, and as a list above them.

import { useState } from "preact/hooks";
import type { UserError } from "../../shared/address";
import type { Problem } from "../../shared/notices";

/** The problems of the last try; none before there was one. */
export interface Problems {
  readonly list: readonly Problem[];
  /** Goes up with each refused try, so that the list takes the focus again. */
  readonly attempt: number;
  readonly show: (list: readonly Problem[]) => void;
  /** What is wrong with the field of that id. */
  readonly of: (id: string) => string | undefined;
}

/** A form's problems. */
export function useProblems(): Problems {
  const [{ list, attempt }, setState] = useState<{ readonly list: readonly Problem[]; readonly attempt: number }>({
    list: [],
    attempt: 0,
  });
  return {
    list,
    attempt,
    show: (newList) => { setState((last) => ({ list: newList, attempt: last.attempt + 1 })); },
    of: (id) => list.find((problem) => problem.id === id)?.message,
  };
}

/** User errors as problems. `ids`: the element's id for the last name in an error's path. */
export function toProblems(userErrors: readonly UserError[], ids: Readonly<Record<string, string>> = {}): readonly Problem[] {
  return userErrors.map(({ field, message }) => ({ id: ids[field?.at(-1) ?? ""] ?? null, message }));
}

/** Whether a sign-in of the last minutes is asked for. */
export function asksForSignIn(userErrors: readonly UserError[]): boolean {
  return userErrors.some(({ code }) => code === "REAUTHENTICATION_REQUIRED" || code === "SIGN_IN_REQUIRED");
}
