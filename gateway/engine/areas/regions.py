"""Regions of rules: all codes and names by which addresses name them and their parts."""

from collections.abc import Iterable

from gateway.engine.addresses.country_rules import AddressRules, Region
from gateway.engine.areas.area import RegionArea


def region_rule_code(region: Region) -> str:
    """The code that rules use for ``region``: its ISO 3166-2 code, else its own code."""
    return region.iso_code or region.code


def build_region_area(
    area: RegionArea, rules: AddressRules, *, has_own_postal_codes: bool
) -> RegionArea:
    """``area`` with all codes that addresses use for the region and its parts.

    It is returned as it is if the country has no such region. ``has_own_postal_codes``: postal
    codes of the country's regions begin so nowhere else.
    """
    region = rules.find_subdivision(area.region)
    if region is None:
        return area
    code = region_rule_code(region)
    parts = tuple(each for each in rules.known_regions if _is_within(each, code, rules))
    larger = rules.larger_subdivisions(region)
    apart = (
        each
        for each in rules.known_regions
        if each not in parts and region_rule_code(each) not in larger
    )
    pattern = _postal_code_pattern(code, parts)
    return RegionArea(
        area.country,
        code,
        other_codes=_all_codes(parts),
        outside_codes=_all_codes(apart),
        postal_code_pattern=pattern if has_own_postal_codes else None,
        likely_code_pattern=pattern,
    )


def _is_within(region: Region, code: str, rules: AddressRules) -> bool:
    return region_rule_code(region) == code or code in rules.larger_subdivisions(region)


def _all_codes(regions: Iterable[Region]) -> frozenset[str]:
    return frozenset(
        code.upper() for region in regions for code in (region.code, region_rule_code(region))
    )


def _postal_code_pattern(code: str, parts: Iterable[Region]) -> str | None:
    """The pattern of the region itself, else those of its parts if all of them have one."""
    listed = [(region_rule_code(each), each.postal_pattern) for each in parts]
    own = next((pattern for own_code, pattern in listed if own_code == code and pattern), None)
    if own is not None or not listed:
        return own
    patterns = [pattern for _, pattern in listed]
    return None if None in patterns else "|".join(filter(None, patterns))
