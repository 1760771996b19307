"""What rules say by where a purchase goes: how shipping is taxed, fees, the step of what is due."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import Area, AreaMatch, WorldArea, match_areas
from gateway.engine.pricing.purchase import (
    ChargeTaxSource,
    ExtraCharge,
    Item,
    RatesByTable,
    ShippingTax,
    price_with_components,
)
from gateway.engine.pricing.tags import SHIPPABLE, item_tags
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.engine.validity import ALWAYS, Validity


@dataclass(frozen=True, slots=True)
class ShippingTaxRule:
    """How shipping to ``areas`` is taxed, for ``customers`` (None: all)."""

    areas: tuple[Area, ...]
    source: ChargeTaxSource
    customers: frozenset[CustomerKind] | None = None
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class Fee:
    """A charge beside the goods of a purchase to ``areas``, in one currency.

    It is charged where the goods cost at least ``goods_from`` and less than ``goods_below`` before
    discounts, minor units. ``for_digital``: it is charged also where nothing is shipped.
    """

    charge: ExtraCharge
    areas: tuple[Area, ...] = (WorldArea(),)
    goods_from: int | None = None
    goods_below: int | None = None
    for_digital: bool = False

    def is_charged(self, destination: Destination | None, items: Iterable[Item]) -> bool:
        """Whether it is charged for ``items`` that go there; not where that is uncertain."""
        goods = tuple(items)
        if not goods or match_areas(self.areas, destination) is not AreaMatch.YES:
            return False
        if not self.for_digital and not any(map(_is_shipped, goods)):
            return False
        worth = sum(item.quantity * price_with_components(item) for item in goods)
        return (self.goods_from is None or worth >= self.goods_from) and (
            self.goods_below is None or worth < self.goods_below
        )


@dataclass(frozen=True, slots=True)
class MultiCurrencyFee:
    """A fee with its amounts in each currency; in other currencies it is not charged.

    If ``follows_market``, its amounts include tax where the market's prices do.
    """

    by_currency: Mapping[str, Fee]
    validity: Validity = ALWAYS
    follows_market: bool = True

    def fee_for(self, currency: str, day: date, *, includes_tax: bool) -> Fee | None:
        """The fee in this currency on this day; None where it is not charged."""
        fee = self.by_currency.get(currency)
        if fee is None or not self.validity.includes(day):
            return None
        if not self.follows_market:
            return fee
        return replace(fee, charge=replace(fee.charge, includes_tax=includes_tax))


@dataclass(frozen=True, slots=True)
class PayableStep:
    """Of what, in minor units, the amount due is a multiple for purchases to ``areas``."""

    minor: int
    areas: tuple[Area, ...] = (WorldArea(),)


def find_shipping_tax(
    rules: Iterable[ShippingTaxRule], destination: Destination | None, customer: CustomerKind
) -> ShippingTax:
    """How shipping is taxed there: by the first rule that holds, else by the default tax table.

    It is uncertain where a rule before asks for a part that the destination lacks, and where its
    parts contradict one another. For exempt customers the tables say that nothing is taxed.
    """
    is_certain = destination is None or not destination.doubtful
    if customer is not CustomerKind.EXEMPT:
        for rule in rules:
            if rule.customers is not None and customer not in rule.customers:
                continue
            area_match = match_areas(rule.areas, destination)
            if area_match is AreaMatch.YES:
                return ShippingTax(rule.source, is_certain)
            is_certain = is_certain and area_match is AreaMatch.NO
    return ShippingTax(RatesByTable(), is_certain)


def find_payable_step(steps: Iterable[PayableStep], destination: Destination | None) -> int:
    """The step of what is due there, in minor units; 1 where no rule certainly holds."""
    for step in steps:
        if match_areas(step.areas, destination) is AreaMatch.YES:
            return step.minor
    return 1


def _is_shipped(item: Item) -> bool:
    """Whether the item or one of its components is shipped."""
    return SHIPPABLE in item_tags(item) or any(map(_is_shipped, item.components))
