"""Figures as they were, and what of them tells where a purchase goes."""

from dataclasses import replace

from gateway.engine.pricing.priced_purchase import PricedItem, PricedPurchase
from gateway.engine.pricing.purchase import price_with_components
from gateway.engine.pricing.snapshots import (
    ItemSnapshot,
    PurchaseSnapshot,
    hide_destination,
    take_snapshot,
)
from gateway.engine.pricing.totals import TaxedMoney
from tests.engine.purchases import FULL_PURCHASE, USD, item, price_items

PRICED = PricedPurchase(FULL_PURCHASE)


def reduced_total(line: PricedItem) -> TaxedMoney:
    assert line.reduced_from is not None
    return line.reduced_from.to_taxed_money()


def test_a_snapshot_holds_every_figure() -> None:
    gift, bundle = PRICED.items
    part, free = bundle.components
    assert take_snapshot(PRICED) == PurchaseSnapshot(
        currency=USD,
        items=(
            ItemSnapshot(
                reference="0",
                variant_id=None,
                name="item",
                quantity=2,
                unit_price=gift.unit_price,
                total=gift.total.to_taxed_money(),
                discount=gift.discount,
                tax_lines=gift.tax_lines,
                tags=gift.tags,
                components=(),
                reduced_from=reduced_total(gift),
            ),
            ItemSnapshot(
                reference="1",
                variant_id=None,
                name="item",
                quantity=1,
                unit_price=bundle.unit_price,
                total=bundle.total.to_taxed_money(),
                discount=bundle.discount,
                tax_lines=bundle.tax_lines,
                tags=bundle.tags,
                components=(
                    ItemSnapshot(
                        reference="i",
                        variant_id=None,
                        name="item",
                        quantity=3,
                        unit_price=part.unit_price,
                        total=part.total.to_taxed_money(),
                        discount=part.discount,
                        tax_lines=part.tax_lines,
                        tags=part.tags,
                        components=(),
                        reduced_from=reduced_total(part),
                    ),
                    ItemSnapshot(
                        reference="i",
                        variant_id=None,
                        name="item",
                        quantity=1,
                        unit_price=free.unit_price,
                        total=free.total.to_taxed_money(),
                        discount=free.discount,
                        tax_lines=free.tax_lines,
                        tags=free.tags,
                        components=(),
                        reduced_from=None,
                    ),
                ),
                reduced_from=reduced_total(bundle),
            ),
        ),
        subtotal=PRICED.subtotal.to_taxed_money(),
        items_total=PRICED.items_total.to_taxed_money(),
        discount_total=PRICED.discount_total,
        shipping_total=PRICED.shipping_total.to_taxed_money(),
        shipping_name="post",
        total=PRICED.total.to_taxed_money(),
        due=PRICED.due,
        tax_state=PRICED.tax_state,
        tax_summary=PRICED.tax_summary,
        adjustments=PRICED.adjustments,
        tags=PRICED.tags,
        explanations=PRICED.explanations,
        tax_by_place=PRICED.tax_by_place,
    )


def test_without_its_destination_the_sums_stay() -> None:
    snapshot = take_snapshot(PRICED)
    gift, bundle = snapshot.items
    assert hide_destination(snapshot) == replace(
        snapshot,
        items=(
            replace(gift, tax_lines=None),
            replace(
                bundle,
                tax_lines=None,
                components=tuple(replace(part, tax_lines=None) for part in bundle.components),
            ),
        ),
        shipping_name="",
        tax_summary=None,
        explanations=None,
        tax_by_place=None,
    )
    unshipped = take_snapshot(price_items(item(100, 1, "20")))
    assert hide_destination(unshipped).shipping_name is None


def test_the_price_of_a_bundle_counts_its_parts() -> None:
    bundle = item(100, 2, components=(item(200, 3, components=(item(5, 2),)), item(7)))
    assert price_with_components(bundle) == 100 + 3 * (200 + 2 * 5) + 7


def test_lines_are_found_by_their_tags() -> None:
    priced = price_items(item(100, tags=frozenset({"GIFT"})), item(200))
    assert [line.reference for line in priced.items_tagged("GIFT")] == ["0"]
    assert priced.items_tagged("ERROR") == ()
