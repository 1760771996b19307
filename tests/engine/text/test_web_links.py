"""Links that are shown to people."""

import pytest

from gateway.engine.text.web_links import MAX_URL_LENGTH, parse_web_url


@pytest.mark.parametrize(
    "text",
    [
        "https://carrier.example/track?id=1Z999AA10123456784&lang=en#map",
        "http://carrier.example:8080",
        "HTTPS://carrier.example/%E2%82%AC",
        "https://[2001:db8::1]/x",
        "https://carrier.example/~me!",
        "https://carrier.example:1/",
        "https://carrier.example/" + "x" * (MAX_URL_LENGTH - 24),
    ],
)
def test_addresses_of_pages(text: str) -> None:
    assert parse_web_url(f"  {text}\n") == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "carrier.example/x",
        "//carrier.example/x",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "ftp://carrier.example/x",
        "https:///x",
        "https://",
        "https://carrier.example:port/x",
        "https://[carrier.example/x",
        "https://bank.example@carrier.example/x",
        "https://carrier.example/a b",
        "https://carrier.example/\u202egnp",
        'https://carrier.example/"onclick="x',
        "https://carrier.example/<b>",
        "https://carrier.example\\@bank.example",
        "https://carrier.example/" + "x" * (MAX_URL_LENGTH - 23),
        "https://carrier.example:0/",
        *(f"https://carrier.example/{character}" for character in "\"'<>\\^`{|}\x7f"),
    ],
)
def test_what_is_no_address_of_a_page(text: str) -> None:
    assert parse_web_url(text) is None
