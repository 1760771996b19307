"""Checks of links that are shown to people."""

from urllib.parse import urlsplit

MAX_URL_LENGTH = 2_000
"""A longer address, in characters, is refused."""
WEB_SCHEMES = frozenset({"http", "https"})
"""Other schemes, such as javascript, may run code when a person opens the link."""


def parse_web_url(text: str) -> str | None:
    """Return ``text`` as the http or https address of a page; None if it is not one.

    Characters that RFC 3986 allows only encoded (blanks, quotes, letters beyond ASCII) are refused,
    and so is a user name before the host. Both can hide the host to which a link leads.
    """
    url = text.strip()
    if len(url) > MAX_URL_LENGTH or not all("!" <= character <= "~" for character in url):
        return None
    if set(url) & set("\"'<>\\^`{|}"):
        return None
    try:
        split_url = urlsplit(url)
        has_host = split_url.hostname and split_url.port != 0
    except ValueError:
        return None
    if split_url.scheme not in WEB_SCHEMES or not has_host or "@" in split_url.netloc:
        return None
    return url
