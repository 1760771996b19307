"""Whether a destination lies in an area: yes, no, or not known yet (R104)."""

import pytest

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import (
    Area,
    AreaMatch,
    PostalCodeArea,
    RegionArea,
    UnitedStatesArea,
    UsCountryArea,
    WorldArea,
    comparable_postal_code,
    is_us_zip_pattern,
    match_area,
    region_code,
    us_state_code,
)

YES, NO, UNKNOWN = AreaMatch.YES, AreaMatch.NO, AreaMatch.UNKNOWN
CONTINENT = UnitedStatesArea(UsCountryArea.CONTINENTAL_48)
FIFTY_STATES = UnitedStatesArea(UsCountryArea.FULL_50_STATES)
ALL_STATES = UnitedStatesArea(UsCountryArea.ALL)
CANARIES = RegionArea("ES", "CN", frozenset({"GC", "TF"}), "35|38")


@pytest.mark.parametrize(
    ("area", "destination", "match"),
    [
        (WorldArea(), Destination("ZZ"), YES),
        (ALL_STATES, Destination("US"), YES),
        (ALL_STATES, Destination("PR"), YES),
        (ALL_STATES, Destination("CA", "CA"), NO),
        (FIFTY_STATES, Destination("US"), UNKNOWN),
        (FIFTY_STATES, Destination("US", "HI"), YES),
        (FIFTY_STATES, Destination("US", "DC"), NO),
        (FIFTY_STATES, Destination("PR"), NO),
        (FIFTY_STATES, Destination("CA", "CA"), NO),
        (CONTINENT, Destination("US", "US-CA"), YES),
        (CONTINENT, Destination("US", "HI"), NO),
        (CONTINENT, Destination("US"), UNKNOWN),
    ],
)
def test_sets_of_american_destinations(
    area: Area, destination: Destination, match: AreaMatch
) -> None:
    assert match_area(area, destination) is match


@pytest.mark.parametrize(
    ("area", "destination", "match"),
    [
        (RegionArea("US", "CA"), Destination("US", "CA"), YES),
        (RegionArea("US", "CA"), Destination("US", " us-ca "), YES),
        (RegionArea("US", "CA"), Destination("US", "NY"), NO),
        (RegionArea("US", "CA"), Destination("US"), UNKNOWN),
        (RegionArea("US", "CA"), Destination("US", "US-"), UNKNOWN),
        (RegionArea("US", "CA"), Destination("CA", "CA"), NO),
        (RegionArea("US", "PR"), Destination("PR"), YES),
        (RegionArea("US", "PR"), Destination("PR", "X"), YES),
        (RegionArea("PR", "X"), Destination("PR", "X"), YES),
        (RegionArea("CA", "ON"), Destination("CA", "ON"), YES),
        (RegionArea("CA", "ON"), Destination("CA", "QC"), NO),
        (RegionArea("CA", "ON"), Destination("US", "ON"), NO),
        # By another code of its own, or by its postal codes where no region is given.
        (CANARIES, Destination("ES", "TF"), YES),
        (CANARIES, Destination("ES", "M", "35001"), NO),
        (CANARIES, Destination("ES", None, "35001"), YES),
        (CANARIES, Destination("ES", "", "38 001"), YES),
        (CANARIES, Destination("ES", None, "28001"), NO),
        (CANARIES, Destination("ES", None, "13500"), NO),
        (CANARIES, Destination("ES"), UNKNOWN),
        (CANARIES, Destination("ES", None, ""), UNKNOWN),
        (RegionArea("ES", "CN"), Destination("ES", None, "35001"), UNKNOWN),
    ],
)
def test_regions(area: Area, destination: Destination, match: AreaMatch) -> None:
    assert match_area(area, destination) is match


@pytest.mark.parametrize(
    ("area", "destination", "match"),
    [
        (PostalCodeArea("GB"), Destination("GB"), YES),
        (PostalCodeArea("GB", "*"), Destination("GB"), YES),
        (PostalCodeArea("GB"), Destination("IE"), NO),
        (PostalCodeArea("GB", "SW*"), Destination("IE", None, "SW1"), NO),
        (PostalCodeArea("GB", "SW*"), Destination("GB"), UNKNOWN),
        (PostalCodeArea("GB", "SW*"), Destination("GB", None, ""), UNKNOWN),
        (PostalCodeArea("GB", "SW*"), Destination("GB", None, "SW1A 1AA"), YES),
        (PostalCodeArea("GB", "SW*"), Destination("GB", None, "SE1 1AA"), NO),
        (PostalCodeArea("GB", "S*W"), Destination("GB", None, "SW1A 1AA"), UNKNOWN),
        (PostalCodeArea("US", "94043"), Destination("US", "CA", "94043-1234"), YES),
        (PostalCodeArea("US", "94043"), Destination("US", "CA", "94044"), NO),
        (PostalCodeArea("US", "009*"), Destination("PR", None, "00901"), YES),
        (PostalCodeArea("US"), Destination("GU"), YES),
        (PostalCodeArea("GB"), Destination("PR"), NO),
        (PostalCodeArea("PR"), Destination("US", "PR"), NO),
    ],
)
def test_postal_codes(area: Area, destination: Destination, match: AreaMatch) -> None:
    assert match_area(area, destination) is match


@pytest.mark.parametrize(
    ("pattern", "may_contain"),
    [("35*", True), ("28*", False), ("28*-", True), ("28000-38999", True), ("13500", False)],
)
def test_a_region_may_hold_codes_that_begin_like_its_own(pattern: str, may_contain: bool) -> None:  # noqa: FBT001
    """What is no pattern is not known to be elsewhere."""
    assert CANARIES.may_contain(pattern) is may_contain
    assert RegionArea("ES", "CN").may_contain(pattern)


@pytest.mark.parametrize(
    ("pattern", "may_contain"),
    [("94043", True), ("9404*", True), ("9*", True), ("1*", False), ("10001-10282", False)],
)
def test_a_region_with_likely_codes_is_not_everywhere(pattern: str, may_contain: bool) -> None:  # noqa: FBT001
    california = RegionArea("US", "CA", likely_code_pattern="9[0-5]|96[01]")
    assert california.may_contain(pattern) is may_contain
    # A range that begins below and ends above may contain all of the region.
    assert california.may_contain("80000-99999")


def test_a_region_reads_patterns_as_its_country_does() -> None:
    """SE1 is no range of districts elsewhere, and its example is written out in Great Britain."""
    borough = RegionArea("GB", "SWK", postal_code_pattern="SE11AA")
    assert borough.may_contain("SE1 *")


@pytest.mark.parametrize(
    ("text", "is_pattern"),
    [
        ("94043", True),
        (" 94043 ", True),
        ("9404", False),
        ("*", True),
        ("9404*", True),
        ("94043*", False),
        ("94000-94999", True),
        ("940-949", False),
        ("94043-1234", False),
        ("٩٤٠٤٣", False),
        ("94043x", False),
    ],
)
def test_patterns_of_zip_codes(text: str, is_pattern: bool) -> None:  # noqa: FBT001
    assert is_us_zip_pattern(text) is is_pattern


@pytest.mark.parametrize(
    ("destination", "code"),
    [
        (Destination("US", None, "94043-1234"), "94043"),
        (Destination("PR", None, "00901-1234"), "00901"),
        (Destination("US", None, "94043-123"), "94043123"),
        (Destination("GB", None, "SW1A 1AA"), "SW01A1AA"),
        (Destination("BR", None, "123456789"), "123456789"),
        (Destination("US"), ""),
    ],
)
def test_a_zip_plus_four_counts_by_its_first_five(destination: Destination, code: str) -> None:
    assert comparable_postal_code(destination) == code


def test_codes_of_regions() -> None:
    assert region_code(Destination("US", " us-ca ")) == "CA"
    assert region_code(Destination("CA", "US-CA")) == "US-CA"
    assert region_code(Destination("US", "US-")) is None
    assert region_code(Destination("US")) is None
    assert us_state_code(Destination("US", "ny")) == "NY"
    assert us_state_code(Destination("PR", "X")) == "PR"
    assert us_state_code(Destination("DC", "X")) == "X"
