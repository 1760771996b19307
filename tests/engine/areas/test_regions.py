"""A region of a rule holds all that addresses call it or its parts (R104, R136)."""

import pytest

from gateway.engine.addresses.address import Destination
from gateway.engine.addresses.country_rules import AddressRules
from gateway.engine.addresses.destinations import check_destination
from gateway.engine.areas.area import AreaMatch, RegionArea, match_area
from gateway.engine.areas.regions import build_region_area
from tests.engine.addresses.countries import BRITAIN, CANADA, SPAIN, SWITZERLAND

YES, NO, UNKNOWN = AreaMatch.YES, AreaMatch.NO, AreaMatch.UNKNOWN


@pytest.mark.parametrize(
    ("rules", "code", "place", "match"),
    [
        # By code and by name; what nobody knows decides nothing.
        (SWITZERLAND, "ZH", ("zh", "8001"), YES),
        (SWITZERLAND, "ZH", ("ZHland", "8001"), YES),
        (SWITZERLAND, "ZH", ("CH-ZH", None), YES),
        (SWITZERLAND, "ZH", ("BEland", "8001"), NO),
        (SWITZERLAND, "ZH", ("Nowhere", "8001"), UNKNOWN),
        (SWITZERLAND, "ZH", (None, "8001"), UNKNOWN),
        # A part is in the whole; the whole may be in the part.
        (BRITAIN, "ENG", ("Kentish", "SE1 1AA"), UNKNOWN),
        (BRITAIN, "ENG", ("KENland", "SE1 1AA"), YES),
        (BRITAIN, "ENG", ("SCTland", "SE1 1AA"), NO),
        (BRITAIN, "KEN", ("ENGland", "SE1 1AA"), UNKNOWN),
        (BRITAIN, "KEN", ("LNDland", "SE1 1AA"), NO),
        # Where the region says nothing, the postal code does, if it can.
        (BRITAIN, "NIR", ("Nowhere", "BT1 1AA"), YES),
        (BRITAIN, "NIR", ("Nowhere", "SE1 1AA"), NO),
        (BRITAIN, "NIR", ("ABCland", "BT1 1AA"), YES),
        (BRITAIN, "NIR", ("Ulster", None), YES),
        (SPAIN, "CN", ("Nowhere", "35001"), YES),
        (SPAIN, "CN", (None, "28001"), NO),
        # Regions that addresses name by a code of their own.
        (CANADA, "ON", ("Ontario", None), YES),
        (CANADA, "NT", ("Nunavut", None), YES),
        (CANADA, "ON", ("Nunavut", None), NO),
        (CANADA, "PRA", ("Ontario", None), NO),
    ],
)
def test_which_places_a_region_holds(
    rules: AddressRules, code: str, place: tuple[str | None, str | None], match: AreaMatch
) -> None:
    area = build_region_area(RegionArea(rules.country, code), rules, has_own_postal_codes=True)
    typed = Destination(rules.country, *place)
    destination, _ = check_destination(typed, rules)
    assert match_area(area, destination) is match


def test_a_region_that_does_not_exist_stays_as_it_is() -> None:
    area = RegionArea("CH", "XX")
    assert build_region_area(area, SWITZERLAND, has_own_postal_codes=True) is area


@pytest.mark.parametrize(
    ("region", "code", "doubtful"),
    [
        ("Ulster", "BT1 1AA", False),
        ("ABCland", "BT1 1AA", False),
        ("Nowhere", "BT1 1AA", False),
        ("Ulster", "SE1 1AA", True),
        ("KENland", "BT1 1AA", True),
        ("ENGland", "BT1 1AA", True),
        ("ENGland", "SE1 1AA", False),
    ],
)
def test_a_territory_contradicts_other_regions(region: str, code: str, *, doubtful: bool) -> None:
    destination, errors = check_destination(Destination("GB", region, code), BRITAIN)
    assert (destination.doubtful, errors) == (doubtful, ())
