"""Language tags in their usual case."""

import pytest

from gateway.engine.text.language_tags import normalize_language_tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en", "en"),
        ("EN-us", "en-US"),
        (" de_at ", "de-AT"),
        ("ZH-hant-tw", "zh-Hant-TW"),
        ("sl-rozaj-biske-1994", "sl-rozaj-biske-1994"),
        ("en-u-CA-GREGORY", "en-u-ca-gregory"),
        ("es-419", "es-419"),
    ],
)
def test_a_tag_is_written_as_usual(text: str, tag: str) -> None:
    assert normalize_language_tag(text) == tag


@pytest.mark.parametrize("text", ["", "e", "english language", "en-", "-en", "1en", "en--US"])
def test_what_is_no_tag_is_refused(text: str) -> None:
    assert normalize_language_tag(text) is None


def test_a_tag_is_at_most_35_characters() -> None:
    assert normalize_language_tag("en-" + "-".join(["abcd"] * 6) + "-xyz") is None
