"""What a quote's parts come to together fits 64 bits and is worked out in time (R98)."""

import time
from typing import Any

import pytest

from tests.api.conftest import Ask
from tests.api.test_quotes import ERRORS, build_quote_input, quote_with_item

MAX_AMOUNT = "9999999999999.99"
"""One cent below 10^15 minor units."""


async def quote_errors(ask: Ask, quote_input: dict[str, Any]) -> list[tuple[str, list[str]]]:
    answer = await ask(ERRORS, input=quote_input)
    return [(error["code"], error["field"]) for error in answer["quote"]["userErrors"]]


def rate_inputs(count: int, percent: str, *, compound: bool = False) -> list[dict[str, Any]]:
    return [{"ratePercent": percent, "compound": compound}] * count


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (build_quote_input(items=[{"unitPrice": MAX_AMOUNT}]), None),
        (
            build_quote_input(
                items=[{"unitPrice": MAX_AMOUNT, "taxRates": rate_inputs(20, "1000")}]
            ),
            None,
        ),
        (build_quote_input(items=[{"unitPrice": MAX_AMOUNT}, {"unitPrice": "0.01"}]), ["items"]),
        (
            build_quote_input(
                items=[{"unitPrice": "1"}], surcharges=[{"amount": f"-{MAX_AMOUNT}"}]
            ),
            ["items"],
        ),
        (
            build_quote_input(items=[{"unitPrice": "1"}], shipping=[{"amount": MAX_AMOUNT}]),
            ["items"],
        ),
        (quote_with_item(taxRates=rate_inputs(20, "1000", compound=True)), ["items"]),
        (quote_with_item(taxRates=rate_inputs(2, "999.999999999", compound=True)), None),
        (
            quote_with_item(taxRates=rate_inputs(1, "1.000000000001")),
            ["items", "0", "taxRates", "0", "ratePercent"],
        ),
        (quote_with_item(taxRates=rate_inputs(1, "0.00000000001")), None),
        (quote_with_item(taxRates=rate_inputs(21, "1")), ["items", "0", "taxRates"]),
    ],
)
async def test_sums_fit(ask: Ask, given: dict[str, Any], path: list[str] | None) -> None:
    expected = [] if path is None else [("INVALID_INPUT", ["input", *path])]
    assert await quote_errors(ask, given) == expected


def quote_with_coprime_rates(count: int) -> dict[str, Any]:
    """Lines whose rates have nothing in common, taxed as one."""
    return build_quote_input(
        pricesIncludeTax=True,
        rounding={"level": "TOTAL"},
        items=[
            {
                "unitPrice": "9.99",
                "taxRates": rate_inputs(20, f"0.{index:03}123456789", compound=True),
            }
            for index in range(1, count + 1)
        ],
    )


async def test_too_many_different_fractions_are_not_added_up(ask: Ask) -> None:
    """Their common denominator would have a hundred thousand digits."""
    assert await quote_errors(ask, quote_with_coprime_rates(20)) == []
    begun = time.perf_counter()
    assert await quote_errors(ask, quote_with_coprime_rates(190)) == [
        ("INVALID_INPUT", ["input", "rounding", "level"])
    ]
    assert time.perf_counter() - begun < 5


async def test_the_default_table_is_judged_once_for_all_that_fall_back_to_it(ask: Ask) -> None:
    """1,000 alternates that fall back to 1,000 rules are not a million looks."""
    elsewhere = {"areas": [{"usZip": "10*"}] * 4, "ratePercent": "1"}
    quote_input = build_quote_input(
        shipTo={"country": "US", "region": "CA", "postalCode": "94043"},
        taxTables={
            "default": [elsewhere] * 1000,
            "alternates": [{"name": f"a{at}", "rules": [elsewhere]} for at in range(1000)],
        },
        items=[{"unitPrice": "1", "taxTable": f"a{at}"} for at in range(1000)],
    )
    begun = time.perf_counter()
    assert await quote_errors(ask, quote_input) == []
    answer = await ask(
        "query ($input: QuoteInput!) { quote(input: $input) { quote { taxState } } }",
        input=quote_input,
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
    assert (
        await quote_errors(ask, build_quote_input(items=[{"unitPrice": "1"}], taxTables=tables))
        == expected
    )


async def test_many_different_rates_share_no_charge(ask: Ask) -> None:
    """Their exact shares would be fractions of more digits than can be worked out in time."""
    coprime = quote_with_coprime_rates(190)
    shared = {**coprime, "rounding": None, "shipping": [{"amount": "1", "taxMethod": "PRO_RATA"}]}
    assert await quote_errors(ask, shared) == [("INVALID_INPUT", ["input", "items"])]
    few = {**quote_with_coprime_rates(5), "rounding": None, "shipping": shared["shipping"]}
    assert await quote_errors(ask, few) == []
