"""Postal codes as people type them, and as their country writes them."""

from dataclasses import replace

import pytest

from gateway.engine.addresses.country_rules import AddressRules
from gateway.engine.addresses.postal_codes import (
    clean_postal_code,
    compact_postal_code,
    format_postal_code,
    is_valid_postal_code,
)
from tests.engine.addresses.countries import AMERICA, BRITAIN, CANADA, SPAIN


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        (" k1a  0b1 ", "K1A 0B1"),
        ("〒100 \u2212 0001", "100-0001"),
        ("100ー0001", "100-0001"),
        ("100—0001", "100-0001"),
        ("100~0001", "100-0001"),
        ("\uff11\uff10\uff10-\uff10\uff10\uff10\uff11", "100-0001"),
        ("- 94043 -", "94043"),
        ("100 - - 0001", "100-0001"),
        ("XX9", "XX9"),
    ],
)
def test_a_code_is_cleaned(typed: str, clean: str) -> None:
    assert clean_postal_code(typed) == clean


def test_codes_are_compared_by_letters_and_digits() -> None:
    assert compact_postal_code(" k1a-0.b1 ") == "K1A0B1"


LATVIA = replace(
    SPAIN,
    country="LV",
    postal_pattern=r"LV-\d{4}",
    postal_examples=("LV-1073",),
    postal_prefix="LV-",
)
CAYMAN = replace(
    SPAIN,
    country="KY",
    postal_pattern=r"KY\d-\d{4}",
    postal_examples=("KY1-1100",),
)
SWEDEN = replace(
    SPAIN,
    country="SE",
    postal_pattern=r"\d{3} ?\d{2}",
    postal_examples=("111 30",),
    postal_prefix="SE-",
)
MIXED = replace(
    SPAIN,
    country="XX",
    postal_pattern=r"\d{2} \d{2}|[A-Z]{2}-\d{2}",
    postal_examples=("12 34", "AB-12"),
)
FRANCE = replace(SPAIN, country="FR", postal_prefix="F-")


@pytest.mark.parametrize(
    ("rules", "typed", "written"),
    [
        (CANADA, "k1a0b1", "K1A 0B1"),
        (CANADA, "K1A-0B1", "K1A 0B1"),
        (CANADA, "CA K1A 0B1", "K1A 0B1"),
        (CANADA, "9", "9"),
        (AMERICA, "94043", "94043"),
        (AMERICA, "940431234", "94043-1234"),
        (AMERICA, "94043 1234", "94043 1234"),
        (AMERICA, "USA 94043", "94043"),
        (AMERICA, "US-94043", "94043"),
        (AMERICA, "94043-12", "94043-12"),
        (SPAIN, "E-28001", "28001"),
        (SPAIN, "ES28001", "28001"),
        (SPAIN, "F-28001", "F-28001"),
        (FRANCE, "F-75001", "75001"),
        (SWEDEN, "SE-11130", "111 30"),
        (SWEDEN, "S 111 30", "111 30"),
        (LATVIA, "1073", "LV-1073"),
        (LATVIA, "lv1073", "LV-1073"),
        (LATVIA, "LV-1073", "LV-1073"),
        (CAYMAN, "1-1100", "KY1-1100"),
        (CAYMAN, "KY11100", "KY1-1100"),
        (MIXED, "1234", "12 34"),
        (MIXED, "AB12", "AB-12"),
        (BRITAIN, "sw1a1aa", "SW1A1AA"),
    ],
)
def test_a_code_is_written_as_its_country_does(
    rules: AddressRules, typed: str, written: str
) -> None:
    assert format_postal_code(typed, rules) == written


def test_a_whole_code_fits_the_form_of_its_country() -> None:
    assert is_valid_postal_code("28001", SPAIN)
    assert not is_valid_postal_code("280011", SPAIN)
    assert not is_valid_postal_code("2800", SPAIN)
    assert not is_valid_postal_code("SW1A 1AA", BRITAIN)
