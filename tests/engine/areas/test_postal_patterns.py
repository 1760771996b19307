"""Postal patterns: the spans of keys they hold, and which texts are none (R104)."""

import pytest

from gateway.engine.areas.postal_patterns import (
    MalformedPattern,
    PostalKeySpan,
    PostalPattern,
    parse_postal_pattern,
    postal_code_key,
)


def span(first: str, last: str | None = None, *, exact_length: bool = False) -> PostalKeySpan:
    return PostalKeySpan(first, first if last is None else last, exact_length)


def whole(*spans: PostalKeySpan, ends: tuple[str, ...]) -> PostalPattern:
    return PostalPattern(spans, ends)


def partial(*spans: PostalKeySpan, ends: tuple[str, ...]) -> PostalPattern:
    return PostalPattern(spans, ends, partial=True)


# -- keys


@pytest.mark.parametrize(
    ("country", "code", "key"),
    [
        ("US", "94043-1234", "940431234"),
        ("CA", "k1a 0b1", "K1A0B1"),
        ("GB", "SE1 1AA", "SE01 1AA"),
        ("GB", "SE1P 4AA", "SE01P4AA"),
        ("GB", "SE10 1AA", "SE10 1AA"),
        ("GG", "gy1 1aa", "GY01 1AA"),
        ("GB", "W1A 0AX", "W 01A0AX"),
        ("GB", "SE1", "SE01 "),
        ("GB", "SE1P", "SE01P"),
        ("GB", "E12", "E 12 "),
        ("GB", "SE", "SE"),
        ("GB", "BFPO 61", "~BFPO61"),
        ("GB", "SE1 1A", "~SE11A"),
    ],
)
def test_keys_of_british_codes_stand_in_columns(country: str, code: str, key: str) -> None:
    assert postal_code_key(country, code) == key


# -- spans


@pytest.mark.parametrize(
    ("exact_length", "key", "included"),
    [
        (False, "099", False),
        (False, "100", True),
        (False, "199", True),
        (False, "200", False),
        (False, "19999", True),
        (False, "10", False),
        (True, "100", True),
        (True, "199", True),
        (True, "1500", False),
        (True, "15", False),
    ],
)
def test_a_span_includes_keys_by_its_own_length(
    exact_length: bool,  # noqa: FBT001
    key: str,
    included: bool,  # noqa: FBT001
) -> None:
    assert span("100", "199", exact_length=exact_length).includes(key) is included


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        (span("10", "19"), span("10", "19"), True),
        (span("10", "19"), span("100", "199"), True),
        (span("10", "19"), span("100", "200"), False),
        (span("10", "19"), span("099", "199"), False),
        (span("10", "19"), span("1", "1"), False),
        (span("", ""), span("1", "1"), True),
        (span("10", "19"), span("100", exact_length=True), True),
        (span("10", "19", exact_length=True), span("15", exact_length=True), True),
        (span("10", "19", exact_length=True), span("15"), False),
        (span("10", "19", exact_length=True), span("150", exact_length=True), False),
        (span("10", "19", exact_length=True), span("150"), False),
    ],
)
def test_a_span_covers_another(outer: PostalKeySpan, inner: PostalKeySpan, covered: bool) -> None:  # noqa: FBT001
    assert outer.covers(inner) is covered


@pytest.mark.parametrize(
    ("left", "right", "overlaps"),
    [
        (span("10", "19"), span("19", "25"), True),
        (span("10", "19"), span("20", "25"), False),
        (span("10", "19"), span("199", "250"), True),
        (span("10", "19"), span("200", "250"), False),
        (span("1"), span("10", "19"), True),
        (span("10", "19", exact_length=True), span("150", exact_length=True), False),
        (span("10", "19", exact_length=True), span("15", exact_length=True), True),
        (span("10", "19", exact_length=True), span("150"), True),
        (span("10", "19"), span("150", exact_length=True), True),
    ],
)
def test_spans_overlap(left: PostalKeySpan, right: PostalKeySpan, overlaps: bool) -> None:  # noqa: FBT001
    assert (left.overlaps(right), right.overlaps(left)) == (overlaps, overlaps)


# -- patterns


@pytest.mark.parametrize(
    ("country", "text", "pattern"),
    [
        # A code, a beginning, a range.
        ("US", "94043", whole(span("94043", exact_length=True), ends=("94043",))),
        ("US", " 94043 ", whole(span("94043", exact_length=True), ends=("94043",))),
        ("US", "9404*", partial(span("9404"), ends=("9404",))),
        ("US", "9404* ", partial(span("9404"), ends=("9404",))),
        (
            "DE",
            "10000-10999",
            whole(span("10000", "10999", exact_length=True), ends=("10000", "10999")),
        ),
        ("DE", "10115-10115", whole(span("10115", exact_length=True), ends=("10115", "10115"))),
        # Codes of two parts: the first alone stands for all that begin so.
        ("NL", "1012", partial(span("1012"), ends=("1012",))),
        ("NL", "1012 ab", whole(span("1012AB", exact_length=True), ends=("1012AB",))),
        ("NL", "1012 A*", partial(span("1012A"), ends=("1012A",))),
        ("NL", "1000-1099", partial(span("1000", "1099"), ends=("1000", "1099"))),
        ("CA", "K1A-K1C", partial(span("K1A", "K1C"), ends=("K1A", "K1C"))),
        # A dash that joins the parts of one code is no range.
        ("PT", "9000-001", whole(span("9000001", exact_length=True), ends=("9000001",))),
        ("JP", "100-0001", whole(span("1000001", exact_length=True), ends=("1000001",))),
        ("PT", "900-901", whole(span("900", "901", exact_length=True), ends=("900", "901"))),
        ("JP", "100-102", partial(span("100", "102"), ends=("100", "102"))),
        (
            "JP",
            "100-0001-102-8281",
            whole(span("1000001", "1028281", exact_length=True), ends=("1000001", "1028281")),
        ),
        ("PL", "00-05", partial(span("00", "05"), ends=("00", "05"))),
        ("US", "94043-1234", whole(span("940431234", exact_length=True), ends=("940431234",))),
        ("US", "94-043-12", whole(span("9404312", exact_length=True), ends=("9404312",))),
        # British districts.
        ("GB", "SE1 *", partial(span("SE01 "), ends=("SE11AA",))),
        ("GB", "SE1-*", partial(span("SE01 "), ends=("SE11AA",))),
        ("GB", "SE1 2*", partial(span("SE01 2"), ends=("SE12AA",))),
        ("GB", "SE1 2B*", partial(span("SE01 2B"), ends=("SE12BA",))),
        ("GB", "SE1 2BC*", partial(span("SE01 2BC"), ends=("SE12BC",))),
        ("GB", "SE1P *", partial(span("SE01P"), ends=("SE1P1AA",))),
        ("GB", "SE10 *", partial(span("SE10 "), ends=("SE101AA",))),
        ("GB", "SE1", partial(span("SE01"), ends=("SE1",))),
        ("GB", "SE1P", partial(span("SE01P"), ends=("SE1P",))),
        ("GB", "SE10", partial(span("SE10"), ends=("SE10",))),
        ("GB", "SW1A 1AA", whole(span("SW01A1AA"), ends=("SW1A1AA",))),
        ("GB", "KW15-KW17", partial(span("KW15", "KW17"), ends=("KW15", "KW17"))),
        ("GB", "KW15-KW15", partial(span("KW15", "KW15"), ends=("KW15", "KW15"))),
        ("GB", "EC1-EC4", partial(span("EC01", "EC04"), ends=("EC1", "EC4"))),
        (
            "GB",
            "SW1A 1AA-SW1A 2AA",
            partial(span("SW01A1AA", "SW01A2AA"), ends=("SW1A1AA", "SW1A2AA")),
        ),
        ("GB", "SW1A-1AA", whole(span("SW01A1AA"), ends=("SW1A1AA",))),
        # British beginnings.
        ("GB", "SE1*", partial(span("SE01"), span("SE10", "SE19"), ends=("SE1",))),
        ("GB", "E1*", partial(span("E 01"), span("E 10", "E 19"), ends=("E1",))),
        ("GB", "SE12*", partial(span("SE12 "), ends=("SE12",))),
        ("GB", "SE1P*", partial(span("SE01P"), ends=("SE1P",))),
        ("GB", "SE*", partial(span("SE"), ends=("SE",))),
        ("GB", "B*", partial(span("B"), span("~B"), ends=("B",))),
        ("GB", "G*", partial(span("G"), span("~G"), ends=("G",))),
        ("GB", "BF*", partial(span("BF"), span("~BF"), ends=("BF",))),
        ("GB", "BFPO*", partial(span("~BFPO"), ends=("BFPO",))),
        ("GB", "BFPO6*", partial(span("~BFPO6"), ends=("BFPO6",))),
        ("GB", "GIR*", partial(span("~GIR"), ends=("GIR",))),
        # Codes without a district.
        ("GB", "GIR 0AA", whole(span("~GIR0AA", exact_length=True), ends=("GIR0AA",))),
        ("GB", "BFPO 61", whole(span("~BFPO61", exact_length=True), ends=("BFPO61",))),
    ],
)
def test_what_a_pattern_holds(country: str, text: str, pattern: PostalPattern) -> None:
    assert parse_postal_pattern(country, text) == pattern


@pytest.mark.parametrize(
    ("country", "text", "message"),
    [
        ("US", "", "not a postal pattern: ''"),
        ("US", "*", "not a postal pattern: '*'"),
        ("US", "9*4*", "not a postal pattern: '9*4*'"),
        ("US", "940é", "not a postal pattern: '940é'"),
        ("DE", "10999-10000", "a range ends before it begins: '10999-10000'"),
        ("GB", "SE1 X9*", "no outward code before the space: 'SE1 X9*'"),
        ("GB", "SE 1*", "no outward code before the space: 'SE 1*'"),
        ("GB", "SE1 11*", "no outward code before the space: 'SE1 11*'"),
        ("GB", "SE11A*", "an outward code ends with a space: 'SE11A*'"),
        ("GB", "KW1-SE2", "both ends of a range are of one area: 'KW1-SE2'"),
        ("GB", "KW1-KW2A", "both ends of a range are of one area: 'KW1-KW2A'"),
        ("GB", "KW17-KW15", "a range ends before it begins: 'KW17-KW15'"),
        ("GB", "K-KW2", "a range goes from one district or code to another: 'K-KW2'"),
        ("GB", "SE1A1", "a range goes from one district or code to another: 'SE1A1'"),
        ("GB", "SE", "codes of an area are written SE*, so this is no pattern: 'SE'"),
    ],
)
def test_what_is_no_pattern(country: str, text: str, message: str) -> None:
    with pytest.raises(MalformedPattern) as raised:
        parse_postal_pattern(country, text)
    assert str(raised.value) == message


def test_a_pattern_matches_a_key_in_any_of_its_spans() -> None:
    pattern = parse_postal_pattern("GB", "SE1*")
    codes = ("SE1 1AA", "SE19 1AA", "SE2 1AA", "SE21 1AA")
    matches = [pattern.matches(postal_code_key("GB", code)) for code in codes]
    assert matches == [True, True, False, False]
