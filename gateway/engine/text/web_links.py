"""Links that are shown to people: addresses of pages, and nothing that runs."""

from urllib.parse import urlsplit

MAX_URL_LENGTH = 2_000
WEB_SCHEMES = frozenset({"http", "https"})


def parse_web_url(text: str) -> str | None:
    """``text`` as the address of a page, by http or https; nothing where it is none.

    What belongs into an address only encoded (blanks, quotes, letters beyond ASCII) is refused:
    it might be read as another address than the one it leads to. So is a user's name before the
    host.
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
