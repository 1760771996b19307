/** @jsxImportSource react */
// The line below the answer that says what was carried from it, and the work of carrying it.

import { useGraphiQL, pick } from "@graphiql/react";
import { useEffect, useState } from "react";
import { carriedValues, fillVariables, findCarried, findMailedCode, valueAt } from "./carrying";
import { saveBearer } from "./session";
import type { HttpAnswer } from "./transport";

type Listener = (answer: HttpAnswer) => void;
let listener: Listener | null = null;

/** Tell the page of an answer. */
export function announceAnswer(answer: HttpAnswer): void {
  listener?.(answer);
}

const MAIL_TRIES = 40;
const MAIL_PAUSE_MS = 250;
// The mail's time is that of a file, in whole seconds on some disks.
const CLOCK_GRAIN_MS = 1_000;

async function waitForMailedCode(email: unknown, sentAt: Date): Promise<string | null> {
  const since = new Date(sentAt.getTime() - CLOCK_GRAIN_MS);
  for (let count = 0; count < MAIL_TRIES; count += 1) {
    const response = await fetch("/outbox/messages");
    if (!response.ok) return null;
    const code = findMailedCode((await response.json()) as Parameters<typeof findMailedCode>[0], String(email), since);
    if (code !== null) return code;
    await new Promise((resolve) => setTimeout(resolve, MAIL_PAUSE_MS));
  }
  return null;
}

function describeNames(names: readonly string[]): string {
  return names.length === 0 ? "" : `Carried into the variables: ${names.join(", ")}.`;
}

/** Carries answers into the variables of the open tab, and says so. */
export function Carrier(): React.ReactElement {
  const { variableEditor } = useGraphiQL(pick("variableEditor"));
  const [text, setText] = useState("");
  useEffect(() => {
    if (variableEditor === undefined) return undefined;
    const fill = (values: Readonly<Record<string, unknown>>): string[] => {
      const before = variableEditor.getValue();
      const after = fillVariables(before, values);
      if (after === before) return [];
      variableEditor.setValue(after);
      return Object.keys(values);
    };
    listener = (answer) => {
      const rule = findCarried(answer.operationName);
      if (rule === null) {
        setText("");
        return;
      }
      const notes = [describeNames(fill(carriedValues(rule, answer.result.data, () => crypto.randomUUID())))];
      const token = rule.bearer === undefined ? undefined : valueAt(answer.result.data, rule.bearer);
      if (typeof token === "string") {
        saveBearer(token);
        notes.push("Signed in, in all tabs of this window.");
      }
      setText(notes.filter(Boolean).join(" "));
      if (rule.mailedCode === undefined) return;
      const variable = rule.mailedCode;
      setText("Waiting for the mail …");
      void waitForMailedCode(answer.variables["email"], answer.sentAt).then(
        (code) => {
          setText(code === null ? "The mail is at your mail server." : describeNames(fill({ [variable]: code })));
        },
        () => {
          setText("The mail could not be read: see the page /outbox.");
        },
      );
    };
    return () => {
      listener = null;
    };
  }, [variableEditor]);
  return (
    <p role="status" className="carried">
      {text}
    </p>
  );
}
