"""Words to strangers are harmless; contacts shown to a giver are masked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.gifts.words import (
    harmless_message,
    harmless_name,
    message_fits,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Happy birthday!\r\n\r\n\r\n\r\nYours  ", "Happy birthday!\n\nYours"),
        ("see https://evil.example/x?y=1", "see evil. example/x?y=1"),
        ("see www.evil.example now", "see www. evil. example now"),
        ("HTTP://1.2.3.4/", "1.2.3.4/"),
        ("javascript:alert(1)", "alert(1)"),
        ("mail me: a@evil.example", "mail me: a@evil. example"),
        ("evil\u3002example", "evil. example"),
        ("http\u200b://evil.example", "evil. example"),
        ("\uff48\uff54\uff54\uff50://evil.example", "evil. example"),
        ("abc\u202edef\u2066\x07", "abcdef"),
        ("It cost 3.50. Really. ok", "It cost 3.50. Really. ok"),
        ("family: \U0001f468\u200d\U0001f469", "family: \U0001f468\u200d\U0001f469"),
    ],
)
def test_messages_are_plain_and_their_links_dead(typed: str, kept: str) -> None:
    assert harmless_message(typed) == kept


@given(st.text())
def test_no_link_survives(text: str) -> None:
    assert "://" not in harmless_message(f"{text}http://x.example")
    assert "x.example" not in harmless_message(f"{text} http://x.example")


def test_a_name_is_one_short_line() -> None:
    assert harmless_name(" Ada\nLovelace ") == "Ada Lovelace"
    assert harmless_name("x" * 200) == "x" * 100


def test_messages_have_limits() -> None:
    assert message_fits("x" * 1000)
    assert not message_fits("x" * 1001)
    assert message_fits("\n".join("x" * 20))
    assert not message_fits("\n".join("x" * 21))
