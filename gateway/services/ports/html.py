"""The port for HTML that merchants wrote."""

from typing import Protocol


class HtmlSanitizer(Protocol):
    """Makes HTML of descriptions safe to show, and reads their text."""

    def sanitize(self, html: str) -> str:
        """Return ``html`` with harmless elements, attributes and addresses only."""
        ...

    def plain_text(self, html: str) -> str:
        """Return the text a reader sees, with a line for each paragraph."""
        ...
