"""The rates that tax tables give for a destination, a customer and a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import AreaMatch, match_areas
from gateway.engine.bounded_cache import get_or_compute
from gateway.engine.tax.business_supplies import exempt_supply, explain_unconfirmed, is_untaxed
from gateway.engine.tax.line_tax import ApplicableRates, NoTaxReason, TaxRate, TaxState
from gateway.engine.tax.tax_tables import (
    DEFAULT_TABLE,
    CustomerKind,
    PiecePrice,
    TableMode,
    TableVerdict,
    TaxQuery,
    TaxRule,
    TaxTable,
    TaxTables,
    UnknownTaxTable,
    format_area,
)


@dataclass(frozen=True, slots=True)
class _TaxAnswer:
    """The rules that decide, the table they belong to, and how certain that is."""

    rules: tuple[TaxRule, ...]
    table: str | None
    state: TaxState = TaxState.FINAL
    reason: NoTaxReason | None = None


def find_rates(
    tables: TaxTables | None,
    query: TaxQuery,
    selector: str | None,
    category: str | None,
    price: PiecePrice | None = None,
) -> ApplicableRates:
    """The rates for goods: from the table ``selector``, else from the default table.

    ``selector`` of None is the default table; ``category`` is the category of the goods, ``price``
    the ``price_class`` of the tables for one piece of them.

    Raises:
        UnknownTaxTable: ``selector`` is not a table.

    """

    def compute_rates() -> ApplicableRates:
        answer = _find_answer(tables, query, selector, category, price)
        rates = _rates_from_answer(answer, answer.rules, query)
        trusted = _as_trusted(query)
        if trusted is None:
            return rates
        return explain_unconfirmed(rates, find_rates(tables, trusted, selector, category, price))

    key = (query, selector, category, price)
    return (
        compute_rates()
        if tables is None
        else get_or_compute(tables.rates_cache, key, compute_rates)
    )


def find_shipping_rates(tables: TaxTables | None, query: TaxQuery) -> ApplicableRates:
    """The rates for shipping: the rates of the default table's match that also tax shipping.

    Google's documents do not say which table decides for shipping when items use alternate tables.
    Here the default table decides.
    """
    if tables is None:
        return _compute_shipping_rates(None, query)
    return get_or_compute(
        tables.rates_cache, (query,), lambda: _explain_shipping_rates(tables, query)
    )


def _explain_shipping_rates(tables: TaxTables, query: TaxQuery) -> ApplicableRates:
    rates, trusted = _compute_shipping_rates(tables, query), _as_trusted(query)
    if trusted is None:
        return rates
    return explain_unconfirmed(rates, find_shipping_rates(tables, trusted))


def _as_trusted(query: TaxQuery) -> TaxQuery | None:
    """The question of the same business with a confirmed tax id; None where it needs none."""
    supply = query.supply
    if supply is None or supply.standing.is_trusted:
        return None
    return replace(query, customer=CustomerKind.BUSINESS, supply=supply.as_trusted)


def _compute_shipping_rates(tables: TaxTables | None, query: TaxQuery) -> ApplicableRates:
    answer = _find_answer(tables, query, None, None)
    taxing_rules = tuple(rule for rule in answer.rules if rule.shipping_taxed)
    if answer.rules and not taxing_rules:
        return ApplicableRates((), answer.state, NoTaxReason.SHIPPING_UNTAXED, answer.table)
    return _rates_from_answer(answer, taxing_rules, query)


def _rates_from_answer(
    answer: _TaxAnswer, rules: tuple[TaxRule, ...], query: TaxQuery
) -> ApplicableRates:
    """The rates of ``rules``; a rule for businesses alone goes before what holds in the Union."""
    rates = ApplicableRates(
        tuple(rate_from_rule(rule, answer.table or DEFAULT_TABLE) for rule in rules),
        answer.state,
        answer.reason,
        answer.table,
    )
    supply, destination = query.supply, query.destination
    if supply is None or destination is None or any(map(_is_for_businesses, rules)):
        return rates
    return exempt_supply(rates, supply) if is_untaxed(supply, destination) else rates


def _is_for_businesses(rule: TaxRule) -> bool:
    return rule.customers == frozenset({CustomerKind.BUSINESS})


def _find_answer(
    tables: TaxTables | None,
    query: TaxQuery,
    selector: str | None,
    category: str | None,
    price: PiecePrice | None = None,
) -> _TaxAnswer:
    if tables is None:
        if selector is not None:
            raise UnknownTaxTable(selector)
        return _TaxAnswer((), None, reason=NoTaxReason.NO_TABLES)
    selected = tables.table(selector)
    if query.customer is CustomerKind.EXEMPT:
        return _TaxAnswer((), selected.name, reason=NoTaxReason.EXEMPT_CUSTOMER)
    is_alone = selected.standalone or selected is tables.default
    chain = (selected,) if is_alone else (selected, tables.default)
    return _first_answer(
        [(table.name, _table_verdict(tables, table, query, category, price)) for table in chain],
        query,
    )


def _table_verdict(
    tables: TaxTables,
    table: TaxTable,
    query: TaxQuery,
    category: str | None,
    price: PiecePrice | None,
) -> TableVerdict:
    """The verdict of ``table``, computed once even if several tables fall back to it."""
    key = query, table.name, category, price
    return get_or_compute(
        tables.verdict_cache, key, lambda: _judge_table(table, query, category, price)
    )


def _judge_table(
    table: TaxTable, query: TaxQuery, category: str | None, price: PiecePrice | None
) -> TableVerdict:
    day, customer = query.day, query.customer
    rules = [
        rule
        for rule in table.rules
        if rule.validity.includes(day)
        and rule.applies_to(customer, category)
        and rule.applies_to_price(price)
    ]
    if query.destination is None:
        return bool(rules), (), False
    return bool(rules), *_matching_rules(table.mode, rules, query.destination)


def _first_answer(chain: Sequence[tuple[str, TableVerdict]], query: TaxQuery) -> _TaxAnswer:
    """The answer of the first table with a match.

    Without any rule that could match, the answer is final even if the destination is unknown.
    """
    first = chain[0][0]
    if not any(has_rules for _, (has_rules, _, _) in chain):
        return _TaxAnswer((), first, reason=NoTaxReason.NO_RULE)
    if query.destination is None:
        return _TaxAnswer((), first, TaxState.NEEDS_ADDRESS, NoTaxReason.NEEDS_ADDRESS)
    unsure = query.destination.doubtful
    for name, (_, rules, table_unsure) in chain:
        unsure = unsure or table_unsure
        if rules:
            return _TaxAnswer(rules, name, _tax_state(unsure=unsure))
    return _TaxAnswer((), first, _tax_state(unsure=unsure), NoTaxReason.NO_RULE)


def _tax_state(*, unsure: bool) -> TaxState:
    return TaxState.ESTIMATED if unsure else TaxState.FINAL


def _matching_rules(
    mode: TableMode, rules: Iterable[TaxRule], destination: Destination
) -> tuple[tuple[TaxRule, ...], bool]:
    """The rules that match ``destination``, and whether that is uncertain.

    It is uncertain if an earlier rule tests a part that the destination lacks.
    """
    matching: list[TaxRule] = []
    unsure = False
    for rule in rules:
        area_match = match_areas(rule.areas, destination)
        unsure = unsure or area_match is AreaMatch.UNKNOWN
        if area_match is AreaMatch.YES:
            matching.append(rule)
            if (rule.mode or mode) is TableMode.FIRST_MATCH:
                break
    return tuple(matching), unsure


def rate_from_rule(rule: TaxRule, table: str) -> TaxRate:
    """The tax rate of ``rule`` in the table called ``table``."""
    return TaxRate(
        name=rule.name,
        percent=rule.percent,
        compound=rule.compound,
        jurisdiction=" / ".join(format_area(area) for area in rule.areas),
        table=table,
        rule=rule.id,
        reason=rule.reason,
        within_base=rule.within_base,
    )
