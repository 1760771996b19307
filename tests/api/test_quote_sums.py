"""What a quote's parts come to together fits 64 bits and is worked out in time (R98)."""

import time
from typing import Any

import pytest

from tests.api.conftest import Ask
from tests.api.test_quotes import ERRORS, a_quote, an_item

MOST = "9999999999999.99"
"""One cent below 10^15 minor units."""


async def refused(ask: Ask, given: dict[str, Any]) -> list[tuple[str, list[str]]]:
    answer = await ask(ERRORS, input=given)
    return [(error["code"], error["field"]) for error in answer["quote"]["userErrors"]]


def rates(count: int, percent: str, *, compound: bool = False) -> list[dict[str, Any]]:
    return [{"ratePercent": percent, "compound": compound}] * count


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (a_quote(items=[{"unitPrice": MOST}]), None),
        (a_quote(items=[{"unitPrice": MOST, "taxRates": rates(20, "1000")}]), None),
        (a_quote(items=[{"unitPrice": MOST}, {"unitPrice": "0.01"}]), ["items"]),
        (a_quote(items=[{"unitPrice": "1"}], surcharges=[{"amount": f"-{MOST}"}]), ["items"]),
        (a_quote(items=[{"unitPrice": "1"}], shipping=[{"amount": MOST}]), ["items"]),
        (an_item(taxRates=rates(20, "1000", compound=True)), ["items"]),
        (an_item(taxRates=rates(2, "999.999999999", compound=True)), None),
        (
            an_item(taxRates=rates(1, "1.000000000001")),
            ["items", "0", "taxRates", "0", "ratePercent"],
        ),
        (an_item(taxRates=rates(1, "0.00000000001")), None),
        (an_item(taxRates=rates(21, "1")), ["items", "0", "taxRates"]),
    ],
)
async def test_sums_fit(ask: Ask, given: dict[str, Any], path: list[str] | None) -> None:
    expected = [] if path is None else [("INVALID_INPUT", ["input", *path])]
    assert await refused(ask, given) == expected


def finely(count: int) -> dict[str, Any]:
    """Lines whose rates have nothing in common, taxed as one."""
    return a_quote(
        pricesIncludeTax=True,
        rounding={"level": "TOTAL"},
        items=[
            {"unitPrice": "9.99", "taxRates": rates(20, f"0.{at:03}123456789", compound=True)}
            for at in range(1, count + 1)
        ],
    )


async def test_too_many_different_fractions_are_not_added_up(ask: Ask) -> None:
    """Their common denominator would have a hundred thousand digits."""
    assert await refused(ask, finely(20)) == []
    begun = time.perf_counter()
    assert await refused(ask, finely(190)) == [("INVALID_INPUT", ["input", "rounding", "level"])]
    assert time.perf_counter() - begun < 5


async def test_the_default_table_is_judged_once_for_all_that_fall_back_to_it(ask: Ask) -> None:
    """1,000 alternates that fall back to 1,000 rules are not a million looks."""
    elsewhere = {"areas": [{"usZip": "10*"}] * 4, "ratePercent": "1"}
    given = a_quote(
        shipTo={"country": "US", "region": "CA", "postalCode": "94043"},
        taxTables={
            "default": [elsewhere] * 1000,
            "alternates": [{"name": f"a{at}", "rules": [elsewhere]} for at in range(1000)],
        },
        items=[{"unitPrice": "1", "taxTable": f"a{at}"} for at in range(1000)],
    )
    begun = time.perf_counter()
    assert await refused(ask, given) == []
    answer = await ask(
        "query ($input: QuoteInput!) { quote(input: $input) { quote { taxState } } }", input=given
    )
    assert answer == {"quote": {"quote": {"taxState": "FINAL"}}}
    assert time.perf_counter() - begun < 10


@pytest.mark.parametrize("rules", [2000, 2001])
async def test_rules_are_counted_over_all_tables(ask: Ask, rules: int) -> None:
    rule = {"areas": [{"world": True}], "ratePercent": "1"}
    tables = {
        "default": [rule] * 1000,
        "alternates": [{"name": "x", "rules": [rule] * (rules - 1000)}],
    }
    expected = [] if rules == 2000 else [("INVALID_INPUT", ["input", "taxTables"])]
    assert await refused(ask, a_quote(items=[{"unitPrice": "1"}], taxTables=tables)) == expected
