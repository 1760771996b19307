// A box over the page that keeps the focus until it is closed.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface DialogProps {
  readonly title: string;
  /** What stands above the title: how far one is. */
  readonly note?: string;
  readonly onClose: () => void;
  children: ComponentChildren;
}

/** The box. The focus begins at its title, again whenever that changes, and goes back where it was at the end, else to the page's heading. */
export function Dialog({ title, note = "", onClose, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    const element = box.current;
    element?.showModal();
    return () => {
      element?.close();
      if (opener instanceof HTMLElement && opener !== document.body && opener.isConnected) opener.focus();
      // It was open when the page was come to: the page begins at its heading.
      else document.querySelector("h1")?.focus();
    };
  }, []);
  useEffect(() => { heading.current?.focus(); }, [title]);
  return (
    <dialog
      ref={box}
      class="dialog"
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="dialog-head">
        <div>
          {note !== "" && <p class="hint">{note}</p>}
          <h2 id="dialog-title" ref={heading} tabIndex={-1}>
            {title}
          </h2>
        </div>
        <button type="button" class="dialog-close" aria-label="Close" onClick={onClose}>
          <span aria-hidden="true">×</span>
        </button>
      </div>
      {children}
    </dialog>
  );
}
