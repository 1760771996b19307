"""Plain text as HTML: paragraphs, and nothing that runs."""

from gateway.adapters.sanitized_html import Nh3HtmlSanitizer
from gateway.engine.text.paragraphs import text_to_html


def test_lines_become_paragraphs() -> None:
    assert text_to_html("Wash & dry.\n\nMade by <hand>.\r\n") == (
        "<p>Wash &amp; dry.</p><p>Made by &lt;hand&gt;.</p>"
    )
    assert text_to_html(" \n") == ""


def test_nothing_in_it_runs() -> None:
    html = text_to_html("<script>alert(\"1\" + '2')</script>")
    assert Nh3HtmlSanitizer().plain_text(html) == "<script>alert(\"1\" + '2')</script>"
