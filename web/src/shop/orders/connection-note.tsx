// Whether what is shown is kept up to date.

import type { Connection } from "./follow";

/** A quiet line; screen readers hear when it changes. */
export function ConnectionNote({ connection }: { readonly connection: Connection }) {
  return (
    <p class={`connection connection-${connection}`} role="status">
      <span class="connection-mark" aria-hidden="true" />
      {connection === "live" && "Kept up to date while you look."}
      {connection === "waiting" && "The connection is lost. We try again by ourselves."}
      {connection === "ended" && "Nothing more will happen to it."}
    </p>
  );
}
