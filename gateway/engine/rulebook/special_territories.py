"""Territories that are taxed unlike the state they belong to, and those that a table forgets.

Compared in November 2026. "Directive" is Council Directive 2006/112/EC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import Area, AreaMatch, PostalCodeArea, WorldArea, match_area
from gateway.engine.areas.coverage import covers
from gateway.engine.areas.existence import EUROPEAN_UNION
from gateway.engine.areas.notation import parse_area
from gateway.engine.tax.table_linting import LintFinding, Severity
from gateway.engine.tax.tax_tables import CustomerKind, TaxRule, TaxTable


class TerritoryTax(StrEnum):
    """How a territory is taxed, in words that follow its name.

    AS_STATE territories have a country code of their own.
    """

    NONE = "where the tax of {state} does not hold"
    OWN_RATE = "which has rates of its own"
    AS_STATE = "which is taxed as {state}"
    PARTLY = "whose businesses get goods as those of a member state do"


@dataclass(frozen=True, slots=True)
class SpecialTerritory:
    """A territory with a tax of its own: the texts of its areas, and a place with a real code.

    ``state`` is the alpha-2 code of the country that it belongs to. ``source`` says why, and
    ``since`` from which day.
    """

    name: str
    state: str
    areas: tuple[str, ...]
    place: Destination
    tax: TerritoryTax
    since: date
    source: str


def _territory(
    name: str, state: str, areas: str, place: str, tax: TerritoryTax, since: str, source: str
) -> SpecialTerritory:
    country, _, code = place.partition(" ")
    return SpecialTerritory(
        name,
        state,
        tuple(areas.split(", ")),
        Destination(country, None, code or None),
        tax,
        date.fromisoformat(since),
        source,
    )


_NONE, _OWN_RATE, _AS_STATE = TerritoryTax.NONE, TerritoryTax.OWN_RATE, TerritoryTax.AS_STATE
_CUSTOMS = "Directive, article 6(1)"
_OUTSIDE = "Directive, article 6(2)"
_TREATY = "Treaty on the Functioning of the European Union, article 355"
_AUSTRIA = "Umsatzsteuergesetz 1994, section 10(4)"
_PORTUGAL = "Código do IVA, article 18(3)"

SPECIAL_TERRITORIES = (
    _territory(
        "Mount Athos", "GR", "GR 63086, GR 63087", "GR 63086", _NONE, "1981-01-01", _CUSTOMS
    ),
    _territory(
        "the Canary Islands", "ES", "ES 35*, ES 38*", "ES 35001", _NONE, "1986-01-01", _CUSTOMS
    ),
    _territory(
        "the overseas departments of France",
        "FR",
        "FR 97*",
        "FR 97400",
        _NONE,
        "1980-01-01",
        _CUSTOMS,
    ),
    _territory(
        "the Pacific territories of France",
        "FR",
        "FR 984*, FR 986*, FR 987*, FR 988*",
        "FR 98713",
        _NONE,
        "1980-01-01",
        _TREATY,
    ),
    _territory("Åland", "FI", "FI 22*", "FI 22100", _NONE, "1995-01-01", _CUSTOMS),
    _territory(
        "Campione d'Italia",
        "IT",
        "IT 22061",
        "IT 22061",
        _NONE,
        "2020-01-01",
        "Directive (EU) 2019/475",
    ),
    _territory("Livigno", "IT", "IT 23041", "IT 23041", _NONE, "1973-01-01", _OUTSIDE),
    _territory("San Marino", "IT", "IT 47890-47899", "IT 47890", _NONE, "1968-01-01", _TREATY),
    _territory("the Vatican", "IT", "IT 00120", "IT 00120", _NONE, "1968-01-01", _TREATY),
    _territory("Heligoland", "DE", "DE 27498", "DE 27498", _NONE, "1968-01-01", _OUTSIDE),
    _territory("Büsingen", "DE", "DE 78266", "DE 78266", _NONE, "1968-01-01", _OUTSIDE),
    _territory("Ceuta", "ES", "ES 51*", "ES 51001", _NONE, "1986-01-01", _OUTSIDE),
    _territory("Melilla", "ES", "ES 52*", "ES 52001", _NONE, "1986-01-01", _OUTSIDE),
    _territory(
        "the Faroes and Greenland", "DK", "DK 3800-3999", "DK 3900", _NONE, "1985-02-01", _TREATY
    ),
    _territory(
        "the Channel Islands",
        "GB",
        "GB GY*, GB JE*",
        "GB JE2 3AB",
        _NONE,
        "1973-01-01",
        "Value Added Tax Act 1994, section 96(11)",
    ),
    _territory("Madeira", "PT", "PT 9000-9499", "PT 9000-001", _OWN_RATE, "2012-04-01", _PORTUGAL),
    _territory(
        "the Azores", "PT", "PT 9500-9999", "PT 9500-321", _OWN_RATE, "2021-07-01", _PORTUGAL
    ),
    _territory("Jungholz", "AT", "AT 6691", "AT 6691", _OWN_RATE, "2016-01-01", _AUSTRIA),
    _territory("Mittelberg", "AT", "AT 6991-6993", "AT 6991", _OWN_RATE, "2016-01-01", _AUSTRIA),
    _territory("Monaco", "FR", "MC", "MC 98000", _AS_STATE, "1968-01-01", "Directive, article 7"),
    _territory(
        "the Isle of Man", "GB", "IM", "IM IM1 1AA", _AS_STATE, "1973-01-01", "Directive, article 7"
    ),
    _territory(
        "Northern Ireland",
        "GB",
        "GB BT*",
        "GB BT1 1AA",
        TerritoryTax.PARTLY,
        "2021-01-01",
        "Windsor Framework, article 8",
    ),
)
"""Territories of the European Union, of the United Kingdom and beside them."""

_MEMBER_STATES = frozenset(EUROPEAN_UNION.split(", "))


def note_forgotten_territories(table: TaxTable) -> tuple[LintFinding, ...]:
    """The territories that ``table`` taxes with their state, or not at all, without naming them.

    Each note has the position of the rule for the state. Rules for the world are for all places
    alike, and rules that have ended are left out.
    """
    rules = tuple(
        (position, rule)
        for position, rule in enumerate(table.rules, 1)
        if rule.validity.end is None
    )
    return tuple(
        LintFinding(table.name, position, Severity.NOTE, _describe(territory, position, rule))
        for territory in SPECIAL_TERRITORIES
        for position, rule in _forgetting_rule(rules, territory)
    )


def _describe(territory: SpecialTerritory, position: int, rule: TaxRule) -> str:
    areas = ", ".join(territory.areas)
    decides = (
        "no rule holds"
        if territory.tax is TerritoryTax.AS_STATE
        else f"rule {position} decides, {rule.percent} %"
    )
    return (
        f"no rule names {territory.name} ({areas}), {territory.tax.format(state=territory.state)} "
        f"since {territory.since} ({territory.source}); for example "
        f"{_place_text(territory.place)}: {decides}"
    )


def _place_text(place: Destination) -> str:
    return " ".join(filter(None, (place.country, place.postal_code)))


def _forgetting_rule(
    rules: tuple[tuple[int, TaxRule], ...], territory: SpecialTerritory
) -> Iterator[tuple[int, TaxRule]]:
    """Yield the rule that taxes the whole state, if no rule is for the territory in particular."""
    if any(_names(rule, territory) for _, rule in rules):
        return
    if territory.tax is TerritoryTax.PARTLY and not _names_member_state(rules):
        return
    for numbered_rule in rules:
        if _taxes_state(numbered_rule[1], territory.state):
            yield numbered_rule
            return


def _names(rule: TaxRule, territory: SpecialTerritory) -> bool:
    """Whether the rule is for the territory in particular, not for the whole of its state."""
    own_areas = {parse_area(text) for text in territory.areas}
    return not own_areas.isdisjoint(rule.areas) or any(
        match_area(area, territory.place) is AreaMatch.YES
        and (
            territory.tax is TerritoryTax.AS_STATE
            or not covers(area, PostalCodeArea(territory.state))
        )
        for area in rule.areas
    )


def _taxes_state(rule: TaxRule, state: str) -> bool:
    return (
        rule.percent > 0
        and rule.applies_to(CustomerKind.CONSUMER, None)
        and any(
            covers(area, PostalCodeArea(state))
            for area in rule.areas
            if not isinstance(area, WorldArea)
        )
    )


def _names_member_state(rules: tuple[tuple[int, TaxRule], ...]) -> bool:
    return any(_is_member_state(area) for _, rule in rules for area in rule.areas)


def _is_member_state(area: Area) -> bool:
    return isinstance(area, PostalCodeArea) and area.country in _MEMBER_STATES
