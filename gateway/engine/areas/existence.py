"""Checks that the country, region and postal pattern of an area exist, with suggestions."""

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from gateway.engine.addresses.country_rules import AddressRules
from gateway.engine.addresses.postal_codes import format_postal_code, is_valid_postal_code
from gateway.engine.addresses.postal_prefixes import compile_prefix_pattern
from gateway.engine.addresses.validation import similar_regions
from gateway.engine.areas.area import Area, PostalCodeArea, RegionArea, is_us_zip_pattern
from gateway.engine.areas.postal_patterns import (
    MalformedPattern,
    PostalPattern,
    parse_postal_pattern,
)
from gateway.engine.areas.regions import build_region_area, region_rule_code

AddressRulesLookup: TypeAlias = Callable[[str], AddressRules | None]
"""Returns the address rules of a country by its alpha-2 code; None if there is no such country."""

MAX_PATTERN_CHARACTERS = 40
"""A longer postal pattern is refused. Twice the longest code, with room for separators."""

EUROPEAN_UNION = (
    "AT, BE, BG, HR, CY, CZ, DK, EE, FI, FR, DE, GR, HU, IE, IT, LV, LT, LU, MT, NL, PL, PT, RO, "
    "SK, SI, ES, SE"
)
"""The member states, suggested where a rule names "EU" as a country."""
_LIKELY_COUNTRIES: Mapping[str, str] = {
    "UK": "GB", "EL": "GR", "EN": "GB", "XI": "GB BT*", "AN": "CW", "BU": "MM", "CS": "RS",
    "DD": "DE", "FX": "FR", "JA": "JP", "KO": "KR", "SP": "ES", "SU": "RU", "SW": "SE",
    "TP": "TL", "YU": "RS", "ZR": "CD", "IC": "ES 35*, ES 38*", "EA": "ES 51*, ES 52*",
    "EU": EUROPEAN_UNION, "EZ": EUROPEAN_UNION,
}  # fmt: skip
"""Codes that are often mistaken for ISO 3166-1 codes (from other standards, internet domains and
daily use), with the area that is probably meant.
"""


def area_fault(area: Area, rules_of: AddressRulesLookup) -> str | None:
    """Why ``area`` contains nothing that exists, with a suggestion; None if it may exist."""
    match area:
        case RegionArea(country, region):
            rules = rules_of(country)
            if rules is None:
                return country_fault(country)
            return None if _may_be_region(region, rules) else region_fault(region, rules)
        case PostalCodeArea(country, pattern):
            rules = rules_of(country)
            if rules is None:
                return country_fault(country)
            return None if pattern is None else pattern_fault(pattern, rules)
        case _:
            return None


def _may_be_region(region: str, rules: AddressRules) -> bool:
    """Whether ``region`` is a region of the country, as far as its regions are known."""
    if rules.find_subdivision(region) is not None:
        return True
    return not rules.regions and not rules.subdivisions


def area_doubt(area: Area, rules_of: AddressRulesLookup) -> str | None:
    """Why taxes of a region are estimates for most addresses; None if there is no such problem."""
    if not isinstance(area, RegionArea):
        return None
    rules = rules_of(area.country)
    if rules is None or not _may_be_region(area.region, rules):
        return None
    if rules.regions:
        return _unnamed_region_doubt(area, rules)
    if any(area.region == region_rule_code(each) for each in rules.territories):
        return None
    return (
        f"{area.country}-{area.region}: addresses of {rules.name} name no region, so that its tax "
        "stays an estimate; name postal codes"
    )


def _unnamed_region_doubt(area: RegionArea, rules: AddressRules) -> str | None:
    if build_region_area(area, rules, has_own_postal_codes=False).other_codes:
        return None
    return (
        f"{area.country}-{area.region}: addresses of {rules.name} name no such region; "
        "name those that are its parts, or postal codes"
    )


def country_fault(code: str) -> str:
    """The message that ``code`` is not a country, with a suggestion if there is one."""
    likely = _LIKELY_COUNTRIES.get(code)
    hint = f"; perhaps {likely}" if likely else ""
    return f"{code} is no country of ISO 3166-1{hint}"


def region_fault(text: str, rules: AddressRules) -> str:
    """The message that ``text`` is not a region, with similar regions or an example."""
    likely = ", ".join(
        f"{rules.country}-{region_rule_code(region)}" for region in similar_regions(text, rules)
    )
    hint = f"perhaps {likely}" if likely else f"they are written like {_example_region(rules)}"
    return f"{rules.country}-{text} is no region of {rules.name}; {hint}"


def _example_region(rules: AddressRules) -> str:
    codes = [
        *map(region_rule_code, (*rules.regions, *rules.territories)),
        *sorted(map(region_rule_code, rules.subdivisions)),
    ]
    return f"{rules.country}-{codes[0]}"


def pattern_fault(text: str, rules: AddressRules) -> str | None:
    """Why the pattern ``text`` matches no postal code of the country; None if it can match."""
    if len(text) > MAX_PATTERN_CHARACTERS:
        return f"a postal pattern has at most {MAX_PATTERN_CHARACTERS} characters"
    if text.strip() == "*":
        return None
    if rules.country == "US" and not is_us_zip_pattern(text):
        return f"{text!r} is no postal pattern: five digits, up to four and *, or a range of ZIPs"
    try:
        pattern = parse_postal_pattern(rules.country, text)
    except MalformedPattern as malformed:
        return f"{malformed}; {_describe_forms(rules)}"
    return (
        None
        if _can_match(pattern, rules)
        else f"no code matches {text!r}; {_describe_forms(rules)}"
    )


def _can_match(pattern: PostalPattern, rules: AddressRules) -> bool:
    if rules.postal_pattern is None:
        return True
    prefix_pattern = compile_prefix_pattern(rules.postal_pattern)
    if not all(prefix_pattern.fullmatch(end) for end in pattern.ends):
        return False
    return pattern.partial or all(
        is_valid_postal_code(format_postal_code(end, rules), rules) for end in pattern.ends
    )


def _describe_forms(rules: AddressRules) -> str:
    example = rules.postal_example
    if example is None:
        return 'a pattern is a code, a beginning ("10*") or a range ("100-199")'
    prefix = re.sub(r"[^0-9A-Z]*.$", "*", example)
    return f'a pattern of {rules.name} is a code ("{example}"), a beginning ("{prefix}") or a range'
