"""R104: a postal code is kept as its country writes it, and never becomes another."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.reference.countries import CountryDataSet
from gateway.engine.addresses.country_rules import AddressRules
from gateway.engine.addresses.postal_codes import (
    compact_postal_code,
    format_postal_code,
    is_valid_postal_code,
)
from gateway.engine.addresses.postal_prefixes import compile_prefix_pattern

COUNTRIES = CountryDataSet()


def rules_of(country: str) -> AddressRules:
    rules = COUNTRIES.rules_for(country)
    assert rules is not None
    return rules


@cache
def rules_with_codes() -> list[AddressRules]:
    """Of all countries: not read before a test wants them."""
    every_country = [rules_of(each.code) for each in COUNTRIES.country_options()]
    return [rules for rules in every_country if rules.postal_pattern is not None]


def examples() -> list[tuple[AddressRules, str]]:
    return [(rules, code) for rules in rules_with_codes() for code in rules.postal_examples]


ANY_RULES = st.deferred(lambda: st.sampled_from(rules_with_codes()))
ANY_EXAMPLE = st.deferred(lambda: st.sampled_from(examples()))
DASHES = "-~\u2010\u2013\u2212\u30fc\uff0d\uff70\u02d7\u2043\u2500\u2501\u301c\u05be\u30a0\u3030"
WIDE = str.maketrans({chr(at): chr(at + 0xFEE0) for at in range(0x21, 0x7F)})


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("GB", "SW1A-1AA", "SW1A 1AA"),
        ("GB", "EC1A-1BB", "EC1A 1BB"),
        ("GB", "W1A-0AX", "W1A 0AX"),
        ("GB", "SW1A\u22121AA", "SW1A 1AA"),
        ("GB", "uk sw1a1aa", "SW1A 1AA"),
        ("AR", "C-1070AAM", "C1070AAM"),
        ("JP", "\u3012100-0001", "100-0001"),
        ("JP", "\uff11\uff10\uff10\u30fc\uff10\uff10\uff10\uff11", "100-0001"),
        ("ES", "ES-35001", "35001"),
        ("ES", "E 35001", "35001"),
        ("DE", "D-78266", "78266"),
        ("LU", "L-1234", "1234"),
        ("PL", "PL-00-950", "00-950"),
        ("PL", "00950", "00-950"),
        ("PT", "9000001", "9000-001"),
        ("NL", "NL-1012ab", "1012 AB"),
        ("IE", "d02af30", "D02 AF30"),
        ("KY", "KY1 1100", "KY1-1100"),
        ("JE", "je23ab", "JE2 3AB"),
    ],
)
def test_codes_as_people_type_them(country: str, typed: str, kept: str) -> None:
    assert format_postal_code(typed, rules_of(country)) == kept


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("DE", "F-75001"),  # a French code is no German one
        ("US", "CA 94043"),
        ("GB", "E10"),
        ("GB", "SW1A 1AA HELLO"),
        ("DE", "1234"),
        ("FR", "4111 1111 1111 1111"),
    ],
)
def test_what_is_no_code_of_the_country_stays_so(country: str, typed: str) -> None:
    assert format_postal_code(typed, rules_of(country)) == typed
    assert not is_valid_postal_code(typed, rules_of(country))


@given(ANY_EXAMPLE, st.sampled_from(DASHES), st.data())
def test_every_way_of_writing_a_code_comes_to_one(
    example: tuple[AddressRules, str], dash: str, data: st.DataObject
) -> None:
    rules, code = example
    before = data.draw(st.sampled_from(["", " ", f"{rules.country}-", f"{rules.country} "]))
    parted = code.replace(" ", dash).replace("-", dash)
    typed = before + data.draw(
        st.sampled_from([code, parted, compact_postal_code(code), code.lower()])
    )
    typed = data.draw(st.sampled_from([typed, f"\u3012{typed}", typed.translate(WIDE)]))
    written_code = format_postal_code(typed, rules)
    assert is_valid_postal_code(written_code, rules)
    assert compact_postal_code(written_code) in {
        compact_postal_code(code),
        compact_postal_code(before) + compact_postal_code(code),
    }
    assert format_postal_code(written_code, rules) == written_code


@given(ANY_RULES, st.text(max_size=16))
def test_no_code_becomes_another(rules: AddressRules, typed: str) -> None:
    """What is kept equals what was typed, but for the country's sign."""
    written_code = format_postal_code(typed, rules)
    assert format_postal_code(written_code, rules) == written_code
    assert compact_postal_code(typed).endswith(
        compact_postal_code(written_code)
    ) or compact_postal_code(written_code).endswith(compact_postal_code(typed))


def test_codes_begin_as_they_do() -> None:
    assert len(examples()) > 300
    for rules, code in examples():
        code_beginnings = compile_prefix_pattern(rules.postal_pattern or "")
        plain = compact_postal_code(code)
        beginnings = [plain[:length] for length in range(len(plain) + 1)]
        others = [each for each in beginnings if not code_beginnings.fullmatch(each)]
        assert others == [], (rules.country, code)
        assert not code_beginnings.fullmatch(f"{plain}ZZ"), (rules.country, code)


@pytest.mark.parametrize(
    ("country", "begins"),
    [
        ("GB", ["S", "SW", "SW1", "SW1A", "PA67", "BFPO", "GIR", "JE2"]),
        ("DE", ["1", "10115"]),
        ("CA", ["K1A", "L4L"]),
        ("NL", ["1012", "1012A"]),
        ("US", ["9404", "940431234"]),
    ],
)
def test_beginnings(country: str, begins: list[str]) -> None:
    code_beginnings = compile_prefix_pattern(rules_of(country).postal_pattern or "")
    assert all(code_beginnings.fullmatch(each) for each in begins)
    others = {"GB": "UK", "DE": "A", "CA": "KA", "NL": "0", "US": "9404X"}
    assert not code_beginnings.fullmatch(others[country])
