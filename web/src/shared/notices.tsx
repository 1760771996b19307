// Headings that take the focus, lists of problems, and buttons that say they are busy.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A panel's heading; takes the focus when the panel opens, so that a screen reader begins here. */
export function Heading({ children, quiet = false }: { children: ComponentChildren; readonly quiet?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = heading.current?.textContent ?? document.title;
    if (!quiet) heading.current?.focus();
  }, [quiet]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

/** One thing to put right: about a field, or about the whole form. */
export interface Problem {
  readonly id: string | null;
  readonly message: string;
}

/** Every problem at once, above the form; takes the focus each time `attempt` goes up. */
export function ProblemList({ problems, attempt }: { readonly problems: readonly Problem[]; readonly attempt: number }) {
  const list = useRef<HTMLDivElement>(null);
  const hasProblems = problems.length > 0;
  useEffect(() => {
    if (hasProblems) list.current?.focus();
  }, [attempt, hasProblems]);
  if (!hasProblems) return null;
  return (
    <div class="notice notice-bad" ref={list} tabIndex={-1} role="group" aria-labelledby="problems-title">
      <h2 id="problems-title">{problems.length === 1 ? "One thing to put right" : "A few things to put right"}</h2>
      <ul>
        {problems.map((problem) => (
          <li key={`${problem.id ?? ""} ${problem.message}`}>
            <ProblemLink {...problem} />
          </li>
        ))}
      </ul>
    </div>
  );
}

// A button, not a link: following `#id` would replace the token in the address bar.
function ProblemLink({ id, message }: Problem) {
  if (id === null) return <>{message}</>;
  return (
    <button type="button" class="link" onClick={() => document.getElementById(id)?.focus()}>
      {message}
    </button>
  );
}

/** Why no answer came. */
export function FailureNotice({ message }: { readonly message: string | null }) {
  return (
    <div role="alert">
      {message !== null && (
        <div class="notice notice-bad">
          <p>{message}</p>
        </div>
      )}
    </div>
  );
}

/** The button that sends a form. It keeps the focus while busy and refuses a second press. */
export function SendButton({
  busy,
  children,
  danger = false,
}: {
  readonly busy: boolean;
  readonly danger?: boolean;
  children: ComponentChildren;
}) {
  return (
    <button type="submit" class={danger ? "button button-danger" : "button"} aria-disabled={busy}>
      {busy ? "Sending…" : children}
    </button>
  );
}

/** Back to the first panel, nothing sent. */
export function BackButton({ onBack, children = "Back" }: { readonly onBack: () => void; children?: string }) {
  return (
    <button type="button" class="button button-plain" onClick={onBack}>
      {children}
    </button>
  );
}

/** Why something did not load, and a way to try again. */
export function RetryNotice({ message, onRetry }: { readonly message: string | null; readonly onRetry: () => void }) {
  return (
    <div role="alert">
      {message !== null && (
        <div class="notice notice-bad">
          <p>{message}</p>
          <button type="button" class="button button-plain" onClick={onRetry}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}
