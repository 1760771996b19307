"""Links that are shown to people: addresses of pages, and nothing that runs."""

from urllib.parse import urlsplit

LONGEST = 2_000
SCHEMES = frozenset({"http", "https"})


def page_address(text: str) -> str | None:
    """``text`` as the address of a page, by http or https; nothing where it is none.

    What belongs into an address only encoded (blanks, quotes, letters beyond ASCII) is refused:
    it might be read as another address than the one it leads to. So is a user's name before the
    host.
    """
    address = text.strip()
    if len(address) > LONGEST or not all("!" <= each <= "~" for each in address):
        return None
    if set(address) & set("\"'<>\\^`{|}"):
        return None
    try:
        found = urlsplit(address)
        usable = found.hostname and found.port != 0
    except ValueError:
        return None
    if found.scheme not in SCHEMES or not usable or "@" in found.netloc:
        return None
    return address
