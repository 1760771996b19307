// What the answer of one example is carried into: the variables of the next, and who has signed in. Which value goes
// where is a file beside the examples.

import carried from "../../examples/carried.json";

/** What an operation's answer is carried into; a path leads from `data` to a value. */
export interface Carried {
  readonly variables?: Readonly<Record<string, string>>;
  /** The variable that gets a key of its own, so that the flow can be run again. */
  readonly newKey?: string;
  /** The variable that gets the code of the mail that the operation has sent. */
  readonly mailedCode?: string;
  readonly bearer?: string;
}

const CARRIED: Readonly<Record<string, Carried>> = carried;

/** What is carried from the answer of the operation of this name; null where it is none of the examples. */
export function findCarried(operationName: string | null | undefined): Carried | null {
  return CARRIED[operationName ?? ""] ?? null;
}

/** The value at a path such as "cart.lines.0.id"; undefined where there is none. */
export function valueAt(data: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (value, name) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined),
    data,
  );
}

/** The values for variables, by name, that an answer's data has. */
export function carriedValues(rule: Carried, data: unknown, createKey: () => string): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, path] of Object.entries(rule.variables ?? {})) {
    const value = valueAt(data, path);
    if (value !== undefined && value !== null) values[name] = value;
  }
  if (rule.newKey !== undefined) values[rule.newKey] = createKey();
  return values;
}

/** The text of the variables editor with new values for names that stand in it; the same text where nothing changes. */
export function fillVariables(text: string, values: Readonly<Record<string, unknown>>): string {
  let variables: unknown;
  try {
    variables = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof variables !== "object" || variables === null || Array.isArray(variables)) return text;
  const known = Object.entries(values).filter(([name]) => name in variables);
  return known.length === 0 ? text : JSON.stringify({ ...variables, ...Object.fromEntries(known) }, null, 2);
}

interface SentMessage {
  readonly to: string;
  readonly text: string;
  readonly sentAt: string;
}

/** The code in the latest mail to an address, unless it is older than `since`; messages come latest first. */
export function findMailedCode(messages: readonly SentMessage[], email: string, since: Date): string | null {
  const mail = messages.find((message) => message.to === email && /\b\d{6}\b/.test(message.text));
  if (mail === undefined || new Date(mail.sentAt) < since) return null;
  return /\b\d{6}\b/.exec(mail.text)?.[0] ?? null;
}
