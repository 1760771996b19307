"""Supplies to businesses of other member states of the European Union, which are not taxed.

Goods: Directive 2006/112/EC, article 138 (the buyer acts under an id that another state issued);
services: articles 44 and 196. The words on an invoice: article 226(11) and (11a).
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import Area, AreaMatch, match_area
from gateway.engine.areas.notation import parse_area
from gateway.engine.tax.line_tax import ApplicableRates, TaxRate
from gateway.engine.values import value_object

MEMBER_STATES = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
"""The member states, by ISO 3166-1 (2026-11): Greece is GR here, EL in its ids."""
NORTHERN_IRELAND = "XI"
"""The country of ids that count as a member state's for goods, since 2021-01-01."""
MONACO = "MC"
"""Its territory counts as French (article 7)."""
_OUTSIDE = tuple(
    map(
        parse_area,
        (
            *("DE 27498", "DE 78266", "ES 35*", "ES 38*", "ES 51*", "ES 52*", "ES-GC", "ES-TF"),
            *("ES-CE", "ES-ML", "FI 22*", "FI-01", "FR 97*", "FR 984*", "FR 986*", "FR 987*"),
            *("FR 988*", "GR 63086", "GR 63087", "GR-69", "IT 22061", "IT 23041", "IT 00120"),
            *("IT 47890-47899", "DK 3800-3999"),
        ),
    )
)
"""Where tax is no member state's although the country is (article 6), by postal codes."""
_NORTHERN_IRISH = (parse_area("GB BT*"), parse_area("GB-NIR"))


class SupplyReason(StrEnum):
    """Why the tax of a business is what it is, in the words of its invoice."""

    INTRA_COMMUNITY = "exempt intra-Community supply (Directive 2006/112/EC, article 138)"
    REVERSE_CHARGE = "reverse charge: the customer accounts for the tax"
    UNCONFIRMED = "taxed as for a consumer: the business's tax id is not confirmed"


@value_object
class BusinessStanding:
    """What decides how a business is taxed, beside where its goods go.

    ``id_country`` issued its tax id (ISO 3166-1, or XI); ``is_trusted``: whether the id counts: it
    was confirmed, or the merchant trusts its form. ``seller_country`` is None where no rule file
    says it: then the tables alone decide.
    """

    id_country: str
    is_trusted: bool = False
    seller_country: str | None = None


@value_object
class BusinessSupply:
    """Goods, or a service, for a business."""

    standing: BusinessStanding
    is_service: bool = False

    @property
    def as_trusted(self) -> "BusinessSupply":
        """The same, to a business whose id counts."""
        return replace(self, standing=replace(self.standing, is_trusted=True))


def is_untaxed(supply: BusinessSupply, destination: Destination) -> bool:
    """Whether the supply is another member state's to tax, and its buyer's to declare.

    The seller's state, the destination, and the state of the buyer's id decide. Northern Ireland
    counts for goods alone.
    """
    standing = supply.standing
    seller = _tax_territory(standing.seller_country or "")
    issuer = _tax_territory(standing.id_country)
    place = _place_of_supply(destination, is_service=supply.is_service)
    return (
        standing.is_trusted
        and seller in MEMBER_STATES
        and _counts_as_member(issuer, is_service=supply.is_service)
        and _counts_as_member(place, is_service=supply.is_service)
        and seller not in (issuer, place)
    )


def _tax_territory(country: str) -> str:
    return "FR" if country == MONACO else country


def _counts_as_member(country: str | None, *, is_service: bool) -> bool:
    return country in MEMBER_STATES or (country == NORTHERN_IRELAND and not is_service)


@lru_cache(maxsize=1_024)
def _place_of_supply(destination: Destination, *, is_service: bool) -> str | None:
    """The territory that the destination belongs to; None outside, and where that is not sure."""
    if destination.country == "GB":
        is_northern = not is_service and _lies_in(destination, _NORTHERN_IRISH) is AreaMatch.YES
        return NORTHERN_IRELAND if is_northern else None
    territory = _tax_territory(destination.country)
    return None if _lies_in(destination, _OUTSIDE) is AreaMatch.YES else territory


def _lies_in(destination: Destination, areas: Iterable[Area]) -> AreaMatch:
    matches = {match_area(area, destination) for area in areas}
    return AreaMatch.YES if AreaMatch.YES in matches else AreaMatch.NO


def exempt_supply(rates: ApplicableRates, supply: BusinessSupply) -> ApplicableRates:
    """``rates``, which would apply, as the one rate of nothing that the invoice shows."""
    if not rates.burden:
        return rates
    first = rates.rates[0]
    reason = SupplyReason.REVERSE_CHARGE if supply.is_service else SupplyReason.INTRA_COMMUNITY
    zero = TaxRate(
        first.name,
        Decimal(0),
        jurisdiction=first.jurisdiction,
        table=first.table,
        rule=first.rule,
        reason=reason.value,
    )
    return ApplicableRates((zero,), rates.state, rates.reason, rates.table)


def explain_unconfirmed(rates: ApplicableRates, trusted: ApplicableRates) -> ApplicableRates:
    """``rates`` of a business whose id is not confirmed, with that as their reason.

    ``trusted`` are those with a confirmed id: where they are the same, the id is no reason.
    """
    if _percents(rates) == _percents(trusted):
        return rates
    reason = SupplyReason.UNCONFIRMED.value
    explained = tuple(replace(rate, reason=reason) for rate in rates.rates)
    return ApplicableRates(explained, rates.state, rates.reason, rates.table)


def _percents(rates: ApplicableRates) -> list[tuple[Decimal, bool]]:
    return [(rate.percent, rate.compound) for rate in rates.rates]
