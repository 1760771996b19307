"""HTML that merchants write: what of it a page may show, and its text."""

from typing import Protocol

MAX_HTML_LENGTH = 500_000
"""Characters of a description; a longer one is refused."""
MAX_HTML_TAGS = 10_000
"""Opening tags in a description; one with more is refused."""


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
