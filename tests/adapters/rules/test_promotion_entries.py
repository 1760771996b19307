"""Promotions and tier prices of rule files (R137)."""

import json
from datetime import date
from decimal import Decimal

import jsonschema
import pytest

from gateway.adapters.rules.files import InvalidRuleFile, from_json, from_yaml, rule_file_schema
from gateway.engine.areas.area import PostalCodeArea
from gateway.engine.pricing.discounts import AmountOff, PercentOff
from gateway.engine.pricing.promotions import (
    BuyAndGet,
    CheapestOff,
    FreeShipping,
    PriceTier,
    Promotion,
    PromotionScope,
    TierPrices,
)
from gateway.engine.rulebook.linting import lint_rulebook
from gateway.engine.validity import Validity

FILE = """
groups: [wholesale]
promotions:
  - name: Summer
    label: Summer sale
    code: SUMMER
    from: 2026-06-01
    to: 2026-09-01
    off: {amount: {USD: 5, JPY: 700}}
    scope: {products: [Mug], collections: [beach], tags: [Swim], not_on_sale: true}
    minimum: {amount: {USD: 20}, before_discounts: true}
    customers: [BUSINESS, wholesale]
    areas: [DE]
    limit: 100
    limit_per_buyer: 2
    priority: 3
    combines: [Half]
  - {name: Half, off: {percent: 50}, combines: NONE}
  - {name: Cheap, off: {cheapest: 2}, combines: ALL}
  - {name: Pairs, off: {buy: 1, get: 1, percent: 12.5}}
  - {name: Gift, off: {buy: 2, get: 1, of: {tags: [gift]}}}
  - {name: Free, off: {free_shipping: true, methods: [post]}}
tiers:
  - {name: Cases, prices: [{from_quantity: 6, price: {USD: 1.10}}, {from_quantity: 9, percent: 5}]}
"""


def test_a_file_has_promotions_and_tier_prices() -> None:
    keys = frozenset({"product mug", "collection beach", "tag swim"})
    tiers = (PriceTier(6, {"USD": 110}), PriceTier(9, PercentOff(Decimal(5))))
    file = from_yaml(FILE)
    assert file.rulebook.promotions == (
        Promotion("Cases", "Cases", TierPrices(tiers)),
        Promotion(
            "Summer",
            "Summer sale",
            {"USD": AmountOff(500), "JPY": AmountOff(700)},
            code="SUMMER",
            validity=Validity(date(2026, 6, 1), date(2026, 9, 1)),
            scope=PromotionScope(keys, not_on_sale=True),
            minimums={"USD": 2000},
            minimum_before_discounts=True,
            customers=frozenset({"BUSINESS", "wholesale"}),
            areas=(PostalCodeArea("DE"),),
            limit=100,
            limit_per_buyer=2,
            priority=3,
            combines=frozenset({"Half"}),
        ),
        Promotion("Half", "Half", PercentOff(Decimal(50)), combines=frozenset()),
        Promotion("Cheap", "Cheap", CheapestOff(2)),
        Promotion("Pairs", "Pairs", BuyAndGet(1, 1, PercentOff(Decimal("12.5")))),
        Promotion(
            "Gift",
            "Gift",
            BuyAndGet(2, 1, of=PromotionScope(frozenset({"tag gift"}))),
        ),
        Promotion("Free", "Free", FreeShipping(frozenset({"post"}))),
    )
    assert file.rulebook.customer_groups == {"wholesale"}
    assert from_json(file.text).rulebook.promotions == file.rulebook.promotions
    jsonschema.Draft202012Validator(json.loads(rule_file_schema())).validate(json.loads(file.text))


ONE_EFFECT = "takes exactly one of percent, amount, cheapest, buy and get, and free_shipping"


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("{name: A, off: {}}", f"promotions[1].off: {ONE_EFFECT}"),
        ("{name: A, off: {percent: 5, amount: {USD: 1}}}", f"promotions[1].off: {ONE_EFFECT}"),
        ("{name: A, off: {cheapest: 1, buy: 1, get: 1}}", f"promotions[1].off: {ONE_EFFECT}"),
        ("{name: A, off: {buy: 2}}", "promotions[1].off: buy and get go together"),
        (
            "{name: A, off: {percent: 5, of: {tags: [new]}}}",
            "promotions[1].off: of belongs to buy and get",
        ),
        (
            "{name: A, off: {percent: 5, methods: [post]}}",
            "promotions[1].off: methods belong to free_shipping",
        ),
        (
            "{name: A, off: {percent: 101}}",
            "promotions[1].off.percent: Input should be less than or equal to 100",
        ),
        ("{name: A, off: {percent: 5}, until: 2026-01-01}", "promotions[1].until: Extra inputs"),
    ],
)
def test_what_is_wrong_is_said(entry: str, problem: str) -> None:
    with pytest.raises(InvalidRuleFile) as refusal:
        from_yaml(f"promotions: [{entry}]")
    [error] = refusal.value.errors
    assert error.startswith(problem)


def test_a_tier_has_one_price() -> None:
    with pytest.raises(InvalidRuleFile) as refusal:
        from_yaml("tiers: [{name: A, prices: [{from_quantity: 2}]}]")
    assert refusal.value.errors == ("tiers[1].prices[1]: takes exactly one of price and percent",)


def test_the_linter_tells_what_can_not_be_right() -> None:
    file = from_yaml(
        """
coupons: [{code: SAVE, label: Save, percent: 1}]
promotions:
  - {name: A, off: {percent: 5}, code: save, customers: [CONSUMER, staff]}
  - {name: A, off: {percent: 5}, from: 2026-02-01, to: 2026-02-01}
  - {name: B, off: {free_shipping: true, methods: [boat]}, combines: [A, SAVE, C]}
tiers: [{name: T, areas: [GB KW17-KW15], prices: [{from_quantity: 2, percent: 5}]}]
"""
    )
    findings = lint_rulebook(file.rulebook)
    assert [(each.table, each.position, each.message) for each in findings] == [
        ("tiers", 1, "GB KW17-KW15 is no postal pattern"),
        ("promotions", 1, "A is there 2 times"),
        ("promotions", 1, "the code SAVE is there 2 times"),
        ("promotions", 1, "it is for staff, which is no kind of customer and no group"),
        ("promotions", 2, "A is there 2 times"),
        ("promotions", 2, "it ends on 2026-02-01, before it begins"),
        ("promotions", 3, "it combines with C, which is no promotion and no coupon code"),
        ("promotions", 3, "there is no shipping method boat"),
    ]
