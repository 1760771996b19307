// A sentence beside what caused it.

/** What went wrong; read aloud when it appears. */
export function ProblemText({ text }: { readonly text: string | null }) {
  return (
    <div role="alert">
      {text !== null && (
        <p class="error">
          <span aria-hidden="true">⚠ </span>
          {text}
        </p>
      )}
    </div>
  );
}
