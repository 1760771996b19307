"""Purchases to price in tests, said in a line: amounts are minor units of USD."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import (
    Area,
    PostalCodeArea,
    RegionArea,
    UnitedStatesArea,
    UsCountryArea,
)
from gateway.engine.money import Currency, Money, RoundingMode
from gateway.engine.pricing.discounts import AmountOff, AmountOffPerUnit, OrderDiscount, PercentOff
from gateway.engine.pricing.ledger import Ledger
from gateway.engine.pricing.pipeline import STANDARD_STEPS, PricingStep
from gateway.engine.pricing.priced_purchase import PricedItem, PricedPurchase
from gateway.engine.pricing.purchase import (
    ExtraCharge,
    FixedRates,
    Item,
    Purchase,
    RatesByTable,
    charge_tax_source,
)
from gateway.engine.pricing.snapshots import TaxedTotal
from gateway.engine.pricing.strategies import Pipeline
from gateway.engine.tax.charge_sharing import ChargeTaxMethod
from gateway.engine.tax.line_tax import TaxRate
from gateway.engine.tax.rounding import RoundedSide, RoundingLevel, RoundingPolicy
from gateway.engine.tax.tax_tables import TaxRule, TaxTable, TaxTables

USD, JPY = Currency("USD", 2), Currency("JPY", 0)
TODAY = date(2026, 11, 2)
NOWHERE = None
CA_94043 = Destination("US", "CA", "94043")
CA_90001 = Destination("US", "CA", "90001")
NY_10001 = Destination("US", "NY", "10001")
GB = Destination("GB", None, "SW1A 1AA")


def usd(minor: int) -> Money:
    return Money(minor, USD)


def rates(*percents: str, compound: bool = False) -> FixedRates:
    """Rates named after their percentages; the later ones ``compound`` if so."""
    return FixedRates(
        tuple(
            TaxRate(f"tax{percent}", Decimal(percent), compound=compound and index > 0)
            for index, percent in enumerate(percents)
        )
    )


def item(unit_price: int, quantity: int = 1, *percents: str, **more: object) -> Item:
    """A line; without percentages it is taxed by the tables."""
    taxation = rates(*percents) if percents else RatesByTable()
    fields: dict[str, object] = {"reference": "i", "name": "item", "tax_source": taxation} | more
    return replace(Item("i", "item", unit_price, quantity), **fields)  # type: ignore[arg-type]


def purchase(*items: Item, **more: object) -> Purchase:
    numbered = tuple(
        replace(line, reference=str(index)) if line.reference == "i" else line
        for index, line in enumerate(items)
    )
    return replace(Purchase(USD, numbered, TODAY), **more)  # type: ignore[arg-type]


def price_items(*items: Item, **more: object) -> PricedPurchase:
    return PricedPurchase(purchase(*items, **more))


def percent_off(percent: str) -> PercentOff:
    return PercentOff(Decimal(percent))


def order_discount(discount: AmountOff | PercentOff, code: str | None = None) -> OrderDiscount:
    return OrderDiscount(discount, "off", code)


def net_tax_gross(total: TaxedTotal) -> tuple[int | None, int | None, int | None]:
    """Net, tax and gross, minor units."""
    net, tax, gross = (
        None if side is None else side.minor for side in (total.net, total.tax, total.gross)
    )
    return net, tax, gross


def policy(
    mode: str = "HALF_UP", level: str = "LINE", *, per_rate: bool = True, side: str = "TAX"
) -> RoundingPolicy:
    return RoundingPolicy(RoundingMode(mode), RoundingLevel(level), per_rate, RoundedSide(side))


def rule(percent: str, *areas: Area, **more: object) -> TaxRule:
    return replace(TaxRule(areas, Decimal(percent)), **more)  # type: ignore[arg-type]


def tables(*rules: TaxRule, **alternates: TaxTable) -> TaxTables:
    return TaxTables(TaxTable("default", rules), alternates)


def state_area(code: str) -> RegionArea:
    return RegionArea("US", code)


def postal_code_area(country: str, pattern: str | None = None) -> PostalCodeArea:
    return PostalCodeArea(country, pattern)


def us_area(area: UsCountryArea) -> UnitedStatesArea:
    return UnitedStatesArea(area)


# The golden tables of Google Checkout's documentation.
GOLDEN = tables(
    rule("9.25", postal_code_area("US", "9404*")),
    rule("7.25", state_area("CA")),
    rule("20", postal_code_area("GB")),
    food=TaxTable("food", (rule("1", state_area("CA")),)),
    exempt=TaxTable("exempt", (), standalone=True),
    warranty=TaxTable("warranty", (rule("6", state_area("CT")),), standalone=True),
)


# One of each kind of node.
FULL_PURCHASE = purchase(
    item(1000, 2, tags=frozenset({"GIFT"}), discount=AmountOff(100)),
    item(500, components=(item(200, 3), item(0))),
    destination=CA_94043,
    tax_tables=GOLDEN,
    discounts=(order_discount(percent_off("10"), "TEN"),),
    surcharges=(ExtraCharge("wrapping", 150),),
    shipping=(ExtraCharge("post", 300),),
    stored_value=400,
)


# -- reading figures


def tax_line_rows(priced_item: PricedItem) -> list[tuple[str, str, int, int]]:
    """Name, percent, base and tax of each tax line."""
    assert priced_item.tax_lines is not None
    return [
        (line.name, str(line.rate_percent), line.base.minor, line.tax.minor)
        for line in priced_item.tax_lines
    ]


def no_tax_reasons(priced_item: PricedItem) -> list[str | None]:
    assert priced_item.tax_lines is not None
    return [line.reason for line in priced_item.tax_lines]


def tax_summary_rows(priced_purchase: PricedPurchase) -> list[tuple[str, str, int, int]]:
    assert priced_purchase.tax_summary is not None
    return [
        (row.name, str(row.rate_percent), row.base.minor, row.tax.minor)
        for row in priced_purchase.tax_summary
    ]


def item_taxes(priced_purchase: PricedPurchase) -> list[int | None]:
    """Each item's tax."""
    return [net_tax_gross(each.total)[1] for each in priced_purchase.items]


# -- watching strategies


class PipelineSpy:
    """The standard pipeline, writing down which strategies run."""

    def __init__(self, **replacements: Callable[[Ledger], Ledger]) -> None:
        self.ran: list[str] = []
        self._replacements = replacements
        self.pipeline = Pipeline([self._recording(step) for step in STANDARD_STEPS])

    def _recording(self, step: PricingStep) -> PricingStep:
        apply_step = self._replacements.get(step.name.replace(" ", "_"), step.apply)

        def record_and_run(ledger: Ledger) -> Ledger:
            self.ran.append(step.name)
            return apply_step(ledger)

        return replace(step, apply=record_and_run)


# -- any purchase at all

PERCENTS = ("0", "1", "5", "7.25", "8.875", "9.975", "19", "20", "100")
rate_lists = st.lists(
    st.builds(
        TaxRate, st.sampled_from("abc"), st.sampled_from(PERCENTS).map(Decimal), st.booleans()
    ),
    max_size=3,
).map(lambda found: FixedRates(tuple(found)))
percentages = st.sampled_from(("0", "3", "10", "33.3", "50", "100")).map(percent_off)
amounts_off = st.integers(0, 5_000).map(AmountOff)
roundings = st.builds(
    RoundingPolicy,
    st.sampled_from(RoundingMode),
    st.sampled_from(RoundingLevel),
    st.booleans(),
    st.sampled_from(RoundedSide),
)
taxations = st.one_of(
    rate_lists, st.sampled_from(["food", "exempt", "warranty", None]).map(RatesByTable)
)
tag_sets = st.frozensets(
    st.sampled_from(["DIGITAL", "NOT_DISCOUNTABLE", "TAX_EXEMPT", "GIFT", "SHIPPABLE", "mine.own"]),
    max_size=2,
)


def _item_strategy(components: tuple[Item, ...] | list[Item] = ()) -> st.SearchStrategy[Item]:
    return st.builds(
        Item,
        reference=st.just("i"),
        name=st.just("item"),
        unit_price=st.integers(0, 20_000),
        quantity=st.integers(1, 7),
        includes_tax=st.booleans(),
        tax_source=taxations,
        discount=st.none() | percentages | amounts_off | st.integers(0, 300).map(AmountOffPerUnit),
        tags=tag_sets,
        components=st.just(tuple(components)),
    )


items = st.recursive(
    _item_strategy(),
    lambda below: st.lists(below, max_size=3).flatmap(_item_strategy),
    max_leaves=4,
)


def _charge_lists(min_minor: int) -> st.SearchStrategy[tuple[ExtraCharge, ...]]:
    return st.lists(
        st.builds(
            ExtraCharge,
            st.just("charge"),
            st.integers(min_minor, 3_000),
            st.booleans(),
            st.one_of(
                taxations.filter(lambda each: not (isinstance(each, RatesByTable) and each.table)),
                st.sampled_from(ChargeTaxMethod).map(charge_tax_source),
            ),
            st.none() | percentages | amounts_off,
        ),
        max_size=2,
    ).map(tuple)


purchases = st.builds(
    Purchase,
    currency=st.just(USD),
    items=st.lists(items, max_size=4).map(tuple),
    on=st.just(TODAY),
    rounding=roundings,
    discounts=st.lists((percentages | amounts_off).map(order_discount), max_size=2).map(tuple),
    surcharges=_charge_lists(-500),
    shipping=_charge_lists(0),
    stored_value=st.none() | st.integers(0, 60_000),
    destination=st.sampled_from([CA_94043, CA_90001, NY_10001, GB, Destination("US")]),
    tax_tables=st.just(GOLDEN),
)
