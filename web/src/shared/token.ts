// The secret of the link, which lives in the fragment: browsers send fragments to nobody.

const TOKEN_PATTERN = /^[A-Za-z0-9_-]{16,256}$/;

/** The token in a URL's fragment, or null where the link was cut or altered on its way. */
export function parseToken(fragment: string): string | null {
  const token = fragment.replace(/^#/, "").trim();
  return TOKEN_PATTERN.test(token) ? token : null;
}
