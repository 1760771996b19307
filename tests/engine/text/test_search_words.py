"""Words of searches, and keys of titles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.text.search_words import (
    MAX_SEARCH_WORDS,
    MAX_TEXT_WORDS,
    search_words,
    text_words,
)
from gateway.engine.text.sort_keys import MAX_SORT_KEY_LENGTH, title_sort_key


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Blue  MUG", ("blue", "mug")),
        ("Crème brûlée", ("creme", "brulee")),
        ("Straße Łódź Øre Æble Đakovo", ("strasse", "lodz", "ore", "aeble", "dakovo")),
        ("\u0130stanbul \u0131s\u0131", ("istanbul", "isi")),
        ("MUG-RED_2", ("mug", "red", "2")),
        ("\uff26\uff35\uff2c\uff2c \uff11\uff12", ("full", "12")),
        ("blue blu blue", ("blue",)),
        ("Levi's l\u2019eau", ("levis", "leau")),
        ('100% "quoted" (a OR b) NOT* col:x', ("100", "quoted", "a", "or", "b", "not", "col", "x")),
        ("?!* -- ''", ()),
        ("", ()),
        ("a\0b\ud800c", ("abc",)),
        ("🎁 gift", ("🎁", "gift")),
        ("❤️", ("❤",)),
        ("杯子", ("杯子",)),
        ("杯", ("杯",)),
        ("蓝色杯子 XL", ("蓝色", "色杯", "杯子", "xl")),
        ("がか", ("がか",)),
        ("한국", ("한국",)),
        ("हिन्दी", ("हिनदी",)),
    ],
)  # R110
def test_the_words_of_a_search(text: str, words: tuple[str, ...]) -> None:
    assert search_words(text) == words


def test_the_words_of_a_text() -> None:  # R110
    assert text_words(["Levi's Jeans", "jeans-501"]) == ("levi", "s", "jeans", "levis", "501")
    assert text_words(["蓝色杯子"]) == ("蓝色", "色杯", "杯子", "子")


@pytest.mark.parametrize("sign", "'`\u00b4\u02bb\u02bc\u2018\u2019\u2032\uff07")
def test_words_are_found_without_their_apostrophe(sign: str) -> None:
    """R110: whichever sign was typed for it, in the text or in the search."""
    words = text_words([f"O{sign}Neill"])
    for search in (f"O{sign}Neill", "O'Neill", "ONeill"):
        assert all(
            any(word.startswith(needed) for word in words) for needed in search_words(search)
        )


@pytest.mark.parametrize(
    "text", ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200d\u0937"]
)
def test_words_are_found_without_their_joiners(text: str) -> None:
    """R110: Persian and Hindi are typed with and without them."""
    words = text_words([text])
    for search in (text, text.replace("\u200c", "").replace("\u200d", "")):
        needed_words = search_words(search)
        assert needed_words
        assert all(any(word.startswith(needed) for word in words) for needed in needed_words)


def test_a_text_of_very_many_words_is_cut() -> None:
    assert len(text_words([" ".join(map(str, range(MAX_TEXT_WORDS + 9)))])) == MAX_TEXT_WORDS
    assert search_words(" ".join(map(str, range(10, 99)))) == tuple(
        map(str, range(10, 10 + MAX_SEARCH_WORDS))
    )
    assert search_words("x" * 200) == ("x" * 48,)


@given(st.text(max_size=30))
def test_every_word_of_a_text_finds_it(text: str) -> None:  # R110
    words = text_words([text])
    for search_word in search_words(text):
        assert any(word.startswith(search_word) for word in words)


@given(st.text(max_size=30))
def test_words_need_no_quotes_in_any_database(text: str) -> None:
    for word in (*text_words([text]), *search_words(text)):
        assert word
        assert all(character.isalnum() or ord(character) > 127 for character in word)
        assert not any(character.isspace() for character in word)
        assert word == word.casefold()


@given(st.text(max_size=300))
def test_a_title_s_key_is_short_and_fits_every_database(title: str) -> None:
    key = title_sort_key(title)
    assert len(key) <= MAX_SORT_KEY_LENGTH
    assert "\0" not in key
    key.encode()


def test_titles_are_sorted_without_case_and_accents() -> None:
    titles = [
        "zebra",
        "Äpfel",
        "apple",
        "Zebu",
        "éclair",
        "10 cups",
        "_x",
        "$5",
        "Ωmega",
        "Ecru",
        "%",
    ]
    assert sorted(titles, key=title_sort_key) == [
        "%", "_x", "$5", "10 cups", "Äpfel", "apple", "éclair", "Ecru", "zebra", "Zebu", "Ωmega",
    ]  # fmt: skip
    assert title_sort_key("CAFÉ  au lait") == title_sort_key("cafe au lait") == "cafe au lait"
    assert title_sort_key("カップ") == title_sort_key("かっぷ")
