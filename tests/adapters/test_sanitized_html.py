"""Sanitised HTML: what a page shows of it, what is removed, and that no HTML takes long."""

from time import process_time

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.sanitized_html import TAGS, Nh3HtmlSanitizer
from gateway.services.ports.html import (
    MAX_FORMATTING_TAGS,
    MAX_HTML_LENGTH,
    MAX_HTML_TAGS,
    HtmlSanitizer,
    HtmlTooLarge,
)

HTML_PIECES = (
    "<p> </p> <b> </b> <svg> <style> </style> <table> <td> x<y <math> <mtext> <a&#32;href='j:x'>"
    " <img/src=x/onerror=y> &lt;b ]]> <!-- --> <noscript> <template> </table> '\"> <select> \0"
)
SANITIZER: HtmlSanitizer = Nh3HtmlSanitizer()


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Care</h2><p>Wash <em>by hand</em>, <strong>cold</strong>.<br>Line dry.</p>",
        '<ul><li>one</li><li>two</li></ul><ol start="3"><li>three</li></ol>',
        '<table><tbody><tr><th scope="col">M</th><td colspan="2">102 cm</td></tr></tbody></table>',
        "Only text, with &amp; and &lt;.",
    ],
)
def test_what_a_page_shows_stays(html: str) -> None:
    assert SANITIZER.sanitize(html) == html


def test_links_and_pictures_of_the_web_stay() -> None:
    assert SANITIZER.sanitize(
        '<a href="https://shop.example/care" target="_blank" onclick="x()">care</a>'
        '<a href="mailto:help@shop.example">mail</a>'
        '<img src="http://cdn.example/a.png" alt="A mug" width="3" height="4" style="x:y">'
    ) == (
        '<a href="https://shop.example/care" rel="noopener noreferrer">care</a>'
        '<a href="mailto:help@shop.example" rel="noopener noreferrer">mail</a>'
        '<img src="http://cdn.example/a.png" alt="A mug" width="3" height="4" loading="lazy">'
    )


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("a<script>alert(1)</script>b", "ab"),
        ("a<style>body{display:none}</style>b", "ab"),
        ("a<iframe src='https://x.example'>gone</iframe>b", "ab"),
        ("a<!-- <b>gone</b> -->b", "ab"),
        ("<form action='https://x.example'><input name=card></form>b", "b"),
        ("<svg><script>alert(1)</script></svg>b", "b"),
        ("<math><mi//xlink:href='data:x,<script>alert(4)</script>'></math>b", "b"),
        ("<p style='position:fixed' class='x' id='cart'>b</p>", "<p>b</p>"),
        ("<b onmouseover='alert(1)'>b</b>", "<b>b</b>"),
        ("<custom-tag>b</custom-tag>", "b"),
        ("<a href='JaVaScRiPt:alert(1)'>b</a>", '<a rel="noopener noreferrer">b</a>'),
        ("<a href='java\nscript:alert(1)'>b</a>", '<a rel="noopener noreferrer">b</a>'),
        ("<a href='&#106;avascript:alert(1)'>b</a>", '<a rel="noopener noreferrer">b</a>'),
        ("<a href='data:text/html,x'>b</a>", '<a rel="noopener noreferrer">b</a>'),
        ("<a href='/graphql'>b</a>", '<a rel="noopener noreferrer">b</a>'),
        ("<a href='//x.example'>b</a>", '<a rel="noopener noreferrer">b</a>'),
        ("<p>b", "<p>b</p>"),
        ("b</div></p>", "b<p></p>"),
        ("  \n ", ""),
    ],
)
def test_what_could_do_harm_goes(html: str, shown: str) -> None:
    assert SANITIZER.sanitize(html) == shown


@pytest.mark.parametrize("source", ["data:image/png;base64,x", "mailto:a@b.example", "//x", "x"])
def test_a_picture_of_no_web_address_goes(source: str) -> None:
    """Nothing is left that a page would show as broken."""
    assert SANITIZER.sanitize(f'a<img alt="from src=" src="{source}">b') == "ab"
    assert SANITIZER.sanitize("a<img alt='1 > 0'>b") == "ab"


@given(
    st.lists(
        st.sampled_from(HTML_PIECES.split(" ")),
        max_size=30,
    ).map("".join)
)
def test_what_is_sanitised_stays_as_it_is(html: str) -> None:
    sanitized_html = SANITIZER.sanitize(html)
    assert SANITIZER.sanitize(sanitized_html) == sanitized_html
    assert nh3.clean(sanitized_html, tags=TAGS, attributes={}, link_rel=None).count("<") == (
        sanitized_html.count("<")
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<h2>Care</h2><p>Wash &amp; dry.<br>Then  iron\nit.</p>",
            "Care\nWash & dry.\nThen iron it.",
        ),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<table><tr><th>Size</th><td>M</td></tr><tr><td>Fit</td></tr></table>", "Size M\nFit"),
        ("a<script>b</script>c<style>d</style>", "ac"),
        ("3 &lt; 4 <b>bold</b>ly", "3 < 4 boldly"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_its_text_has_a_line_for_each_paragraph(html: str, text: str) -> None:
    assert SANITIZER.plain_text(html) == text


@pytest.mark.parametrize(
    ("html", "message"),
    [
        ("x" * (MAX_HTML_LENGTH + 1), "it has 500,001 characters, and 500,000 at most are read"),
        ("<p>" * (MAX_HTML_TAGS + 1), "it has 5,001 tags, and 5,000 at most are read"),
        (
            "<B >" * (MAX_FORMATTING_TAGS + 1),
            "it has 801 tags that format text, such as <b>, and 800 at most are read",
        ),
    ],
)
def test_too_much_is_refused_with_figures(html: str, message: str) -> None:
    for call in (SANITIZER.sanitize, SANITIZER.plain_text):
        with pytest.raises(HtmlTooLarge) as refusal:
            call(html)
        assert str(refusal.value) == message


@pytest.mark.parametrize("piece", ["<u title={}><table>x", "<p><tt title={}>x", "<a title={}><dd>"])
def test_no_html_takes_long(piece: str) -> None:
    """A browser's way of parsing writes each tag that is open again into each paragraph."""
    bomb = "".join(piece.format(number) for number in range(MAX_FORMATTING_TAGS))
    start = process_time()
    try:
        sanitized_html = SANITIZER.sanitize(bomb)
    except HtmlTooLarge:
        sanitized_html = ""
    assert len(sanitized_html) <= MAX_HTML_LENGTH
    assert process_time() - start < 10
