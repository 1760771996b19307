"""Whatever is bought and however it is rounded, the figures add up."""

from dataclasses import replace

from hypothesis import given, settings

from gateway.engine.figures import Sum, TaxedMoney
from gateway.engine.findings import Subtree
from gateway.engine.pricing import PricedItem, PricedPurchase
from gateway.engine.records import AnySum, recorded
from gateway.engine.tree import NodeKind, Purchase
from tests.engine.purchases import purchases, sides, usd

moderate = settings(max_examples=60, deadline=None)


def balance(found: AnySum) -> tuple[int, int, int]:
    """Net, tax and gross, which add up."""
    net, tax, gross = sides(found)
    assert net is not None
    assert tax is not None
    assert gross is not None
    assert net + tax == gross
    return net, tax, gross


def added(*found: tuple[int, int, int]) -> tuple[int, int, int]:
    net, tax, gross = (sum(column) for column in zip(*found, strict=True))
    return net, tax, gross


def every_item(items: tuple[PricedItem, ...]) -> list[PricedItem]:
    return [each for item in items for each in (item, *every_item(item.components))]


@moderate
@given(purchases)
def test_net_and_tax_are_gross_everywhere(purchase: Purchase) -> None:
    """R78, R80: at every level, mode and side."""
    found = PricedPurchase(purchase)
    for each in (found.subtotal, found.items_total, found.shipping_total, found.total):
        balance(each)
    for item in every_item(found.items):
        balance(item.total)


@moderate
@given(purchases)
def test_items_surcharges_and_shipping_are_the_total(purchase: Purchase) -> None:
    """R78: amounts are kept per item and summed."""
    found = PricedPurchase(purchase)
    total = balance(found.total)
    assert added(balance(found.items_total), balance(found.shipping_total)) == total
    nodes = found._found.nodes
    surcharges = [node for node in nodes if node.kind is NodeKind.SURCHARGE]
    extra = [balance(Subtree(found._found, node)) for node in surcharges]
    lines = [balance(item.total) for item in found.items]
    assert added((0, 0, 0), *lines, *extra) == balance(found.items_total)


@moderate
@given(purchases)
def test_the_summarys_rows_are_the_tax(purchase: Purchase) -> None:
    """R78."""
    found = PricedPurchase(purchase)
    assert found.tax_summary is not None
    _, tax, _ = balance(found.total)
    assert sum(row.tax.minor for row in found.tax_summary) == tax
    keys = [(row.name, row.rate_percent) for row in found.tax_summary]
    assert len(keys) == len(set(keys))


@moderate
@given(purchases)
def test_tax_lines_of_an_item_are_its_tax(purchase: Purchase) -> None:
    """R78: those of a bundle include its parts'."""
    for item in every_item(PricedPurchase(purchase).items):
        assert item.tax_lines is not None
        _, tax, _ = balance(item.total)
        assert sum(line.tax.minor for line in item.tax_lines) == tax


@moderate
@given(purchases)
def test_shares_sum_to_their_discount(purchase: Purchase) -> None:
    """R82: and no line falls below zero."""
    found = PricedPurchase(purchase)
    assert sum(item.discount.minor for item in found.items) == found.discount_total.minor
    assert all(item.discount.minor <= 0 for item in every_item(found.items))
    ledger = found.at("order discounts")
    for each in (*ledger.item_adjustments, *ledger.order_adjustments):
        assert sum(share for _, share in each.shares) == each.minor
    items = [node.position for node in ledger.nodes if node.item is not None]
    assert all(0 <= ledger.amounts[at] <= ledger.prices[at] for at in items)


@moderate
@given(purchases)
def test_stored_value_pays_at_most_everything_and_changes_no_tax(purchase: Purchase) -> None:
    """R82."""
    found = PricedPurchase(purchase)
    net, tax, gross = balance(found.total)
    without = PricedPurchase(replace(purchase, stored_value=None))
    assert balance(without.total) == (net, tax, gross)
    assert found.due == usd(gross - max(0, min(purchase.stored_value or 0, gross)))


@moderate
@given(purchases)
def test_no_line_has_a_negative_tax_and_nothing_has_none(purchase: Purchase) -> None:
    """R80: carried roundings stay where there is something to tax."""
    found = PricedPurchase(replace(purchase, surcharges=())).at("tax")
    assert found.taxation is not None
    for taxed in (*found.taxation.nodes[1:], *found.taxation.shipping):
        assert taxed is not None
        assert all(0 <= tax <= 8 * taxed.amount for tax in taxed.taxes)


@moderate
@given(purchases)
def test_a_purchase_of_positive_amounts_is_never_below_zero(purchase: Purchase) -> None:
    """R82."""
    found = PricedPurchase(replace(purchase, surcharges=()))
    net, tax, gross = balance(found.total)
    assert net >= 0
    assert tax >= 0
    assert found.due is not None
    assert 0 <= found.due.minor <= gross


@moderate
@given(purchases)
def test_what_an_order_keeps_is_what_was_priced(purchase: Purchase) -> None:
    found = PricedPurchase(purchase)
    kept = recorded(found)
    assert sides(kept.total) == sides(found.total)
    assert [sides(item.total) for item in kept.items] == [sides(i.total) for i in found.items]
    assert (kept.due, kept.tax_summary, kept.tags) == (found.due, found.tax_summary, found.tags)
    assert isinstance(kept.total, TaxedMoney)
    assert isinstance(found.total, Sum)


@moderate
@given(purchases)
def test_every_tax_and_discount_is_explained(purchase: Purchase) -> None:
    found = PricedPurchase(purchase)
    explained = found.explanations
    taxes = [each.amount.minor for each in explained if each.figure == "tax" and each.amount]
    assert sum(taxes) == balance(found.total)[1]
    discounts = [
        each.amount.minor for each in explained if each.figure == "discount" and each.amount
    ]
    assert sum(discounts) == found.discount_total.minor
