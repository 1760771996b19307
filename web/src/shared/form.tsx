// A form whose checks are ours: the browser's own bubbles reach neither every reader nor every screen.

import type { ComponentChildren } from "preact";

/** A form that stays on the page. */
export function Form({ onSubmit, children }: { readonly onSubmit: () => void; children: ComponentChildren }) {
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}
