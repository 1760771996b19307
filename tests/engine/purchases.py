"""Purchases to price in tests, said in a line: amounts are minor units of USD."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from gateway.engine.areas import Area, InPostalCodes, InRegion, InUnitedStates, UsArea
from gateway.engine.discounts import AmountOff, AmountOffEach, OrderDiscount, PercentOff
from gateway.engine.ledger import Ledger
from gateway.engine.levies import TaxRate
from gateway.engine.money import Currency, Money, RoundingMode
from gateway.engine.places import Destination
from gateway.engine.pricing import PricedItem, PricedPurchase
from gateway.engine.records import AnySum
from gateway.engine.rounding import RoundedSide, Rounding, RoundingLevel
from gateway.engine.stages import STANDARD_STEPS, Step
from gateway.engine.strategies import Pipeline
from gateway.engine.taxes import TaxRule, TaxTable, TaxTables
from gateway.engine.tree import ByTable, Charge, Item, Purchase, Rates

USD, JPY = Currency("USD", 2), Currency("JPY", 0)
TODAY = date(2026, 11, 2)
NOWHERE = None
CA_94043 = Destination("US", "CA", "94043")
CA_90001 = Destination("US", "CA", "90001")
NY_10001 = Destination("US", "NY", "10001")
GB = Destination("GB", None, "SW1A 1AA")


def usd(minor: int) -> Money:
    return Money(minor, USD)


def rates(*percents: str, compound: bool = False) -> Rates:
    """Rates named after their percentages; the later ones ``compound`` if so."""
    return Rates(
        tuple(
            TaxRate(f"tax{percent}", Decimal(percent), compound=compound and at > 0)
            for at, percent in enumerate(percents)
        )
    )


def item(unit_price: int, quantity: int = 1, *percents: str, **more: object) -> Item:
    """A line; without percentages it is taxed by the tables."""
    taxation = rates(*percents) if percents else ByTable()
    fields: dict[str, object] = {"reference": "i", "name": "item", "taxation": taxation} | more
    return replace(Item("i", "item", unit_price, quantity), **fields)  # type: ignore[arg-type]


def purchase(*items: Item, **more: object) -> Purchase:
    numbered = tuple(
        replace(each, reference=str(at)) if each.reference == "i" else each
        for at, each in enumerate(items)
    )
    return replace(Purchase(USD, numbered, TODAY), **more)  # type: ignore[arg-type]


def priced(*items: Item, **more: object) -> PricedPurchase:
    return PricedPurchase(purchase(*items, **more))


def percent_off(percent: str) -> PercentOff:
    return PercentOff(Decimal(percent))


def order_discount(discount: AmountOff | PercentOff, code: str | None = None) -> OrderDiscount:
    return OrderDiscount(discount, "off", code)


def sides(found: AnySum) -> tuple[int | None, int | None, int | None]:
    """Net, tax and gross, minor units."""
    net, tax, gross = (
        None if side is None else side.minor for side in (found.net, found.tax, found.gross)
    )
    return net, tax, gross


def policy(
    mode: str = "HALF_UP", level: str = "LINE", *, per_rate: bool = True, side: str = "TAX"
) -> Rounding:
    return Rounding(RoundingMode(mode), RoundingLevel(level), per_rate, RoundedSide(side))


def rule(percent: str, *areas: Area, **more: object) -> TaxRule:
    return replace(TaxRule(areas, Decimal(percent)), **more)  # type: ignore[arg-type]


def tables(*rules: TaxRule, **alternates: TaxTable) -> TaxTables:
    return TaxTables(TaxTable("default", rules), alternates)


def state(code: str) -> InRegion:
    return InRegion("US", code)


def codes(country: str, pattern: str | None = None) -> InPostalCodes:
    return InPostalCodes(country, pattern)


def us(area: UsArea) -> InUnitedStates:
    return InUnitedStates(area)


# The golden tables of Google Checkout's documentation.
GOLDEN = tables(
    rule("9.25", codes("US", "9404*")),
    rule("7.25", state("CA")),
    rule("20", codes("GB")),
    food=TaxTable("food", (rule("1", state("CA")),)),
    exempt=TaxTable("exempt", (), standalone=True),
    warranty=TaxTable("warranty", (rule("6", state("CT")),), standalone=True),
)


# One of each kind of node.
EVERYTHING = purchase(
    item(1000, 2, tags=frozenset({"GIFT"}), discount=AmountOff(100)),
    item(500, components=(item(200, 3), item(0))),
    destination=CA_94043,
    tax_tables=GOLDEN,
    discounts=(order_discount(percent_off("10"), "TEN"),),
    surcharges=(Charge("wrapping", 150),),
    shipping=(Charge("post", 300),),
    stored_value=400,
)


# -- reading figures


def lines(found: PricedItem) -> list[tuple[str, str, int, int]]:
    """Name, percent, base and tax of each tax line."""
    assert found.tax_lines is not None
    return [
        (line.name, str(line.rate_percent), line.base.minor, line.tax.minor)
        for line in found.tax_lines
    ]


def reasons(found: PricedItem) -> list[str | None]:
    assert found.tax_lines is not None
    return [line.reason for line in found.tax_lines]


def summary(found: PricedPurchase) -> list[tuple[str, str, int, int]]:
    assert found.tax_summary is not None
    return [
        (row.name, str(row.rate_percent), row.base.minor, row.tax.minor)
        for row in found.tax_summary
    ]


def taxes(found: PricedPurchase) -> list[int | None]:
    """Each item's tax."""
    return [sides(each.total)[1] for each in found.items]


# -- watching strategies


class Spy:
    """The standard pipeline, writing down which strategies run."""

    def __init__(self, **instead: Callable[[Ledger], Ledger]) -> None:
        self.ran: list[str] = []
        self._instead = instead
        self.pipeline = Pipeline([self._watched(step) for step in STANDARD_STEPS])

    def _watched(self, step: Step) -> Step:
        work = self._instead.get(step.name.replace(" ", "_"), step.work)

        def watched(ledger: Ledger) -> Ledger:
            self.ran.append(step.name)
            return work(ledger)

        return replace(step, work=watched)


# -- any purchase at all

PERCENTS = ("0", "1", "5", "7.25", "8.875", "9.975", "19", "20", "100")
rate_lists = st.lists(
    st.builds(
        TaxRate, st.sampled_from("abc"), st.sampled_from(PERCENTS).map(Decimal), st.booleans()
    ),
    max_size=3,
).map(lambda found: Rates(tuple(found)))
percentages = st.sampled_from(("0", "3", "10", "33.3", "50", "100")).map(percent_off)
amounts_off = st.integers(0, 5_000).map(AmountOff)
roundings = st.builds(
    Rounding,
    st.sampled_from(RoundingMode),
    st.sampled_from(RoundingLevel),
    st.booleans(),
    st.sampled_from(RoundedSide),
)
taxations = st.one_of(
    rate_lists, st.sampled_from(["food", "exempt", "warranty", None]).map(ByTable)
)
tag_sets = st.frozensets(
    st.sampled_from(["DIGITAL", "NOT_DISCOUNTABLE", "TAX_EXEMPT", "GIFT", "SHIPPABLE", "mine.own"]),
    max_size=2,
)


def _item(components: tuple[Item, ...] | list[Item] = ()) -> st.SearchStrategy[Item]:
    return st.builds(
        Item,
        reference=st.just("i"),
        name=st.just("item"),
        unit_price=st.integers(0, 20_000),
        quantity=st.integers(1, 7),
        includes_tax=st.booleans(),
        taxation=taxations,
        discount=st.none() | percentages | amounts_off | st.integers(0, 300).map(AmountOffEach),
        tags=tag_sets,
        components=st.just(tuple(components)),
    )


items = st.recursive(
    _item(), lambda below: st.lists(below, max_size=3).flatmap(_item), max_leaves=4
)


def _charges(least: int) -> st.SearchStrategy[tuple[Charge, ...]]:
    return st.lists(
        st.builds(
            Charge,
            st.just("charge"),
            st.integers(least, 3_000),
            st.booleans(),
            taxations.filter(lambda each: not (isinstance(each, ByTable) and each.table)),
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
    surcharges=_charges(-500),
    shipping=_charges(0),
    stored_value=st.none() | st.integers(0, 60_000),
    destination=st.sampled_from([CA_94043, CA_90001, NY_10001, GB, Destination("US")]),
    tax_tables=st.just(GOLDEN),
)
