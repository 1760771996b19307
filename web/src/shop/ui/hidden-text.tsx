// Text for those who listen, where those who look see it otherwise.

import type { ComponentChildren } from "preact";

/** Text that is read aloud, not shown. */
export function HiddenText({ children }: { children: ComponentChildren }) {
  return <span class="hidden-text">{children}</span>;
}
