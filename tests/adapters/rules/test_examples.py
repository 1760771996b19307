"""What the rules decide at an example of a finding's places (R136)."""

from datetime import date

import pytest

from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.rules.files import from_yaml
from gateway.engine.addresses.postal_codes import is_valid_postal_code
from gateway.engine.rulebook.examples import complete_code, explain_finding
from gateway.engine.tax.table_linting import LintFinding, Severity

COUNTRIES = CountryDataSet()
TODAY = date(2026, 11, 2)
RULES = """
tax:
  default:
    rules:
      - {name: GST, areas: [CA], percent: 5, mode: STACK}
      - {name: PST, areas: [CA V*, CA-SK], percent: 7}
      - {name: VAT, areas: [GB SE1 *, ZZ, GB], percent: 20, categories: [food, ale]}
      - {name: VAT, areas: [DE 10*], percent: 0, customers: [BUSINESS]}
      - {name: VAT, areas: [FR], percent: 20, valid_from: 2030-01-01}
      - {name: VAT, areas: [FR], percent: 19, valid_from: 2020-01-01, valid_to: 2019-01-01}
      - {name: VAT, areas: [ZZ], percent: 1}
      - {name: VAT, areas: [], percent: 1}
  alternates: {Food: {rules: [{name: Levy, areas: [US 9404*], percent: 1}]}}
"""
TABLES = from_yaml(RULES).rulebook.tax_tables


def explain(position: int | None, message: str = "", table: str = "default") -> str | None:
    finding = LintFinding(table, position, Severity.ERROR, message)
    return explain_finding(finding, TABLES, TODAY, COUNTRIES.rules_for)


@pytest.mark.parametrize(
    ("position", "message", "example"),
    [
        (1, "", "CA: rule 1 (GST 5 %) decides"),
        (2, "", "CA-BC V3Z 2Y7: rule 1 (GST 5 %) and rule 2 (PST 7 %) decide"),
        (2, "CA-SK is nowhere", "CA-SK: rule 1 (GST 5 %) and rule 2 (PST 7 %) decide"),
        (3, "", "GB SE1 1AA, ale: rule 3 (VAT 20 %) decides"),
        (3, "ZZ is no country", "GB SE1 1AA, ale: rule 3 (VAT 20 %) decides"),
        (4, "", "DE 10133, a business: rule 4 (VAT 0 %) decides"),
        (5, "", "FR, 2030-01-01: rule 5 (VAT 20 %) decides"),
        (6, "", "FR: no rule holds"),
        (7, "", None),
        (8, "", None),
        (9, "", None),
        (None, "", None),
    ],
)
def test_an_example_of_a_rule(position: int | None, message: str, example: str | None) -> None:
    assert explain(position, message) == example


def test_examples_are_of_the_findings_table() -> None:
    assert explain(1, table="Food") == "US-CA 94044: rule 1 (Levy 1 %) decides"
    assert explain(1, table="shipping") is None


@pytest.mark.parametrize(
    ("country", "beginning"),
    [("DE", "1"), ("DE", "10115"), ("CA", "K1A"), ("GB", "SW"), ("GB", "KW15"), ("NL", "1012"),
     ("PT", "9000"), ("IE", "D02"), ("JP", "100"), ("PL", "00"), ("US", "9"), ("SE", "111")],
)  # fmt: skip
def test_a_beginning_becomes_a_whole_code(country: str, beginning: str) -> None:
    rules = COUNTRIES.rules_for(country)
    assert rules is not None
    code = complete_code(beginning, rules)
    assert code is not None
    assert is_valid_postal_code(code, rules)
    assert code.replace(" ", "").replace("-", "").startswith(beginning)


def test_a_beginning_of_no_code() -> None:
    rules = COUNTRIES.rules_for("DE")
    assert rules is not None
    assert complete_code("ABC", rules) is None
