"""How each figure came about, word for word."""

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.engine.pricing.explanations import Explanation, describe_rounding
from gateway.engine.pricing.priced_purchase import PricedPurchase
from tests.engine.purchases import FULL_PURCHASE, item, policy, price_items, usd

SHARES = "HALF_UP, shares by largest remainder"
PER_LINE = "HALF_UP per LINE, each rate, of the TAX"


def discount(target: str, rule: str, base: int, amount: int, total: str) -> Explanation:
    text = f"{rule}: its share of {total}."
    return Explanation("discount", target, rule, None, usd(base), usd(amount), SHARES, text)


def city_tax(target: str, base: int, amount: int, of: str) -> Explanation:
    text = f"tax 9.25 % (US 9404*, table default) of {of}, added to the price."
    rate = Decimal("9.25")
    return Explanation("tax", target, "tax", rate, usd(base), usd(amount), PER_LINE, text)


def test_every_discount_shipping_price_and_tax_is_explained() -> None:
    assert PricedPurchase(FULL_PURCHASE).explanations == (
        discount("0", "Amount off", 2000, -100, "-1.00"),
        discount("0", "TEN", 2000, -190, "-3.00"),
        discount("1", "TEN", 500, -50, "-3.00"),
        discount("i", "TEN", 600, -60, "-3.00"),
        Explanation(
            "surcharge", None, "wrapping", None, usd(150), usd(150), None, "wrapping costs 1.50."
        ),
        Explanation("shipping", None, "post", None, usd(300), usd(300), None, "post costs 3.00."),
        city_tax("0", 1710, 158, "17.10"),
        city_tax("1", 450, 42, "4.50"),
        city_tax("i", 540, 50, "5.40"),
        city_tax("i", 0, 0, "0.00"),
        city_tax("wrapping", 150, 14, "1.50"),
        Explanation(
            "tax",
            "post",
            "tax",
            Decimal(0),
            usd(300),
            usd(0),
            PER_LINE,
            "tax 0 % of 3.00, added to the price: shipping is not taxed there.",
        ),
    )


def test_a_tax_that_is_included_in_the_price() -> None:
    (tax,) = price_items(item(1200, 1, "20.00", includes_tax=True)).explanations
    assert tax == Explanation(
        "tax",
        "0",
        "tax20.00",
        Decimal("20.00"),
        usd(1000),
        usd(200),
        PER_LINE,
        "tax20.00 20 % of 10.00, included in the price.",
    )


def test_a_tax_that_is_not_known_yet() -> None:
    explanations = PricedPurchase(replace(FULL_PURCHASE, destination=None)).explanations
    text = "The tax is not known before the destination is."
    assert next(entry for entry in explanations if entry.figure == "tax") == Explanation(
        "tax", "0", None, None, None, None, None, text
    )


@pytest.mark.parametrize(
    ("mode", "level", "per_rate", "side", "text"),
    [
        ("HALF_UP", "LINE", True, "TAX", "HALF_UP per LINE, each rate, of the TAX"),
        ("DOWN", "TOTAL", False, "NET", "DOWN per TOTAL, all rates together, of the NET"),
    ],
)
def test_rounding_in_a_word_each(
    mode: str,
    level: str,
    per_rate: bool,  # noqa: FBT001
    side: str,
    text: str,
) -> None:
    assert describe_rounding(policy(mode, level, per_rate=per_rate, side=side)) == text
