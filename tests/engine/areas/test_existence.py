"""Whether areas exist, and what may be meant by those that do not (R136)."""

import pytest

from gateway.engine.addresses.country_rules import AddressRules
from gateway.engine.areas.area import Area, RegionArea
from gateway.engine.areas.existence import (
    EUROPEAN_UNION,
    area_doubt,
    area_fault,
    country_fault,
    pattern_fault,
)
from gateway.engine.areas.notation import parse_area
from gateway.engine.areas.regions import region_rule_code
from tests.engine.addresses.countries import AMERICA, BRITAIN, CANADA, COUNTRIES, SPAIN, SWITZERLAND

FORMS = 'a pattern of Canada is a code ("K1A 0B1"), a beginning ("K1A 0B*") or a range'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("world", None),
        ("US ALL", None),
        ("CA", None),
        ("CA-ON", None),
        ("CA-NT", None),
        ("CA-PRA", None),
        ("CA-ONT", "CA-ONT is no region of Canada; perhaps CA-ON"),
        ("CA-XXX", "CA-XXX is no region of Canada; they are written like CA-ON"),
        ("UK", "UK is no country of ISO 3166-1; perhaps GB"),
        ("UK-LND", "UK is no country of ISO 3166-1; perhaps GB"),
        ("ZZ", "ZZ is no country of ISO 3166-1"),
        ("ZZ 1*", "ZZ is no country of ISO 3166-1"),
        ("GB-LND", None),
        ("GB-ABC", None),
        ("GB-SWK", "GB-SWK is no region of United Kingdom; they are written like GB-NIR"),
        ("GB-SW", "GB-SW is no region of United Kingdom; they are written like GB-NIR"),
        ("GB-SW1", "GB-SW1 is no region of United Kingdom; they are written like GB-NIR"),
        # Subdivisions, where they are known; anything, where nothing is.
        ("CH-ZH", None),
        ("CH-XX", "CH-XX is no region of Switzerland; they are written like CH-BE"),
        ("ES-CN", None),
        ("ES-M", None),
        ("CA K1A*", None),
        ("CA 9*", f"no code matches '9*'; {FORMS}"),
    ],
)
def test_why_an_area_holds_nothing(text: str, fault: str | None) -> None:
    assert area_fault(parse_area(text), COUNTRIES.get) == fault


@pytest.mark.parametrize(
    ("area", "doubt"),
    [
        (
            RegionArea("ES", "M"),
            (
                "ES-M: addresses of Spain name no region, so that its tax stays an estimate; "
                "name postal codes"
            ),
        ),
        (RegionArea("ES", "CN"), None),
        (RegionArea("CA", "XX"), None),
        (RegionArea("CA", "NT"), None),
        (
            RegionArea("CA", "PRA"),
            (
                "CA-PRA: addresses of Canada name no such region; name those that are its parts, "
                "or postal codes"
            ),
        ),
        (RegionArea("GB", "NIR"), None),
        (RegionArea("ZZ", "XX"), None),
        (parse_area("ES"), None),
        (parse_area("world"), None),
    ],
)
def test_areas_that_hardly_ever_are_known_to_hold(area: Area, doubt: str | None) -> None:
    assert area_doubt(area, COUNTRIES.get) == doubt


def test_countries_that_may_be_meant() -> None:
    assert country_fault("EU") == f"EU is no country of ISO 3166-1; perhaps {EUROPEAN_UNION}"
    assert country_fault("XX") == "XX is no country of ISO 3166-1"


def test_regions_are_named_as_iso_3166_does() -> None:
    assert [region_rule_code(region) for region in CANADA.regions] == ["ON", "QC", "NT"]
    assert area_fault(RegionArea("CA", "NUNAVIT"), COUNTRIES.get) == (
        "CA-NUNAVIT is no region of Canada; perhaps CA-NT"
    )


ZIP_FORMS = "five digits, up to four and *, or a range of ZIPs"


@pytest.mark.parametrize(
    ("rules", "text", "fault"),
    [
        (CANADA, "*", None),
        (CANADA, " * ", None),
        (CANADA, "K1A 0B1", None),
        (CANADA, "K1A", None),
        (CANADA, "K*", None),
        (CANADA, "K1A-K1C", None),
        (CANADA, "D1A*", f"no code matches 'D1A*'; {FORMS}"),
        (CANADA, "K1A-D1C", f"a range ends before it begins: 'K1A-D1C'; {FORMS}"),
        (CANADA, "A1A-D1C", f"no code matches 'A1A-D1C'; {FORMS}"),
        (CANADA, "K1", f"no code matches 'K1'; {FORMS}"),
        (CANADA, "K*1", f"not a postal pattern: 'K*1'; {FORMS}"),
        (CANADA, "K" * 40, f"no code matches {'K' * 40!r}; {FORMS}"),
        (CANADA, "K" * 41, "a postal pattern has at most 40 characters"),
        (AMERICA, "94*", None),
        (AMERICA, "9404", f"'9404' is no postal pattern: {ZIP_FORMS}"),
        (
            SWITZERLAND,
            "8*1",
            (
                "not a postal pattern: '8*1'; "
                'a pattern is a code, a beginning ("10*") or a range ("100-199")'
            ),
        ),
        (
            SPAIN,
            "2803",
            (
                "no code matches '2803'; "
                'a pattern of Spain is a code ("28039"), a beginning ("2803*") or a range'
            ),
        ),
        (SPAIN, "28000-28999", None),
        # Where the form of codes is not known, any may exist.
        (BRITAIN, "ZZ99 *", None),
    ],
)
def test_why_a_pattern_matches_no_code(rules: AddressRules, text: str, fault: str | None) -> None:
    assert pattern_fault(text, rules) == fault
