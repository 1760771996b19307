"""Tax ids of all countries: form, check digits, and whose they are."""

import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import pytest
import stdnum
from hypothesis import given
from hypothesis import strategies as st
from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

from gateway.adapters.reference.tax_ids import (
    NAMES_OF_OTHER_IDS,
    StandardTaxIds,
    find_number_form,
)
from gateway.services.ports.tax_ids import MAX_TAX_ID_LENGTH, TaxId, TaxIdProblem

FORMS = StandardTaxIds()
COUNTRIES = sorted(
    each.name.strip("_").upper()
    for each in pkgutil.iter_modules(stdnum.__path__)
    if each.ispkg and len(each.name.strip("_")) == 2
)
EXAMPLE = re.compile(r">>> validate\('([^']+)'\)")


def number_module(country: str) -> ModuleType | None:
    name = NAMES_OF_OTHER_IDS.get(country, "vat")
    module: object = get_cc_module(country.lower(), name)
    return module if isinstance(module, ModuleType) else None


def documented_examples() -> Iterator[tuple[str, str, bool]]:
    """Countries with the numbers in their modules' documentation, and whether those are valid."""
    for country in COUNTRIES:
        module = None if country == "EU" else number_module(country)
        for text in EXAMPLE.findall((module.__doc__ or "") if module else ""):
            yield country, text, is_valid(module, text)


def is_valid(module: ModuleType | None, text: str) -> bool:
    assert module is not None
    try:
        module.validate(text)
    except ValidationError:
        return False
    return True


EXAMPLES = sorted(set(documented_examples()))


def test_there_are_examples_of_most_of_the_world() -> None:
    countries = {country for country, _, _ in EXAMPLES}
    assert len(countries) > 75
    assert countries >= {"AT", "AU", "BR", "CA", "CH", "DE", "GB", "IN", "JP", "MX", "NO", "US"}


@pytest.mark.parametrize(("country", "text", "valid"), EXAMPLES)
def test_ids_are_judged_as_their_countries_do(
    country: str,
    text: str,
    valid: bool,  # noqa: FBT001
) -> None:
    """R134: each country that the library knows; a wrong digit is no tax id."""
    parsed = FORMS.parse(text, country)
    # In Monaco, an id of France counts, too.
    assert isinstance(parsed, TaxId) is (valid or isinstance(FORMS.parse(text, None), TaxId))
    if isinstance(parsed, TaxId):
        assert FORMS.parse(parsed.text, country) == parsed


@pytest.mark.parametrize(
    ("text", "country", "tax_id"),
    [
        ("DE136695976", None, TaxId("DE136695976", "DE")),
        (" de 136 695 976 ", "FR", TaxId("DE136695976", "DE")),
        ("136695976", "DE", TaxId("DE136695976", "DE")),
        ("EL 094259216", None, TaxId("EL094259216", "GR")),
        ("094259216", "GR", TaxId("EL094259216", "GR")),
        ("GR094259216", None, TaxId("EL094259216", "GR")),
        ("FR 40 303 265 045", "DE", TaxId("FR40303265045", "FR")),
        ("GB 980 7806 84", None, TaxId("GB980780684", "GB")),
        ("XI 980 7806 84", "GB", TaxId("XI980780684", "XI")),
        ("CHE-107.787.577 IVA", None, TaxId("CHE107787577IVA", "CH")),
        ("91-1144442", "US", TaxId("911144442", "US")),
        ("83 914 571 673", "AU", TaxId("83914571673", "AU")),
        # Which begins like an id of Sweden, and is one of Mexico.
        ("SEP 921218TH8", "MX", TaxId("SEP921218TH8", "MX")),
    ],
)
def test_an_id_says_its_country_or_has_the_destinations(
    text: str, country: str | None, tax_id: TaxId
) -> None:
    assert FORMS.parse(text, country) == tax_id


@pytest.mark.parametrize(
    ("text", "country", "fault"),
    [
        ("DE136695978", None, TaxIdProblem.MALFORMED),
        ("136695978", "DE", TaxIdProblem.MALFORMED),
        ("136695976", None, TaxIdProblem.UNKNOWN_COUNTRY),
        ("1234567", "HK", TaxIdProblem.UNKNOWN_COUNTRY),
        ("", None, TaxIdProblem.UNKNOWN_COUNTRY),
        ("DE", None, TaxIdProblem.MALFORMED),
        ("D", "DE", TaxIdProblem.MALFORMED),
        ("1" * (MAX_TAX_ID_LENGTH + 1), "DE", TaxIdProblem.MALFORMED),
        ("../etc", "..", TaxIdProblem.UNKNOWN_COUNTRY),
    ],
)
def test_what_is_no_id_is_refused(text: str, country: str | None, fault: TaxIdProblem) -> None:
    assert FORMS.parse(text, country) is fault


@given(digit=st.integers(1, 9), position=st.integers(2, 10))
def test_no_wrong_digit_passes(digit: int, position: int) -> None:
    """ISO 7064 finds every single wrong digit of a German id."""
    text = "DE136695976"
    wrong_digit = (int(text[position]) + digit) % 10
    wrong = text[:position] + str(wrong_digit) + text[position + 1 :]
    assert FORMS.parse(wrong, None) is TaxIdProblem.MALFORMED


@given(text=st.text(max_size=60), country=st.sampled_from([*COUNTRIES, "HK", None]))
def test_any_text_has_an_answer(text: str, country: str | None) -> None:
    parsed = FORMS.parse(text, country)
    assert not isinstance(parsed, TaxId) or len(parsed.text) <= MAX_TAX_ID_LENGTH


def test_forms_are_found_by_country_alone() -> None:
    assert find_number_form("DE") is not None
    assert [find_number_form(text) for text in ("de1", "é", "", "eu/")] == [None] * 4
