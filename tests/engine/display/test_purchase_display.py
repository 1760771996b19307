"""What display makes of figures: prices to strike through, tax rows by place, ways to ship."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from gateway.engine.display.purchase_display import (
    DisplayChoice,
    DisplayLine,
    LocaleFormat,
    PurchaseDisplay,
)
from gateway.engine.pricing import node_totals, tax_step
from gateway.engine.pricing.discounts import AmountOff
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import ExtraCharge, Purchase
from gateway.engine.pricing.snapshots import take_snapshot
from gateway.engine.tax.tax_tables import TableMode, TaxTable, TaxTables
from tests.engine.purchases import (
    CA_94043,
    FULL_PURCHASE,
    GOLDEN,
    NY_10001,
    PipelineSpy,
    item,
    order_discount,
    percent_off,
    policy,
    postal_code_area,
    price_items,
    purchases,
    rule,
    state_area,
    tax_summary_rows,
)

PLAIN_FORMAT = LocaleFormat("en", lambda value: str(value.minor), lambda percent: f"{percent} %")


def build_display(priced_purchase: PricedPurchase) -> PurchaseDisplay:
    return PurchaseDisplay(priced_purchase, PLAIN_FORMAT)


def struck_texts(priced_purchase: PricedPurchase) -> list[tuple[str, str | None]]:
    """Each line's text, and what is struck through beside it."""
    return [(line.text, line.struck) for line in build_display(priced_purchase).lines]


TENTH_OFF = (order_discount(percent_off("10")),)


# -- what is struck through


def test_a_discounted_line_shows_what_it_was_with_tax_as_it_shows_what_it_is() -> None:
    """10.00 at 7.25 % is 10.73; a tenth off, 9.00 is 9.65: 1.08 less, in the same basis."""
    tax = {"tax_tables": GOLDEN, "destination": CA_94043}
    food = item(1000, discount=percent_off("10"), tax_source=item(1, 1, "7.25").tax_source)
    (line,) = build_display(price_items(food, **tax)).lines
    assert line == DisplayLine("0", "item", "965", "reduced by 108", "1073")


def test_without_a_destination_both_are_without_tax() -> None:
    reduced = item(1000, 2, discount=percent_off("10"))
    (line,) = build_display(price_items(reduced, tax_tables=GOLDEN)).lines
    assert line == DisplayLine("0", "2 x item", "1800", "1000 each; reduced by 200", "2000")


def test_a_line_that_nothing_lowers_strikes_nothing() -> None:
    """Nor does one that only another line's discount lowers the total beside."""
    lines = [item(1000, 1, "20"), item(1000, 1, "20", discount=percent_off("50"))]
    assert struck_texts(price_items(*lines)) == [("1200", None), ("600", "1200")]
    not_discountable = item(1000, tags=frozenset({"NOT_DISCOUNTABLE"}))
    assert struck_texts(price_items(not_discountable, item(1000), discounts=TENTH_OFF)) == [
        ("1000", None),
        ("900", "1000"),
    ]


def test_a_bundle_counts_what_its_parts_are_reduced_by() -> None:
    bundle = item(100, components=(item(200, 2, discount=percent_off("50")),))
    assert struck_texts(price_items(bundle)) == [("300", "500")]


@pytest.mark.parametrize(
    ("then", "now", "texts"),
    [
        (1000, 900, ("965", "1073")),
        (900, 1000, ("1073", None)),
        (1000, 1000, ("1073", None)),
        (None, 900, ("965", None)),
    ],
)
def test_a_fallen_price_shows_what_the_line_was_chosen_for(
    then: int | None, now: int, texts: tuple[str, str | None]
) -> None:
    """Taxed as it is now; a price that has risen is no reduction."""
    assert struck_texts(price_items(item(now, 1, "7.25", price_when_added=then))) == [texts]


def test_a_fall_and_a_discount_are_one_reduction() -> None:
    line = item(900, 2, price_when_added=1000, discount=percent_off("10"))
    assert build_display(price_items(line)).lines == (
        DisplayLine("0", "2 x item", "1620", "900 each; reduced by 380", "2000"),
    )


@settings(max_examples=60, deadline=None)
@given(purchases)
def test_what_is_struck_is_more_than_what_is_shown_and_the_reduction_is_the_rest(
    described: Purchase,
) -> None:
    """Whatever the basis, the rounding and the parts: struck - reduction = text."""
    for line in build_display(PricedPurchase(described)).lines:
        details = (line.detail or "").split("; ")
        reductions = [
            int(each.removeprefix("reduced by "))
            for each in details
            if each.startswith("reduced by ")
        ]
        if line.struck is None:
            assert reductions == []
        else:
            assert int(line.struck) > int(line.text)
            assert reductions == [int(line.struck) - int(line.text)]


def test_a_line_whose_share_of_the_tax_takes_the_reduction_back_strikes_nothing() -> None:
    """R80: on TOTAL each line has the cumulative tax less that of earlier lines."""
    lines = [item(minor, 1, "10", discount=AmountOff(1)) for minor in (5, 4)]
    priced_purchase = price_items(*lines, rounding=policy(level="TOTAL"))
    # Before: 5 + 1, and 4 + 0; after: 4 + 0, and 3 + 1.
    assert struck_texts(priced_purchase) == [("4", "6"), ("4", None)]


def test_the_prices_before_are_taxed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """R88: for all lines, however often they are read, and the subtotal."""
    calls: list[object] = []

    def count_call(*arguments: object) -> object:
        calls.append(arguments)
        return tax_step.compute_taxes(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(node_totals, "compute_taxes", count_call)
    priced_purchase = PricedPurchase(FULL_PURCHASE)
    for _ in range(2):
        assert build_display(priced_purchase).lines[0].struck is not None
        assert priced_purchase.subtotal.gross is not None
    assert len(calls) == 1


def test_display_runs_each_strategy_once_however_it_is_read() -> None:
    """R88."""
    spy = PipelineSpy()
    priced_purchase = PricedPurchase(FULL_PURCHASE, spy.pipeline)
    assert build_display(priced_purchase).actions == ()
    assert spy.ran == []
    for _ in range(2):
        view = build_display(priced_purchase)
        assert [len(view.lines), len(view.shipping), view.messages] == [2, 1, ()]
        assert view.totals[-1].key == "due"
    assert sorted(spy.ran) == sorted(spy.pipeline.order)


# -- tax rows by rate and jurisdiction

STACKED = TaxTables(
    TaxTable(
        "default",
        (
            rule("1", postal_code_area("US", "9404*"), name="Sales tax"),
            rule("1", state_area("CA"), name="Sales tax"),
            rule("2", state_area("CA"), name="Sales tax"),
        ),
        mode=TableMode.STACK,
    )
)


def tax_lines_of(view: PurchaseDisplay) -> list[tuple[str, str, str, str | None]]:
    return [
        (row.key, row.label, row.text, row.detail)
        for row in view.totals
        if row.key.startswith("tax.")
    ]


def test_two_jurisdictions_with_one_name_and_rate_are_told_apart() -> None:
    """R91; the summary's rows are by name and rate alone, as its contract says."""
    priced_purchase = price_items(item(10_000), destination=CA_94043, tax_tables=STACKED)
    assert tax_summary_rows(priced_purchase) == [
        ("Sales tax", "1", 20_000, 200),
        ("Sales tax", "2", 10_000, 200),
    ]
    rows = [
        ("tax.Sales tax.1.US 9404*", "Sales tax (US 9404*) 1 %", "100", "on 10000"),
        ("tax.Sales tax.1.US-CA", "Sales tax (US-CA) 1 %", "100", "on 10000"),
        ("tax.Sales tax.2", "Sales tax 2 %", "200", "on 10000"),
    ]
    assert tax_lines_of(build_display(priced_purchase)) == rows
    snapshot = take_snapshot(priced_purchase)
    assert tax_lines_of(PurchaseDisplay(snapshot, PLAIN_FORMAT)) == rows


def test_a_jurisdiction_is_not_named_where_there_is_one() -> None:
    priced_purchase = price_items(item(10_000), destination=NY_10001, tax_tables=STACKED)
    assert (priced_purchase.tax_by_place, priced_purchase.tax_summary) == (None, ())
    elsewhere = replace(CA_94043, postal_code="90001")
    priced_purchase = price_items(item(10_000), item(50), destination=elsewhere, tax_tables=STACKED)
    assert priced_purchase.tax_by_place is None
    assert tax_lines_of(build_display(priced_purchase)) == [
        ("tax.Sales tax.1", "Sales tax 1 %", "101", "on 10050"),
        ("tax.Sales tax.2", "Sales tax 2 %", "201", "on 10050"),
    ]


@settings(max_examples=40, deadline=None)
@given(purchases)
def test_the_rows_by_place_sum_to_the_summary(described: Purchase) -> None:
    """R91: display totals equal purchasing totals to the minor unit."""
    priced_purchase = PricedPurchase(described)
    rows = priced_purchase.tax_by_place
    assert priced_purchase.tax_summary is not None
    if rows is not None:
        assert sum(row.tax.minor for row in rows) == sum(
            row.tax.minor for row in priced_purchase.tax_summary
        )
        assert len({(row.name, row.rate_percent, row.jurisdiction) for row in rows}) == len(rows)


# -- ways to ship


def test_declared_shipping_is_the_one_choice_and_it_is_taken() -> None:
    """Its text is that of the row among the totals."""
    taxed = ExtraCharge("Post", 500, tax_source=item(1, 1, "20").tax_source)
    view = build_display(price_items(item(1000), shipping=(taxed,)))
    assert view.shipping == (
        DisplayChoice("shipping", "Post", "500", "600 with tax", selected=True),
    )
    assert [row.text for row in view.totals if row.key == "shipping"] == ["500"]
    assert build_display(price_items(item(1000))).shipping == ()


# -- an order shows what was recorded


def test_what_was_recorded_is_shown_as_it_was() -> None:
    priced_purchase = PricedPurchase(FULL_PURCHASE)
    now, then = (
        build_display(priced_purchase),
        PurchaseDisplay(take_snapshot(priced_purchase), PLAIN_FORMAT),
    )
    assert (then.lines, then.totals, then.shipping) == (now.lines, now.totals, now.shipping)
    assert now.lines[0].struck == "2185"
