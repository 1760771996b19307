// The secret of the link, which lives in the fragment: browsers send fragments to nobody.

const SHAPE = /^[A-Za-z0-9_-]{16,256}$/;

/** The token in a URL's fragment, or null where the link was cut or altered on its way. */
export function tokenIn(fragment: string): string | null {
  const token = fragment.replace(/^#/, "").trim();
  return SHAPE.test(token) ? token : null;
}
