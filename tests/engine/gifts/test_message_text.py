"""Words to strangers are harmless."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.gifts.message_text import (
    MAX_NAME_LENGTH,
    fits_message_limits,
    sanitize_line,
    sanitize_message,
    sanitize_name,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Happy birthday!\r\n\r\n\r\n\r\nYours  ", "Happy birthday!\n\nYours"),
        ("see https://evil.example/x?y=1", "see evil. example/x?y=1"),
        ("see www.evil.example now", "see www. evil. example now"),
        ("HTTP://1.2.3.4/", "1. 2. 3. 4/"),
        ("evil\u200d.example evil.\u200dexample", "evil. example evil. example"),
        ("\u0440\u0444\u200d\u200d\u3002\u200d\u0440\u0444", "\u0440\u0444. \u0440\u0444"),
        ("jav\u00adascript:x", "x"),
        ("javascript:alert(1)", "alert(1)"),
        ("mail me: a@evil.example", "mail me: a@evil. example"),
        ("evil\u3002example", "evil. example"),
        ("http\u200b://evil.example", "evil. example"),
        ("\uff48\uff54\uff54\uff50://evil.example", "evil. example"),
        ("abc\u202edef\u2066\x07", "abcdef"),
        ("one\r\ntwo\rthree\n\rfour", "one\ntwo\nthree\n\nfour"),
        ("v.3 3.v 3.5", "v. 3 3. v 3.5"),
        ("a\tb \n c", "a b\nc"),
        ("It cost 3.50. Really. ok", "It cost 3.50. Really. ok"),
        ("family: \U0001f468\u200d\U0001f469", "family: \U0001f468\u200d\U0001f469"),
    ],
)
def test_messages_are_plain_and_their_links_dead(typed: str, kept: str) -> None:
    assert sanitize_message(typed) == kept


@given(st.text())
def test_no_link_survives(text: str) -> None:
    assert "://" not in sanitize_message(f"{text}http://x.example")
    assert "x.example" not in sanitize_message(f"{text} http://x.example")


SIGNS = ".\u3002\uff61\u2024\uff0e:/@ \r\n\x00\u200b\u200d\u202e\u2066\ufeff\u00ad\u2028\U000e0061"
WORDS = ("http://", "//", "mailto:", "javascript:", "evil", "example", "\u0440\u0444", "1", "2.3")
PIECES = st.sampled_from((*SIGNS, *WORDS))
TYPED = st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join))
LIVE = re.compile(r"://|\b(?:mailto|javascript):|\w[.\u3002\uff61\u2024\uff0e][^\W\d_]")


def harmful_parts(text: str) -> list[str]:
    """What of ``text`` a program may make a link of, or what turns or hides other text."""
    hidden = [each for each in text if unicodedata.category(each) in {"Cc", "Cf"}]
    return LIVE.findall(text) + [each for each in hidden if each not in {"\n", "\u200d"}]


@given(TYPED)
def test_what_people_type_is_harmless_and_stays_so(text: str) -> None:
    """Finding "a name that is a link": whatever it is made of, once and again."""
    for clean in (sanitize_message, sanitize_line, sanitize_name):
        once = clean(text)
        assert harmful_parts(once) == []
        assert clean(once) == once
    assert "\n" not in sanitize_line(text)
    assert len(sanitize_name(text)) <= MAX_NAME_LENGTH


def test_a_name_is_one_short_line() -> None:
    assert sanitize_name(" Ada\nLovelace ") == "Ada Lovelace"
    assert sanitize_name("x" * 300) == "x" * 200


def test_messages_have_limits() -> None:
    assert fits_message_limits("x" * 2000)
    assert not fits_message_limits("x" * 2001)
    assert fits_message_limits("\n".join("x" * 20))
    assert not fits_message_limits("\n".join("x" * 21))
