"""Plain text as the HTML of a page."""

from html import escape


def text_to_html(text: str) -> str:
    """The lines of ``text`` as paragraphs of HTML; what looks like a tag is shown as it is."""
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())
