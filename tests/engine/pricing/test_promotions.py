"""Promotions: what they take, in which order, and why they do not apply (R137)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import PostalCodeArea
from gateway.engine.pricing.discounts import AmountOff, OrderDiscount, PercentOff
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.promotion_step import rank_unit_price
from gateway.engine.pricing.promotions import (
    ON_SALE,
    BuyAndGet,
    CheapestOff,
    FreeShipping,
    PriceTier,
    Promotion,
    PromotionScope,
    TierPrices,
    UsedUpPromotion,
    order_promotions,
)
from gateway.engine.pricing.purchase import Item, Purchase
from gateway.engine.pricing.shipping import FlatPrice, ShippingMethod
from gateway.engine.pricing.tags import NOT_DISCOUNTABLE
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.engine.validity import Validity
from tests.engine.purchases import USD

DAY = date(2026, 11, 2)
POST = ShippingMethod("post", "Post", FlatPrice(595))
COURIER = ShippingMethod("courier", "Courier", FlatPrice(1495))
BOOKS = PromotionScope(frozenset({"collection books"}))


def goods(reference: str, price: int, quantity: int = 1, *keys: str) -> Item:
    return Item(reference, reference, price, quantity, scope_keys=frozenset(keys))


def percent(number: int | str) -> PercentOff:
    return PercentOff(Decimal(number))


def buy(items: Sequence[Item], *promotions: Promotion, **details: object) -> PricedPurchase:
    purchase = Purchase(
        USD, tuple(items), DAY, methods=(POST, COURIER), promotions=order_promotions(promotions)
    )
    return PricedPurchase(replace(purchase, **details))  # type: ignore[arg-type]


def promotion_results(priced: PricedPurchase) -> dict[str, int | str | None]:
    """By promotion, what it took in minor units, or why it does not apply."""
    return {
        outcome.promotion.name: outcome.amount_off if outcome.is_applied else outcome.reason
        for outcome in priced.promotion_outcomes
    }


def line_discounts(priced: PricedPurchase) -> dict[str, int]:
    return {item.reference: item.discount.minor for item in priced.items}


MUG, HAT, BOOK = goods("mug", 1000, 2), goods("hat", 500), goods("book", 700, 3, "collection books")
ALL_ITEMS = (MUG, HAT, BOOK)  # 20.00 + 5.00 + 21.00 = 46.00


@pytest.mark.parametrize(
    ("promotion", "discounts"),
    [
        # 10 % of 46.00
        (Promotion("P", "P", percent(10)), {"mug": -200, "hat": -50, "book": -210}),
        (Promotion("P", "P", {"USD": AmountOff(460)}), {"mug": -200, "hat": -50, "book": -210}),
        # More than they are worth takes all.
        (Promotion("P", "P", {"USD": AmountOff(9999)}), {"mug": -2000, "hat": -500, "book": -2100}),
        (Promotion("P", "P", percent(50), scope=BOOKS), {"mug": 0, "hat": 0, "book": -1050}),
        (Promotion("P", "P", CheapestOff()), {"mug": 0, "hat": -500, "book": 0}),
        # Half of the hat and of two books: 2.50 + 7.00
        (Promotion("P", "P", CheapestOff(3, percent(50))), {"mug": 0, "hat": -250, "book": -700}),
        (Promotion("P", "P", BuyAndGet(2, 1), scope=BOOKS), {"mug": 0, "hat": 0, "book": -700}),
        # Two mugs and a hat get two books, but only half of each.
        (
            Promotion("P", "P", BuyAndGet(3, 2, percent(50), BOOKS)),
            {"mug": 0, "hat": 0, "book": -700},
        ),
        # Six units make two sets of three: the hat and one book.
        (Promotion("P", "P", BuyAndGet(2, 1)), {"mug": 0, "hat": -500, "book": -700}),
        (
            Promotion(
                "P", "P", TierPrices((PriceTier(2, {"USD": 900}), PriceTier(3, percent(20))))
            ),
            {"mug": -200, "hat": 0, "book": -420},
        ),
    ],
)
def test_an_effect_takes_what_it_says(promotion: Promotion, discounts: dict[str, int]) -> None:
    priced = buy(ALL_ITEMS, promotion)
    assert line_discounts(priced) == discounts
    assert promotion_results(priced) == {"P": -sum(discounts.values())}
    assert priced.discount_total.minor == sum(discounts.values())


CONDITIONS = [
    # What is got is never what is bought.
    (
        Promotion("P", "P", BuyAndGet(1, 1, of=PromotionScope()), scope=BOOKS),
        "from 1 of its goods",
    ),
    (
        Promotion("P", "P", percent(10), validity=Validity(date(2026, 12, 1))),
        "valid from 2026-12-01",
    ),
    (Promotion("P", "P", percent(10), validity=Validity(None, DAY)), "no longer valid"),
    (Promotion("P", "P", {"EUR": AmountOff(100)}), "not for purchases in USD"),
    (Promotion("P", "P", percent(10), minimums={"EUR": 1}), "not for purchases in USD"),
    (Promotion("P", "P", percent(10), customers=frozenset({"BUSINESS"})), "not for this customer"),
    (
        Promotion("P", "P", percent(10), areas=(PostalCodeArea("DE"),)),
        "it depends on the destination, which is not known yet",
    ),
    (
        Promotion("P", "P", percent(10), scope=PromotionScope(frozenset({"tag new"}))),
        "none of its goods are there",
    ),
    (Promotion("P", "P", percent(10), minimums={"USD": 4601}), "from 46.01 after discounts"),
    (
        Promotion("P", "P", percent(10), minimums={"USD": 4601}, minimum_before_discounts=True),
        "from 46.01 before discounts",
    ),
    (
        Promotion("P", "P", percent(10), scope=BOOKS, minimums={"USD": 2101}),
        "from 21.01 after discounts",
    ),
    (Promotion("P", "P", BuyAndGet(6, 1)), "from 7 of its goods"),
    (Promotion("P", "P", BuyAndGet(4, 1, of=BOOKS)), "from 4 of its goods"),
    (
        Promotion("P", "P", BuyAndGet(1, 1, of=PromotionScope(frozenset({"tag new"})))),
        "what it reduces is not there",
    ),
    (Promotion("P", "P", TierPrices((PriceTier(4, percent(5)),))), "from 4 of one kind"),
    (
        Promotion("P", "P", FreeShipping(), minimums={"USD": 5000}),
        "from 50.00 after discounts",
    ),
    (Promotion("P", "P", FreeShipping(), scope=BOOKS), "goods are shipped that it is not for"),
    (
        Promotion("P", "P", FreeShipping(frozenset({"boat"}))),
        "no shipping method that it is for fits",
    ),
]


@pytest.mark.parametrize(("promotion", "reason"), CONDITIONS)
def test_a_promotion_that_does_not_apply_says_why(promotion: Promotion, reason: str) -> None:
    priced = buy(ALL_ITEMS, promotion)
    assert promotion_results(priced) == {"P": reason}
    assert priced.discount_total.minor == 0
    assert [each.text for each in priced.explanations if each.figure == "promotion"] == [
        f"P does not apply: {reason}."
    ]


def test_conditions_that_hold_just_do() -> None:
    promotion = Promotion(
        "P",
        "P",
        percent(10),
        validity=Validity(DAY, date(2026, 11, 3)),
        minimums={"USD": 4600},
        customers=frozenset({"BUSINESS"}),
        areas=(PostalCodeArea("DE"), PostalCodeArea("FR")),
    )
    german = {"customer": CustomerKind.BUSINESS, "destination": Destination("DE")}
    assert promotion_results(buy(ALL_ITEMS, promotion, **german)) == {"P": 460}
    british = {**german, "destination": Destination("GB")}
    assert promotion_results(buy(ALL_ITEMS, promotion, **british)) == {
        "P": "not for this destination"
    }
    used_up = {**german, "used_up_promotions": (UsedUpPromotion("P", "all uses are taken"),)}
    assert promotion_results(buy(ALL_ITEMS, promotion, **used_up)) == {"P": "all uses are taken"}


def test_goods_on_sale_and_goods_without_discounts_are_left_out() -> None:
    reduced = goods("reduced", 1000, 1, ON_SALE)
    gift_card = replace(goods("card", 1000), tags=frozenset({NOT_DISCOUNTABLE}))
    everything = Promotion("ALL", "All", percent(10), priority=2)
    regular = Promotion("REGULAR", "Regular", percent(50), scope=PromotionScope(not_on_sale=True))
    priced = buy([goods("mug", 1000), reduced, gift_card], regular, everything)
    # The mug: 10.00 - 5.00 - 0.50; the reduced one: 10.00 - 1.00
    assert line_discounts(priced) == {"mug": -550, "reduced": -100, "card": 0}
    assert promotion_results(priced) == {"REGULAR": 500, "ALL": 150}


def test_promotions_apply_by_priority_and_only_where_both_combine() -> None:
    first = Promotion("FIRST", "First", percent(10), priority=1, combines=frozenset({"THIRD"}))
    second = Promotion("SECOND", "Second", percent(50), priority=2)
    third = Promotion("THIRD", "Third", {"USD": AmountOff(100)}, priority=3)
    alone = Promotion("ALONE", "Alone", percent(90), priority=4, combines=frozenset())
    priced = buy([goods("mug", 1000)], third, alone, second, first)
    assert promotion_results(priced) == {
        "FIRST": 100,
        "SECOND": "not together with FIRST",
        "THIRD": 100,
        "ALONE": "not together with FIRST",
    }
    coupon = OrderDiscount(percent(10), "Ten", "TEN")
    with_coupon = buy([goods("mug", 1000)], third, alone, discounts=(coupon,))
    # 10.00 - 1.00, and a tenth of 9.00
    assert promotion_results(with_coupon) == {"THIRD": 100, "ALONE": "not together with TEN"}
    assert [(each.code, each.amount.minor) for each in with_coupon.adjustments] == [
        (None, -100),
        ("TEN", -90),
    ]


def test_a_bundle_is_reduced_as_a_whole() -> None:
    part = goods("part", 450, 2)
    bundle = replace(goods("box", 100, 2, "collection books"), components=(part,))
    half = Promotion("HALF", "Half", percent(50), scope=BOOKS)
    tiers = Promotion("TIERS", "From 2", TierPrices((PriceTier(2, {"USD": 801}),)), scope=BOOKS)
    # Two boxes of 1.00 with two parts of 4.50 each are 20.00; at 8.01 they are 16.02.
    priced = buy([bundle, goods("mug", 1000)], half, tiers)
    assert promotion_results(priced) == {"TIERS": 398, "HALF": 801}
    assert line_discounts(priced) == {"box": -1199, "mug": 0}
    # 3.98 over 2.00 and 18.00, then half of what is left of each
    assert priced.ledger_after("shipping").amounts == (0, 80, 721, 1000)


def test_prices_by_quantity_come_first_and_combine_with_all() -> None:
    tiers = Promotion("TIERS", "From 10", TierPrices((PriceTier(10, {"USD": 800}),)))
    alone = Promotion("ALONE", "Alone", percent(10), priority=-5, combines=frozenset())
    # Two lines of one variant count together: 12 x 8.00, less a tenth.
    priced = buy([goods("mug", 1000, 5), goods("mug", 1000, 7)], alone, tiers)
    assert promotion_results(priced) == {"TIERS": 2400, "ALONE": 960}


def test_free_shipping_is_by_method_and_after_all_discounts() -> None:
    free = Promotion("FREESHIP", "Free", FreeShipping(frozenset({"post"})), minimums={"USD": 4000})
    priced = buy(ALL_ITEMS, free)
    assert promotion_results(priced) == {"FREESHIP": 595}
    assert priced.shipping_total.net is not None
    assert priced.shipping_total.net.minor == 0
    assert "-5.95 of FREESHIP on shipping." in [each.text for each in priced.explanations]
    courier = buy(ALL_ITEMS, free, method_id="courier")
    assert promotion_results(courier) == {
        "FREESHIP": "not for the shipping method that is selected"
    }
    assert courier.shipping_total.net is not None
    assert courier.shipping_total.net.minor == 1495
    summer = Promotion("SUMMER", "Summer", {"USD": AmountOff(601)})
    assert promotion_results(buy(ALL_ITEMS, free, summer)) == {
        "SUMMER": 601,
        "FREESHIP": "from 40.00 after discounts",
    }
    before = replace(free, minimum_before_discounts=True)
    assert promotion_results(buy(ALL_ITEMS, before, summer)) == {"SUMMER": 601, "FREESHIP": 595}


def test_each_share_is_told_with_its_line() -> None:
    summer = Promotion("SUMMER", "Summer sale", {"USD": AmountOff(1000)}, scope=BOOKS)
    cookery = goods("cookery", 900, 1, "collection books")
    priced = buy([MUG, BOOK, cookery], summer)
    # 10.00 over 21.00 and 9.00
    assert [each.text for each in priced.explanations if each.rule == "SUMMER"] == [
        "-7.00 of SUMMER on line 2.",
        "-3.00 of SUMMER on line 3.",
    ]


# -- in general

SCOPE_KEYS = ("collection books", "tag new", ON_SALE)
items = st.builds(
    Item,
    st.uuids().map(str),
    st.just("goods"),
    st.integers(0, 5_000),
    st.integers(1, 9),
    scope_keys=st.frozensets(st.sampled_from(SCOPE_KEYS)),
    tags=st.sampled_from([frozenset[str](), frozenset({NOT_DISCOUNTABLE})]),
)
percents = st.integers(1, 100).map(percent)
effects = st.one_of(
    percents,
    st.integers(1, 9_000).map(lambda minor: {"USD": AmountOff(minor)}),
    st.builds(CheapestOff, st.integers(1, 5), percents),
    st.builds(
        BuyAndGet,
        st.integers(1, 4),
        st.integers(1, 3),
        percents,
        st.none() | st.just(PromotionScope(frozenset({"tag new"}))),
    ),
    st.builds(FreeShipping, st.sampled_from([None, frozenset({"post"})])),
    st.lists(
        st.builds(
            PriceTier,
            st.integers(1, 9),
            percents | st.integers(0, 5_000).map(lambda minor: {"USD": minor}),
        ),
        min_size=1,
        max_size=3,
    ).map(lambda tiers: TierPrices(tuple(tiers))),
)
scopes = st.builds(
    PromotionScope,
    st.none() | st.frozensets(st.sampled_from(SCOPE_KEYS[:2]), min_size=1),
    st.booleans(),
)
promotion_lists = st.lists(
    st.builds(
        Promotion,
        st.sampled_from("ABCDE"),
        st.just("label"),
        effects,
        scope=scopes,
        minimums=st.sampled_from([{}, {"USD": 2000}]),
        minimum_before_discounts=st.booleans(),
        priority=st.integers(0, 3),
        combines=st.none() | st.frozensets(st.sampled_from("ABCDE")),
    ),
    max_size=5,
    unique_by=lambda promotion: promotion.name,
)


@given(st.lists(items, min_size=1, max_size=6), promotion_lists)
def test_sums_hold_and_no_line_falls_below_zero(
    lines: list[Item], promotions: list[Promotion]
) -> None:
    priced = buy(lines, *promotions)
    ledger = priced.ledger_after("shipping")
    assert all(amount >= 0 for amount in ledger.amounts)
    assert sum(ledger.prices) - sum(ledger.amounts) == -priced.discount_total.minor
    for outcome in ledger.promotion_outcomes:
        assert outcome.amount_off == -sum(minor for _, minor in outcome.shares)
        assert (outcome.amount_off > 0) is outcome.is_applied
    applied = [outcome.promotion for outcome in priced.promotion_outcomes if outcome.is_applied]
    for promotion in applied:
        for another in applied:
            if promotion is not another and not (promotion.is_price or another.is_price):
                assert promotion.accepts(another.name)


@given(st.lists(items, min_size=1, max_size=6), promotion_lists, st.randoms())
def test_the_order_of_lines_matters_for_remainders_only(
    lines: list[Item], promotions: list[Promotion], random: object
) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    # Prices without remainders; several promotions in a row would leave some to share.
    scaled = [replace(line, unit_price=line.unit_price * 10_000) for line in lines]
    scaled_shuffled = [replace(line, unit_price=line.unit_price * 10_000) for line in shuffled]
    promotions = promotions[:1]
    first, second = buy(scaled, *promotions), buy(scaled_shuffled, *promotions)
    assert promotion_results(first) == promotion_results(second)
    discounts, shuffled_discounts = line_discounts(first), line_discounts(second)
    assert all(abs(discounts[each] - shuffled_discounts[each]) <= 1 for each in discounts)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**9), st.integers(1, 10**9))
def test_unit_prices_are_ranked_exactly(
    quantity: int, another_quantity: int, amount: int, another_amount: int
) -> None:
    """The cheapest unit is the cheapest, whatever the quantities."""
    difference = Fraction(amount, quantity) - Fraction(another_amount, another_quantity)
    rank = rank_unit_price(amount, quantity) - rank_unit_price(another_amount, another_quantity)
    assert (rank > 0, rank < 0) == (difference > 0, difference < 0)
