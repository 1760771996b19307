"""The linter on areas that do not exist and categories that nothing has (R136)."""

from dataclasses import replace
from decimal import Decimal

from gateway.engine.areas.notation import parse_area
from gateway.engine.pricing.shipping import FlatPrice, PriceByArea, ShippingMethod
from gateway.engine.rulebook.linting import lint_rulebook
from gateway.engine.rulebook.place_linting import lint_areas_and_categories
from gateway.engine.rulebook.rulebook import MultiCurrencyMethod, Rulebook
from gateway.engine.tax.table_linting import LintFinding, Severity
from gateway.engine.tax.tax_tables import TaxRule, TaxTable, TaxTables
from tests.engine.addresses.countries import COUNTRIES

UK, CANADIAN, ZZ = (parse_area(text) for text in ("UK", "CA-ON", "ZZ"))
SPANISH_REGION = parse_area("ES-M")
NO_BRITAIN = "UK is no country of ISO 3166-1; perhaps GB"
NO_SUCH_COUNTRY = "ZZ is no country of ISO 3166-1"
DOUBT = (
    "ES-M: addresses of Spain name no region, so that its tax stays an estimate; name postal codes"
)


def findings(rulebook: Rulebook) -> list[LintFinding]:
    return list(lint_areas_and_categories(rulebook, COUNTRIES.get))


def error(table: str, position: int, message: str) -> LintFinding:
    return LintFinding(table, position, Severity.ERROR, message)


def test_areas_of_tax_rules() -> None:
    tenth = TaxRule((CANADIAN,), Decimal(10))
    doubtful = replace(tenth, areas=(ZZ, SPANISH_REGION, UK, UK))
    malformed = replace(tenth, areas=(parse_area("CA K*1"),))
    tables = TaxTables(
        TaxTable("default", (tenth, doubtful, malformed)),
        {"food": TaxTable("food", (replace(tenth, areas=(UK,)),))},
    )
    assert findings(Rulebook(tables)) == [
        error("default", 2, NO_SUCH_COUNTRY),
        LintFinding("default", 2, Severity.WARNING, DOUBT),
        error("default", 2, NO_BRITAIN),
        error("food", 1, NO_BRITAIN),
    ]


def test_categories_of_tax_rules() -> None:
    rule = TaxRule((CANADIAN,), Decimal(10), categories=frozenset({"Food", "books", "Ale"}))
    tables = TaxTables(TaxTable("default", (replace(rule, categories=None), rule)))
    assert findings(Rulebook(tables)) == [
        error("default", 2, "no goods are of the category Ale; perhaps ale"),
        error("default", 2, "no goods are of the category Food; perhaps food"),
    ]


def test_areas_of_shipping_methods() -> None:
    tables = TaxTables(TaxTable("default"))
    flat = ShippingMethod("a", "A", FlatPrice(1))
    methods = (
        MultiCurrencyMethod({"USD": flat}),
        MultiCurrencyMethod({"USD": replace(flat, allowed=(UK, CANADIAN), excluded=(ZZ,))}),
        MultiCurrencyMethod({"USD": flat}, fallback=replace(flat, allowed=(UK,))),
        MultiCurrencyMethod({"USD": replace(flat, price=PriceByArea((((CANADIAN, ZZ), 1),)))}),
        MultiCurrencyMethod({"USD": replace(flat, excluded=(UK,))}, fallback=flat),
    )
    rulebook = Rulebook(tables, methods=methods)
    expected = [
        error("shipping", 2, NO_BRITAIN),
        error("shipping", 2, NO_SUCH_COUNTRY),
        error("shipping", 3, NO_BRITAIN),
        error("shipping", 4, NO_SUCH_COUNTRY),
        error("shipping", 5, NO_BRITAIN),
    ]
    assert findings(rulebook) == expected
    # They stand last among what the linter says, and are left open without a list of countries.
    assert lint_rulebook(rulebook, COUNTRIES.get)[-5:] == tuple(expected)
    assert not set(lint_rulebook(rulebook)) & set(expected)
