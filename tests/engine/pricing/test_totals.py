"""Whatever is bought and however it is rounded, the figures add up."""

from dataclasses import replace

from hypothesis import given, settings

from gateway.engine.pricing.node_totals import SubtreeTotal
from gateway.engine.pricing.priced_purchase import PricedItem, PricedPurchase
from gateway.engine.pricing.purchase import NodeKind, Purchase
from gateway.engine.pricing.snapshots import TaxedTotal, take_snapshot
from gateway.engine.pricing.totals import LazyTotal, TaxedMoney
from tests.engine.purchases import net_tax_gross, purchases, usd

moderate_settings = settings(max_examples=60, deadline=None)


def check_balance(total: TaxedTotal) -> tuple[int, int, int]:
    """Net, tax and gross, which add up."""
    net, tax, gross = net_tax_gross(total)
    assert net is not None
    assert tax is not None
    assert gross is not None
    assert net + tax == gross
    return net, tax, gross


def sum_columns(*rows: tuple[int, int, int]) -> tuple[int, int, int]:
    net, tax, gross = (sum(column) for column in zip(*rows, strict=True))
    return net, tax, gross


def every_item(items: tuple[PricedItem, ...]) -> list[PricedItem]:
    return [each for item in items for each in (item, *every_item(item.components))]


@moderate_settings
@given(purchases)
def test_net_and_tax_are_gross_everywhere(purchase: Purchase) -> None:
    """R78, R80: at every level, mode and side."""
    priced_purchase = PricedPurchase(purchase)
    for total in (
        priced_purchase.subtotal,
        priced_purchase.items_total,
        priced_purchase.shipping_total,
        priced_purchase.total,
    ):
        check_balance(total)
    for item in every_item(priced_purchase.items):
        check_balance(item.total)


@moderate_settings
@given(purchases)
def test_items_surcharges_and_shipping_are_the_total(purchase: Purchase) -> None:
    """R78: amounts are kept per item and summed."""
    priced_purchase = PricedPurchase(purchase)
    total = check_balance(priced_purchase.total)
    assert (
        sum_columns(
            check_balance(priced_purchase.items_total),
            check_balance(priced_purchase.shipping_total),
        )
        == total
    )
    nodes = priced_purchase._run.nodes
    surcharges = [node for node in nodes if node.kind is NodeKind.SURCHARGE]
    extra = [check_balance(SubtreeTotal(priced_purchase._run, node)) for node in surcharges]
    lines = [check_balance(item.total) for item in priced_purchase.items]
    assert sum_columns((0, 0, 0), *lines, *extra) == check_balance(priced_purchase.items_total)


@moderate_settings
@given(purchases)
def test_the_summarys_rows_are_the_tax(purchase: Purchase) -> None:
    """R78."""
    priced_purchase = PricedPurchase(purchase)
    assert priced_purchase.tax_summary is not None
    _, tax, _ = check_balance(priced_purchase.total)
    assert sum(row.tax.minor for row in priced_purchase.tax_summary) == tax
    keys = [(row.name, row.rate_percent) for row in priced_purchase.tax_summary]
    assert len(keys) == len(set(keys))


@moderate_settings
@given(purchases)
def test_tax_lines_of_an_item_are_its_tax(purchase: Purchase) -> None:
    """R78: those of a bundle include its parts'."""
    for item in every_item(PricedPurchase(purchase).items):
        assert item.tax_lines is not None
        _, tax, _ = check_balance(item.total)
        assert sum(line.tax.minor for line in item.tax_lines) == tax


@moderate_settings
@given(purchases)
def test_shares_sum_to_their_discount(purchase: Purchase) -> None:
    """R82: and no line falls below zero."""
    priced_purchase = PricedPurchase(purchase)
    assert (
        sum(item.discount.minor for item in priced_purchase.items)
        == priced_purchase.discount_total.minor
    )
    assert all(item.discount.minor <= 0 for item in every_item(priced_purchase.items))
    ledger = priced_purchase.ledger_after("order discounts")
    for adjustment in (*ledger.item_adjustments, *ledger.order_adjustments):
        assert sum(share for _, share in adjustment.shares) == adjustment.minor
    items = [node.position for node in ledger.nodes if node.item is not None]
    assert all(0 <= ledger.amounts[position] <= ledger.prices[position] for position in items)


@moderate_settings
@given(purchases)
def test_stored_value_pays_at_most_everything_and_changes_no_tax(purchase: Purchase) -> None:
    """R82."""
    priced_purchase = PricedPurchase(purchase)
    net, tax, gross = check_balance(priced_purchase.total)
    without = PricedPurchase(replace(purchase, stored_value=None))
    assert check_balance(without.total) == (net, tax, gross)
    assert priced_purchase.due == usd(gross - max(0, min(purchase.stored_value or 0, gross)))


@moderate_settings
@given(purchases)
def test_no_line_has_a_negative_tax_and_nothing_has_none(purchase: Purchase) -> None:
    """R80: carried roundings stay where there is something to tax."""
    ledger = PricedPurchase(replace(purchase, surcharges=())).ledger_after("tax")
    assert ledger.tax_result is not None
    for taxed_amount in (*ledger.tax_result.nodes[1:], *ledger.tax_result.shipping):
        assert taxed_amount is not None
        assert all(0 <= tax <= 8 * taxed_amount.amount for tax in taxed_amount.taxes)


@moderate_settings
@given(purchases)
def test_a_purchase_of_positive_amounts_is_never_below_zero(purchase: Purchase) -> None:
    """R82."""
    priced_purchase = PricedPurchase(replace(purchase, surcharges=()))
    net, tax, gross = check_balance(priced_purchase.total)
    assert net >= 0
    assert tax >= 0
    assert priced_purchase.due is not None
    assert 0 <= priced_purchase.due.minor <= gross


@moderate_settings
@given(purchases)
def test_what_an_order_keeps_is_what_was_priced(purchase: Purchase) -> None:
    priced_purchase = PricedPurchase(purchase)
    snapshot = take_snapshot(priced_purchase)
    assert net_tax_gross(snapshot.total) == net_tax_gross(priced_purchase.total)
    assert [net_tax_gross(item.total) for item in snapshot.items] == [
        net_tax_gross(i.total) for i in priced_purchase.items
    ]
    assert (snapshot.due, snapshot.tax_summary, snapshot.tags) == (
        priced_purchase.due,
        priced_purchase.tax_summary,
        priced_purchase.tags,
    )
    assert isinstance(snapshot.total, TaxedMoney)
    assert isinstance(priced_purchase.total, LazyTotal)


@moderate_settings
@given(purchases)
def test_every_tax_and_discount_is_explained(purchase: Purchase) -> None:
    priced_purchase = PricedPurchase(purchase)
    explanations = priced_purchase.explanations
    taxes = [each.amount.minor for each in explanations if each.figure == "tax" and each.amount]
    assert sum(taxes) == check_balance(priced_purchase.total)[1]
    discounts = [
        each.amount.minor for each in explanations if each.figure == "discount" and each.amount
    ]
    assert sum(discounts) == priced_purchase.discount_total.minor
