"""`quote` against facts from other projects' test suites and documents.

`tests/data/quotes.json` names the source of each: Vendure, Magento, WooCommerce, Sylius, Saleor,
Solidus, Spree, Medusa, Shopware, Drupal Commerce, commercetools, Dynamics 365, Google Checkout.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Ask

EXAMPLES = json.loads((Path(__file__).parent.parent / "data" / "quotes.json").read_text())

QUOTE = """
query Quote($input: QuoteInput!) {
  quote(input: $input) {
    userErrors { code field message }
    quote {
      subtotal { ...sides } itemsTotal { ...sides } shippingTotal { ...sides } total { ...sides }
      discountTotal { minorUnits } due { minorUnits } taxState
      taxSummary { name ratePercent base { minorUnits } tax { minorUnits } }
      items {
        reference total { ...sides } discount { minorUnits }
        taxLines { name ratePercent base { minorUnits } tax { minorUnits } }
      }
    }
  }
}
fragment sides on TaxedMoney {
  net { minorUnits } gross { minorUnits } tax { minorUnits }
}
"""


def minor_units(value: dict[str, Any] | None) -> int | None:
    return None if value is None else value["minorUnits"]


def summary_rows(
    summary: list[dict[str, Any]], expected_rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The summary rows, with the keys that the example asserts."""
    plain = [
        {
            "name": row["name"],
            "rate_percent": f"{Decimal(row['ratePercent']).normalize():f}",
            "base_minor": minor_units(row["base"]),
            "tax_minor": minor_units(row["tax"]),
        }
        for row in summary
    ]
    return [{key: row[key] for key in expected_rows[0]} for row in plain]


def included_in_items(example: dict[str, Any]) -> bool:
    return bool(example["input"].get("pricesIncludeTax"))


def quote_figures(quote: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """The figures by the names the examples use; amounts in minor units."""
    expected = example["expected"]
    figure_by_name: dict[str, Any] = {
        "subtotal_net": minor_units(quote["itemsTotal"]["net"]),
        "subtotal_gross": minor_units(quote["itemsTotal"]["gross"]),
        "total_net": minor_units(quote["total"]["net"]),
        "total_gross": minor_units(quote["total"]["gross"]),
        "tax_total": minor_units(quote["total"]["tax"]),
        "shipping_net": minor_units(quote["shippingTotal"]["net"]),
        "shipping_gross": minor_units(quote["shippingTotal"]["gross"]),
        "discount_total": -quote["discountTotal"]["minorUnits"],
        "line_discounts": [-item["discount"]["minorUnits"] for item in quote["items"]],
        "google_rates": [rate_fraction(item) for item in quote["items"]],
        "lines": [
            {"tax_by_rate": [minor_units(line["tax"]) for line in item["taxLines"]]}
            for item in quote["items"]
        ],
        **split_by_basis(quote, example),
    }
    if "tax_by_rate" in expected:
        figure_by_name["tax_by_rate"] = summary_rows(quote["taxSummary"], expected["tax_by_rate"])
    return {key: figure_by_name[key] for key in expected}


def rate_fraction(item: dict[str, Any]) -> str:
    """All rates of an item as a fraction, as Google's tables write it."""
    percent = sum((Decimal(line["ratePercent"]) for line in item["taxLines"]), Decimal(0))
    return str(percent / 100)


def split_by_basis(quote: dict[str, Any], example: dict[str, Any]) -> dict[str, int]:
    """The tax included in prices and the tax added to them."""
    items = minor_units(quote["itemsTotal"]["tax"]) or 0
    shipping = minor_units(quote["shippingTotal"]["tax"]) or 0
    entries = example["input"]["shipping"]
    basis = included_in_items(example)
    shipping_basis = entries[0].get("pricesIncludeTax", basis) if entries else basis
    included = (items if basis else 0) + (shipping if shipping_basis else 0)
    return {"included_tax_total": included, "added_tax_total": items + shipping - included}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["id"]))
async def test_quote_agrees_with_the_source(ask: Ask, example: dict[str, Any]) -> None:
    """R77, R78, R80, R81."""
    answer = (await ask(QUOTE, input=example["input"]))["quote"]
    assert answer["userErrors"] == []
    expected = example["expected"]
    actual = quote_figures(answer["quote"], example)
    if "google_rates" in expected:
        actual["google_rates"] = [Decimal(each) for each in actual["google_rates"]]
        expected = expected | {"google_rates": [Decimal(each) for each in expected["google_rates"]]}
    assert actual == expected
