"""Sufficiency: every finding has its level, code, field and suggestion."""

from dataclasses import replace

import pytest

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.addresses.country_rules import (
    AddressField,
    AddressFormat,
    AddressPart,
    AddressRules,
    FormOption,
    Region,
    build_address_format,
)
from gateway.engine.addresses.validation import (
    AddressFinding,
    AddressFindingCode,
    AddressVerdict,
    assess_address,
    name_findings,
)

RULES = AddressRules(
    country="US",
    name="United States",
    required=frozenset(
        {AddressPart.LINES, AddressPart.CITY, AddressPart.REGION, AddressPart.POSTAL_CODE}
    ),
    part_order=(
        AddressPart.NAME,
        AddressPart.LINES,
        AddressPart.CITY,
        AddressPart.REGION,
        AddressPart.POSTAL_CODE,
    ),
    labels=(
        (AddressPart.NAME, "Name"),
        (AddressPart.LINES, "Address"),
        (AddressPart.CITY, "City"),
        (AddressPart.REGION, "State"),
        (AddressPart.POSTAL_CODE, "ZIP code"),
        (AddressPart.PHONE, "Phone"),
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
    assessment = assess_address(HOME, RULES)
    clean = PostalAddress("Ada Lovelace", "US", "CA", "Mountain View", "94043", ("1 Oak Street",))
    assert (assessment.address, assessment.findings, assessment.level) == (
        clean,
        (),
        AddressVerdict.OK,
    )


def test_what_is_missing_is_named_with_what_may_be_meant() -> None:
    assessment = assess_address(replace(HOME, region=None, lines=("  ",)), RULES)
    assert assessment.level is AddressVerdict.ERROR
    assert assessment.findings == (
        AddressFinding(AddressFindingCode.REQUIRED, AddressPart.LINES, "Address is missing."),
        AddressFinding(
            AddressFindingCode.REQUIRED, AddressPart.REGION, "State is missing.", ("CA",)
        ),
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
    assessment = assess_address(replace(HOME, **change), RULES)  # type: ignore[arg-type]
    assert assessment.level == level
    actual = [(each.level, each.code, each.field, each.suggestions) for each in assessment.findings]
    assert actual == [(level, code, field, suggestions)]


def test_the_worst_finding_decides() -> None:
    assessment = assess_address(replace(HOME, postal_code="9", lines=("PO Box 1",)), RULES)
    assert [each.level for each in assessment.findings] == [
        AddressVerdict.ERROR,
        AddressVerdict.WARNING,
        AddressVerdict.WARNING,
    ]
    assert assessment.level is AddressVerdict.ERROR


def test_an_unknown_country_is_an_error() -> None:
    assessment = assess_address(replace(HOME, country="zz"), None)
    message = "'ZZ' is not a country."
    assert assessment.findings == (
        AddressFinding(AddressFindingCode.UNKNOWN_COUNTRY, AddressPart.COUNTRY, message),
    )


def test_a_name_is_asked_for_apart() -> None:
    assert name_findings(HOME) == ()
    assert [each.field for each in name_findings(replace(HOME, name=" . "))] == [AddressPart.NAME]


def test_a_form_asks_for_what_the_country_uses() -> None:
    states = (
        FormOption("CA", "California"),
        FormOption("NY", "New York"),
        FormOption("AE", "Armed Forces"),
    )
    assert build_address_format(RULES) == AddressFormat(
        country="US",
        fields=(
            AddressField(AddressPart.NAME, "Name", required=True),
            AddressField(AddressPart.LINES, "Address", required=True),
            AddressField(AddressPart.CITY, "City", required=True),
            AddressField(AddressPart.REGION, "State", required=True, options=states),
            AddressField(AddressPart.POSTAL_CODE, "ZIP code", required=True, example="95014"),
            AddressField(AddressPart.PHONE, "Phone", required=False),
        ),
    )
