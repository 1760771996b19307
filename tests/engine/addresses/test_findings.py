"""Every finding of an address, word for word."""

from dataclasses import replace

import pytest

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.addresses.country_rules import AddressPart, AddressRules, Region
from gateway.engine.addresses.validation import (
    AddressFinding,
    AddressFindingCode,
    AddressVerdict,
    assess_address,
    clean_address,
    name_findings,
    similar_regions,
)
from tests.engine.addresses.countries import AMERICA, CANADA, SPAIN

OTTAWA = PostalAddress("Ada Lovelace", "CA", "ON", "Ottawa", "K1A 0B1", ("1 Elm Street",))
LABEL_LIMIT = "More than 200 characters do not fit a label."
FORCES = "A forces' post address: not every carrier goes there."
FORCES_POST = Region("AE", "Armed Forces", frozenset({"ae"}), "09", military=True)
ABROAD = replace(AMERICA, regions=(*AMERICA.regions, FORCES_POST))


def findings(
    rules: AddressRules = CANADA, address: PostalAddress = OTTAWA, **changes: object
) -> tuple[AddressFinding, ...]:
    return assess_address(replace(address, **changes), rules).findings  # type: ignore[arg-type]


def finding(
    code: AddressFindingCode, part: AddressPart, message: str, *suggestions: str
) -> tuple[AddressFinding, ...]:
    return (AddressFinding(code, part, message, suggestions),)


def test_an_address_without_fault() -> None:
    assert findings() == ()
    longest = "x" * 200
    assert findings(city=longest, name=longest, lines=(longest,) * 5) == ()


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"name": "x" * 201}, AddressPart.NAME),
        ({"city": "x" * 201}, AddressPart.CITY),
        ({"lines": ("x" * 201,)}, AddressPart.LINES),
    ],
)
def test_what_does_not_fit_a_label(changes: dict[str, object], part: AddressPart) -> None:
    expected = finding(AddressFindingCode.TOO_LONG, part, LABEL_LIMIT)
    assert findings(**changes) == expected  # type: ignore[arg-type]


def test_too_many_lines() -> None:
    message = "More than 5 lines do not fit a label."
    assert findings(lines=("a",) * 6) == finding(
        AddressFindingCode.TOO_LONG, AddressPart.LINES, message
    )
    # A long region and a long code are also unknown and malformed.
    codes = [entry.code for entry in findings(region="x" * 201, postal_code="y" * 201)]
    assert codes == ["TOO_LONG", "TOO_LONG", "MALFORMED", "UNKNOWN_REGION"]


def test_what_is_missing() -> None:
    assert findings(region=None) == finding(
        AddressFindingCode.REQUIRED, AddressPart.REGION, "Province is missing.", "ON"
    )
    assert findings(city="") == finding(
        AddressFindingCode.REQUIRED, AddressPart.CITY, "City is missing."
    )
    assert findings(postal_code=None) == finding(
        AddressFindingCode.REQUIRED, AddressPart.POSTAL_CODE, "Postcode is missing."
    )


def test_codes_that_no_country_has() -> None:
    message = "This is not how a Postcode looks in Canada, for example K1A 0B1."
    malformed = (AddressFindingCode.MALFORMED, AddressPart.POSTAL_CODE)
    assert findings(region="NU", postal_code="9") == finding(*malformed, message)
    unexampled = replace(CANADA, postal_example=None)
    assert findings(unexampled, region="NU", postal_code="9") == finding(
        *malformed, "This is not how a Postcode looks in Canada."
    )
    assert findings(replace(CANADA, postal_pattern=None), region="NU", postal_code="9") == ()


def test_regions_that_are_not_known() -> None:
    message = "Canada has no such province that we know."
    unknown = (AddressFindingCode.UNKNOWN_REGION, AddressPart.REGION, message)
    assert findings(region="Ontaria", postal_code="H2X 1Y4") == finding(*unknown, "ON")
    # Where none is spelt so, the code tells.
    assert findings(region="Bavaria", postal_code="H2X 1Y4") == finding(*unknown, "QC")
    assert findings(SPAIN, replace(OTTAWA, postal_code="28001"), region="Bavaria") == ()


def test_regions_that_codes_contradict() -> None:
    assert findings(postal_code="H2X 1Y4") == finding(
        AddressFindingCode.REGION_MISMATCH,
        AddressPart.REGION,
        "The Postcode does not belong to Ontario.",
        "QC",
    )
    assert findings(region="NU", postal_code="H2X 1Y4") == ()


def test_similar_regions_the_likest_first() -> None:
    names = ("north", "northe", "northern", "northerner")
    regions = tuple(Region(name, name, frozenset({name})) for name in names)
    rules = replace(CANADA, regions=regions)
    assert [region.code for region in similar_regions("Northern", rules)] == [
        "northern",
        "northerner",
        "northe",
    ]
    assert similar_regions("nort", replace(CANADA, regions=regions[2:])) == ()
    # Two of three letters are too few, three of four are not.
    assert similar_regions("abx", replace(CANADA, regions=(_region("abc"),))) == ()
    assert similar_regions("abcx", replace(CANADA, regions=(_region("abcd"),))) == (
        _region("abcd"),
    )


def _region(name: str) -> Region:
    return Region(name, name, frozenset({name}))


@pytest.mark.parametrize(
    "line",
    ["PO Box 7", "P.O. Box 7", "p. o. box 7", "Post Office Box 7", "Postfach 7", "Apartado 7"],
)
def test_couriers_deliver_to_no_box(line: str) -> None:
    assert findings(lines=("c/o Ada", line)) == finding(
        AddressFindingCode.PO_BOX,
        AddressPart.LINES,
        "A post office box: couriers do not deliver there.",
    )


def test_forces_post() -> None:
    military = AddressFindingCode.MILITARY
    assert findings(lines=("BFPO 61",)) == finding(military, AddressPart.LINES, FORCES)
    assert findings(replace(CANADA, postal_pattern=None), region="NU", postal_code="bfpo 61") == (
        finding(military, AddressPart.LINES, FORCES)
    )
    abroad = replace(OTTAWA, country="US", region="AE", postal_code="09001")
    assert findings(ABROAD, abroad) == finding(military, AddressPart.REGION, FORCES)
    misplaced = replace(abroad, postal_code="94043")
    assert [entry.code for entry in findings(ABROAD, misplaced)] == ["MILITARY", "REGION_MISMATCH"]


def test_an_unknown_country() -> None:
    assessment = assess_address(replace(OTTAWA, country=" zz ", city=" Ottawa  East "), None)
    assert assessment.address == replace(OTTAWA, country="ZZ", city="Ottawa East")
    assert assessment.findings == finding(
        AddressFindingCode.UNKNOWN_COUNTRY, AddressPart.COUNTRY, "'ZZ' is not a country."
    )
    assert assessment.level is AddressVerdict.ERROR


def test_a_nameless_recipient() -> None:
    assert name_findings(OTTAWA) == ()
    assert name_findings(replace(OTTAWA, name=" . ")) == finding(
        AddressFindingCode.REQUIRED, AddressPart.NAME, "Who receives the parcel is missing."
    )


def test_an_address_is_cleaned_in_all_its_parts() -> None:
    typed = PostalAddress(
        "  Ada  Lovelace ", " ca ", " ON ", "  Ottawa ", " K1A ", (" 1  Elm Street ", " "), " +1 "
    )
    assert clean_address(typed) == PostalAddress(
        "Ada Lovelace", "CA", "ON", "Ottawa", "K1A", ("1 Elm Street",), "+1"
    )
    empty = PostalAddress("", "ca", " ", "", " ", (), "")
    assert clean_address(empty) == PostalAddress("", "CA", None, None, None, ())
