"""HTML that merchants write: what of it a page may show, and its text."""

from typing import Protocol

MAX_HTML_LENGTH = 500_000
"""Characters of a description; a longer one is refused."""
MAX_HTML_TAGS = 5_000
"""Opening tags in a description; one with more is refused."""
MAX_FORMATTING_TAGS = 800
"""Those of them that format text, such as ``<b>``; one with more is refused.

A parser opens such tags again in each paragraph until they are closed (HTML 13.2.4.3), so the time
that it takes and what it writes grow with the third power of their number.
"""


class HtmlTooLarge(ValueError):
    """HTML is longer, or has more tags, than a page shows; the message has the figures."""


class HtmlSanitizer(Protocol):
    """What may be shown of HTML that others wrote."""

    def sanitize(self, html: str) -> str:
        """``html`` with the tags, attributes and addresses that a page may show, and no others.

        Raises:
            HtmlTooLarge: it is too long, or has too many tags.

        """
        ...

    def plain_text(self, html: str) -> str:
        """The text of ``html``, with a line for each paragraph, item of a list or row of a table.

        Raises:
            HtmlTooLarge: it is too long, or has too many tags.

        """
        ...
