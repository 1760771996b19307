"""What another rule file changes, place by place (R136)."""

from datetime import date

import pytest

from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.rules.files import from_yaml
from gateway.engine.rulebook.comparison import compare_rates

COUNTRIES = CountryDataSet()
ZIP = "US-CA 94044"
TODAY = date(2026, 11, 2)
BEFORE = """
tax:
  default:
    rules:
      - {name: Sales tax, areas: [US 9404*], percent: 9.25}
      - {name: VAT, areas: [DE], categories: [food], percent: 7, shipping_taxed: true}
      - {name: VAT, areas: [DE, FR], percent: 19, shipping_taxed: true}
      - {name: GST, areas: [CA], percent: 5, mode: STACK}
      - {name: QST, areas: [CA-QC], percent: 9.975}
  alternates: {warranty: {standalone: true, rules: [{name: Levy, areas: [US-CT], percent: 6}]}}
"""


def changes(after: str) -> list[str]:
    before, later = from_yaml(BEFORE).rulebook, from_yaml(after).rulebook
    compared = compare_rates(before, later, TODAY, COUNTRIES.rules_for)
    return [change.message for change in compared]


@pytest.mark.parametrize(
    ("earlier", "later", "messages"),
    [
        ("percent: 19", "percent: 19", []),
        ("percent: 9.25", "percent: 9.5", [f"{ZIP}, goods: Sales tax 9.25 % -> Sales tax 9.5 %"]),
        (
            "[DE, FR], percent: 19",
            "[DE, FR], percent: 20",
            [
                "DE, goods: VAT 19 % -> VAT 20 %",
                "DE, shipping: VAT 19 % -> VAT 20 %",
                "FR, goods: VAT 19 % -> VAT 20 %",
                "FR, shipping: VAT 19 % -> VAT 20 %",
            ],
        ),
        ("percent: 7,", "percent: 6,", ["DE, food: VAT 7 % -> VAT 6 %"]),
        (", FR]", "]", ["FR, goods: VAT 19 % -> no tax", "FR, shipping: VAT 19 % -> no tax"]),
        (
            "[DE, FR], percent: 19,",
            "[DE, FR], percent: 19, customers: [CONSUMER],",
            [
                f"{state}, a business, {goods}: VAT 19 % -> no tax"
                for state in ("DE", "FR")
                for goods in ("goods", "shipping")
            ],
        ),
        (
            "percent: 9.975",
            "percent: 10",
            ["CA-QC, goods: GST 5 % + QST 9.975 % -> GST 5 % + QST 10 %"],
        ),
        (
            "percent: 6}]",
            "percent: 6.35}]",
            ["US-CT, goods of table warranty: Levy 6 % -> Levy 6.35 %"],
        ),
        ("[DE, FR], percent: 19", "[DE, FR], percent: 19, valid_from: 2026-01-01", []),
    ],
)
def test_what_changes_at_a_place_of_each_area(
    earlier: str, later: str, messages: list[str]
) -> None:
    assert earlier in BEFORE
    assert changes(BEFORE.replace(earlier, later)) == messages
