"""HTML that others wrote, reduced to what a page may show, and its text."""

import re
from html.parser import HTMLParser
from typing import Final

import nh3

from gateway.services.ports.html import (
    MAX_FORMATTING_TAGS,
    MAX_HTML_LENGTH,
    MAX_HTML_TAGS,
    HtmlTooLarge,
)


def _tag_names(text: str) -> frozenset[str]:
    return frozenset(text.split())


TAGS: Final = _tag_names(
    "a abbr b blockquote br caption cite code col colgroup dd del dfn div dl dt em figcaption"
    " figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong"
    " sub sup table tbody td tfoot th thead tr u ul var wbr"
)
"""Nothing that runs, loads a page, asks for input or decides how the page around it looks."""
REMOVED_CONTENT_TAGS: Final = _tag_names(
    "audio button canvas embed form head iframe math noembed noframes noscript object script select"
    " style svg template textarea title video"
)
"""Tags that are removed with all that is in them; of others the text is kept."""
ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
# One only: several are written in any order, and the same HTML would seem to have changed.
PICTURE_ATTRIBUTES: Final = {"img": {"loading": "lazy"}}
LINK_RELATION: Final = "noopener noreferrer"
URL_SCHEMES: Final = frozenset({"http", "https", "mailto", "tel"})
PICTURE_URL: Final = re.compile(r"\s*https?://", re.IGNORECASE)
PICTURE_TAG: Final = re.compile(r'<img(?: [a-z]+="[^"]*")*>')
ATTRIBUTE: Final = re.compile(r' ([a-z]+)="[^"]*"')
"""As sanitised HTML is written: each quote in a value is escaped."""
OPENING_TAG: Final = re.compile(r"<[a-z]", re.IGNORECASE)
FORMATTING_TAG: Final = re.compile(
    r"<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE
)
"""The formatting elements of the HTML standard; those in a comment are counted, too."""


class Nh3HtmlSanitizer:
    """Sanitises by nh3: the HTML is parsed as a browser does, and written anew.

    Attributes of style are removed, and so are addresses that are relative or whose scheme is not
    one of the web's: a script's address is one of those.
    """

    def __init__(self) -> None:
        self._cleaner = nh3.Cleaner(
            tags=TAGS,
            clean_content_tags=REMOVED_CONTENT_TAGS,
            attributes=ATTRIBUTES,
            attribute_filter=_filter_attribute,
            set_tag_attribute_values=PICTURE_ATTRIBUTES,
            link_rel=LINK_RELATION,
            url_schemes=URL_SCHEMES,
            url_relative="deny",
        )

    def sanitize(self, html: str) -> str:
        """``html`` with the tags, attributes and addresses that a page may show, and no others.

        Raises:
            HtmlTooLarge: it is too long, or has too many tags.

        """
        _check_size(html)
        sanitized_html = PICTURE_TAG.sub(_keep_picture, self._cleaner.clean(html)).strip()
        # Tags that are not closed are written again in each paragraph.
        _check_length(sanitized_html)
        return sanitized_html

    def plain_text(self, html: str) -> str:
        """The text of ``html``, with a line for each paragraph, item of a list or row of a table.

        Raises:
            HtmlTooLarge: it is too long, or has too many tags.

        """
        # Of sanitised HTML alone: it is well formed, and nothing hidden is left in it.
        collector = _LineCollector()
        collector.feed(self.sanitize(html))
        collector.close()
        lines = (" ".join(line.split()) for line in "".join(collector.text_pieces).splitlines())
        return "\n".join(line for line in lines if line)


def _filter_attribute(tag: str, attribute: str, value: str) -> str | None:
    """The value of the attribute; None removes a picture that is not one of the web's."""
    if (tag, attribute) == ("img", "src") and not PICTURE_URL.match(value):
        return None
    return value


def _keep_picture(tag: re.Match[str]) -> str:
    """The tag of a picture that is somewhere: one without an address is shown as broken."""
    return tag.group() if "src" in ATTRIBUTE.findall(tag.group()) else ""


def _check_size(html: str) -> None:
    _check_length(html)
    tag_count = len(OPENING_TAG.findall(html))
    if tag_count > MAX_HTML_TAGS:
        raise HtmlTooLarge(f"it has {tag_count:,} tags, and {MAX_HTML_TAGS:,} at most are read")
    formatting_count = len(FORMATTING_TAG.findall(html))
    if formatting_count > MAX_FORMATTING_TAGS:
        raise HtmlTooLarge(
            f"it has {formatting_count:,} tags that format text, such as <b>, and "
            f"{MAX_FORMATTING_TAGS:,} at most are read"
        )


def _check_length(html: str) -> None:
    if len(html) > MAX_HTML_LENGTH:
        raise HtmlTooLarge(
            f"it has {len(html):,} characters, and {MAX_HTML_LENGTH:,} at most are read"
        )


class _LineCollector(HTMLParser):
    """Collects the text of sanitised HTML."""

    line_break_tags = _tag_names(
        "blockquote br caption dd div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre"
        " table tr ul"
    )
    cell_tags = frozenset({"td", "th"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text_pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a new line or cell, if the tag does."""
        del attrs
        self._part_text(tag)

    def handle_endtag(self, tag: str) -> None:
        """End a line or cell, if the tag does."""
        self._part_text(tag)

    def handle_data(self, data: str) -> None:
        """Add ``data``, whose line breaks are only blanks in HTML."""
        self.text_pieces.append(" ".join(data.splitlines()) if "\n" in data else data)

    def _part_text(self, tag: str) -> None:
        if tag in self.line_break_tags:
            self.text_pieces.append("\n")
        elif tag in self.cell_tags:
            self.text_pieces.append(" ")
