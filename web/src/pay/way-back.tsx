// The link back to the page that the buyer came from.

/** The link; nothing where nobody knows the way. */
export function WayBack({ path, label = "Go back" }: { readonly path: string | null; readonly label?: string }) {
  if (path === null) return null;
  return (
    <p>
      <a class="link" href={path}>{label}</a>
    </p>
  );
}
