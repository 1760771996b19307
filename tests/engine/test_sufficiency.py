"""Sufficiency: every finding has its level, code, field and suggestion."""

from dataclasses import replace

import pytest

from gateway.engine.address_rules import (
    AddressForm,
    AddressRules,
    Choice,
    FormField,
    Part,
    Region,
    address_form,
)
from gateway.engine.places import PostalAddress
from gateway.engine.sufficiency import Finding, FindingCode, Level, assess, name_findings

RULES = AddressRules(
    country="US",
    name="United States",
    required=frozenset({Part.LINES, Part.CITY, Part.REGION, Part.POSTAL_CODE}),
    order=(Part.NAME, Part.LINES, Part.CITY, Part.REGION, Part.POSTAL_CODE),
    labels=(
        (Part.NAME, "Name"),
        (Part.LINES, "Address"),
        (Part.CITY, "City"),
        (Part.REGION, "State"),
        (Part.POSTAL_CODE, "ZIP code"),
        (Part.PHONE, "Phone"),
    ),
    regions=(
        Region("CA", "California", frozenset({"ca", "california"}), "9[0-5]"),
        Region("NY", "New York", frozenset({"ny", "newyork"}), "1[0-4]"),
        Region("AE", "Armed Forces", frozenset({"ae"}), "09", military=True),
    ),
    postal_pattern=r"(\d{5})(?:[ \-](\d{4}))?",
    postal_example="95014",
)
HOME = PostalAddress(
    "Ada Lovelace", "us", " california ", "Mountain View", "94043 ", ("1 Oak Street", " ")
)


def test_a_good_address_is_cleaned_and_ok() -> None:
    judged = assess(HOME, RULES)
    clean = PostalAddress("Ada Lovelace", "US", "CA", "Mountain View", "94043", ("1 Oak Street",))
    assert (judged.address, judged.findings, judged.level) == (clean, (), Level.OK)


def test_what_is_missing_is_named_with_what_may_be_meant() -> None:
    judged = assess(replace(HOME, region=None, lines=("  ",)), RULES)
    assert judged.level is Level.ERROR
    assert judged.findings == (
        Finding(FindingCode.REQUIRED, Part.LINES, "Address is missing."),
        Finding(FindingCode.REQUIRED, Part.REGION, "State is missing.", ("CA",)),
    )


@pytest.mark.parametrize(
    ("change", "level", "code", "field", "suggestions"),
    [
        ({"postal_code": "94043 HELLO"}, "ERROR", "MALFORMED", "postalCode", ()),
        ({"postal_code": "940"}, "ERROR", "MALFORMED", "postalCode", ()),
        ({"city": "x" * 201}, "ERROR", "TOO_LONG", "city", ()),
        ({"lines": ("a",) * 6}, "ERROR", "TOO_LONG", "lines", ()),
        ({"region": "Kalifornia"}, "WARNING", "UNKNOWN_REGION", "region", ("CA",)),
        ({"region": "Bavaria"}, "WARNING", "UNKNOWN_REGION", "region", ("CA",)),
        ({"region": "NY"}, "WARNING", "REGION_MISMATCH", "region", ("CA",)),
        ({"lines": ("P.O. Box 7",)}, "WARNING", "PO_BOX", "lines", ()),
        ({"lines": ("Postfach 12",)}, "WARNING", "PO_BOX", "lines", ()),
        ({"region": "AE", "postal_code": "09001"}, "WARNING", "MILITARY", "region", ()),
    ],
)
def test_findings(
    change: dict[str, str], level: str, code: str, field: str, suggestions: tuple[str, ...]
) -> None:
    judged = assess(replace(HOME, **change), RULES)  # type: ignore[arg-type]
    assert judged.level == level
    found = [(each.level, each.code, each.field, each.suggestions) for each in judged.findings]
    assert found == [(level, code, field, suggestions)]


def test_the_worst_finding_decides() -> None:
    judged = assess(replace(HOME, postal_code="9", lines=("PO Box 1",)), RULES)
    assert [each.level for each in judged.findings] == [
        Level.ERROR,
        Level.WARNING,
        Level.WARNING,
    ]
    assert judged.level is Level.ERROR


def test_an_unknown_country_is_an_error() -> None:
    judged = assess(replace(HOME, country="zz"), None)
    message = "'ZZ' is not a country."
    assert judged.findings == (Finding(FindingCode.UNKNOWN_COUNTRY, Part.COUNTRY, message),)


def test_a_name_is_asked_for_apart() -> None:
    assert name_findings(HOME) == ()
    assert [each.field for each in name_findings(replace(HOME, name=" . "))] == [Part.NAME]


def test_a_form_asks_for_what_the_country_uses() -> None:
    states = (Choice("CA", "California"), Choice("NY", "New York"), Choice("AE", "Armed Forces"))
    assert address_form(RULES) == AddressForm(
        country="US",
        fields=(
            FormField(Part.NAME, "Name", required=True),
            FormField(Part.LINES, "Address", required=True),
            FormField(Part.CITY, "City", required=True),
            FormField(Part.REGION, "State", required=True, options=states),
            FormField(Part.POSTAL_CODE, "ZIP code", required=True, example="95014"),
            FormField(Part.PHONE, "Phone", required=False),
        ),
    )
