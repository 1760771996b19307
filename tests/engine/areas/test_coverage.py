"""Which areas lie wholly inside others, and which merely cross (R104)."""

import pytest

from gateway.engine.areas.area import CONTINENTAL_STATES, US_STATES, Area, RegionArea
from gateway.engine.areas.coverage import (
    component_areas,
    covers,
    is_well_formed,
    partly_overlaps,
)
from gateway.engine.areas.notation import MalformedArea, parse_area

AREAS = {
    # What it covers, of all these.
    "world": "world|US ALL|US FULL_50_STATES|US CONTINENTAL_48|US-CA|US-HI|US-DC|US-PR|PR|PR 009*"
    "|US|US 94*|US 9404*|US 94043|US 94000-94499|GB|GB SW*|GB SW1*|GB SW1A 1AA|CA|CA-CA",
    "US ALL": "US ALL|US FULL_50_STATES|US CONTINENTAL_48|US-CA|US-HI|US-DC|US-PR|PR|PR 009*|US"
    "|US 94*|US 9404*|US 94043|US 94000-94499",
    "US FULL_50_STATES": "US FULL_50_STATES|US CONTINENTAL_48|US-CA|US-HI",
    "US CONTINENTAL_48": "US CONTINENTAL_48|US-CA",
    "US-CA": "US-CA",
    "US-HI": "US-HI",
    "US-DC": "US-DC",
    "US-PR": "US-PR|PR|PR 009*",
    "PR": "PR|PR 009*",
    "PR 009*": "PR 009*",
    "US": "US ALL|US FULL_50_STATES|US CONTINENTAL_48|US-CA|US-HI|US-DC|US-PR|PR|PR 009*|US"
    "|US 94*|US 9404*|US 94043|US 94000-94499",
    "US 94*": "US 94*|US 9404*|US 94043|US 94000-94499",
    "US 9404*": "US 9404*|US 94043",
    "US 94043": "US 94043",
    "US 94000-94499": "US 9404*|US 94043|US 94000-94499",
    "GB": "GB|GB SW*|GB SW1*|GB SW1A 1AA",
    "GB SW*": "GB SW*|GB SW1*|GB SW1A 1AA",
    "GB SW1*": "GB SW1*|GB SW1A 1AA",
    "GB SW1A 1AA": "GB SW1A 1AA",
    "CA": "CA|CA-CA",
    "CA-CA": "CA-CA",
}


@pytest.mark.parametrize("outer", AREAS)
def test_what_an_area_covers(outer: str) -> None:
    covered = [inner for inner in AREAS if covers(parse_area(outer), parse_area(inner))]
    assert covered == [inner for inner in AREAS if inner in AREAS[outer].split("|")]


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        ("GB *", "GB SW*", True),
        ("US *", "US-CA", True),
        ("GB SW*", "GB *", False),
        ("GB SW*", "GB S*W", False),
        ("US 94*", "US 9-4", False),
        ("GB S*W", "GB SW*", False),
        ("GB SW*", "GB-SWK", False),
        ("GB 94*", "US 94*", False),
    ],
)
def test_patterns_that_hold_all_or_nothing(outer: str, inner: str, covered: bool) -> None:  # noqa: FBT001
    assert covers(parse_area(outer), parse_area(inner)) is covered


@pytest.mark.parametrize(
    ("left", "right", "overlap"),
    [
        ("US 94000-94499", "US 94300-94999", True),
        ("US 94000-94499", "US 94499-94999", True),
        ("US 94000-94499", "US 94500-94999", False),
        ("US 94000-94499", "US 944*", False),
        ("US 94000-94450", "US 944*", True),
        ("US 94*", "US 95*", False),
        ("DE 10000-10499", "FR 10400-10999", False),
        ("GB SE1*", "GB SE15-SE25", True),
        ("GB", "GB SE1*", False),
        ("US-CA", "US 94*", False),
        ("US 94*", "US-CA", False),
    ],
)
def test_areas_that_cross(left: str, right: str, overlap: bool) -> None:  # noqa: FBT001
    areas = parse_area(left), parse_area(right)
    assert (partly_overlaps(*areas), partly_overlaps(*areas[::-1])) == (overlap, overlap)


def test_sets_of_states_are_made_of_them() -> None:
    def states(codes: frozenset[str]) -> tuple[Area, ...]:
        return tuple(RegionArea("US", code) for code in sorted(codes))

    assert component_areas(parse_area("US FULL_50_STATES")) == states(US_STATES)
    assert component_areas(parse_area("US CONTINENTAL_48")) == states(CONTINENTAL_STATES)
    for text in ("US ALL", "US-CA", "world", "GB"):
        assert component_areas(parse_area(text)) == (parse_area(text),)


@pytest.mark.parametrize(
    ("text", "well_formed"),
    [
        ("GB", True),
        ("GB SW1*", True),
        ("GB S*W", False),
        ("US 94*", True),
        ("US 94043-1234", False),
        ("DE 94043-1234", True),
        ("US-CA", True),
        ("world", True),
    ],
)
def test_postal_patterns_are_well_formed(text: str, well_formed: bool) -> None:  # noqa: FBT001
    assert is_well_formed(parse_area(text)) is well_formed


@pytest.mark.parametrize("text", ["", "gb", "GBR", "GB-", "GB-ABCD", "GB ", "US_CA", "World"])
def test_texts_that_name_no_area(text: str) -> None:
    with pytest.raises(MalformedArea) as raised:
        parse_area(text)
    assert str(raised.value) == f"{text!r} is no area such as GB, US-CA, US 9404* or world"
