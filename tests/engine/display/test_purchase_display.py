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
    usd,
)

PLAIN_FORMAT = LocaleFormat("en", lambda value: str(value.minor), lambda percent: f"{percent} %")


def build_display(priced_purchase: PricedPurchase) -> PurchaseDisplay:
    return PurchaseDisplay(priced_purchase, PLAIN_FORMAT)


def struck_texts(priced_purchase: PricedPurchase) -> list[tuple[str, str | None]]:
    """Each line's text, and what is struck through beside it."""
    return [(line.text, line.struck) for line in build_display(priced_purchase).lines]


NINETEEN = item(1, 1, "19").tax_source
TENTH_OFF = (order_discount(percent_off("10")),)


# -- what is struck through


@pytest.mark.parametrize("includes_tax", [False, True])
def test_a_discounted_line_is_shown_as_its_price_is_stated(*, includes_tax: bool) -> None:
    """A tenth off 10.00, of which 7.25 % tax come to 9.00 or are in it."""
    tax = {"tax_tables": GOLDEN, "destination": CA_94043}
    source = item(1, 1, "7.25").tax_source
    food = item(1000, discount=percent_off("10"), tax_source=source, includes_tax=includes_tax)
    priced_purchase = price_items(food, **tax)
    (line,) = build_display(priced_purchase).lines
    assert line == DisplayLine("0", "item", "900", "reduced by 100", "1000")
    total = priced_purchase.items[0].total
    assert (total.gross if includes_tax else total.net) == usd(900)


def test_without_a_destination_both_are_without_tax() -> None:
    reduced = item(1000, 2, discount=percent_off("10"))
    (line,) = build_display(price_items(reduced, tax_tables=GOLDEN)).lines
    assert line == DisplayLine("0", "2 x item", "1800", "1000 each; reduced by 200", "2000")


def test_a_line_that_nothing_lowers_strikes_nothing() -> None:
    """Nor does one that only another line's discount lowers the total beside."""
    lines = [item(1000, 1, "20"), item(1000, 1, "20", discount=percent_off("50"))]
    assert struck_texts(price_items(*lines)) == [("1000", None), ("500", "1000")]
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
        (1000, 900, ("900", "1000")),
        (900, 1000, ("1000", None)),
        (1000, 1000, ("1000", None)),
        (None, 900, ("900", None)),
    ],
)
def test_a_fallen_price_shows_what_the_line_was_chosen_for(
    then: int | None, now: int, texts: tuple[str, str | None]
) -> None:
    """A price that has risen is no reduction."""
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
    """R80: on TOTAL each line has the cumulative tax less that of earlier lines.

    Beside a price without tax, lines are shown without: the second 3 has no tax, the second 2 none.
    """
    lines = [item(3, 1, "10", discount=AmountOff(1), includes_tax=True) for _ in range(2)]
    stated_net = item(100, 1, "10")
    priced_purchase = price_items(stated_net, *lines, rounding=policy(level="TOTAL"))
    assert struck_texts(priced_purchase) == [("100", None), ("2", "3"), ("2", None)]


def test_all_lines_are_shown_without_tax_where_one_price_is_without() -> None:
    """So is the subtotal; untaxed things beside prices with tax change nothing."""
    with_tax, untaxed = item(1190, 2, "19", includes_tax=True), item(500, includes_tax=True)
    view = build_display(price_items(with_tax, untaxed))
    assert [line.text for line in view.lines] == ["2380", "500"]
    assert (view.totals[0].label, view.totals[0].text) == ("Subtotal before tax", "2500")
    view = build_display(price_items(with_tax, untaxed, item(100, 1, "19")))
    assert [line.text for line in view.lines] == ["2000", "500", "100"]
    assert (view.totals[0].label, view.totals[0].text) == ("Subtotal", "2600")


def test_a_bundle_of_a_quote_is_stated_without_its_parts() -> None:
    bundle = item(1000, 2, "20", components=(item(200, 3, "20", components=(item(50, 2, "20"),)),))
    view = build_display(price_items(bundle))
    assert [line.text for line in view.lines] == ["3800"]
    assert [row.text for row in view.totals] == ["3800", "760", "4560"]


def test_a_price_with_tax_that_is_not_known_yet_is_its_own_total() -> None:
    home = item(1190, 1, includes_tax=True)
    view = build_display(price_items(home, tax_tables=GOLDEN))
    assert [line.text for line in view.lines] == ["1190"]
    assert [(row.label, row.text) for row in view.totals] == [
        ("Subtotal", "1190"),
        ("Tax", "—"),
        ("Total before shipping", "1190"),
    ]
    post = ExtraCharge("Post", 500, includes_tax=True)
    view = build_display(price_items(home, tax_tables=GOLDEN, shipping=(post,)))
    assert [(row.label, row.text) for row in view.totals] == [
        ("Subtotal", "1190"),
        ("Shipping: Post", "500"),
        ("Tax", "—"),
        ("Estimated total", "1690"),
    ]


# -- the rows of the totals


def sum_rows(view: PurchaseDisplay) -> tuple[int, int]:
    """The sum of all rows above the total, and the total."""
    position = [row.key for row in view.totals].index("total")
    return sum(int(row.text) for row in view.totals[:position]), int(view.totals[position].text)


def test_a_discount_on_prices_with_tax_is_a_row_without() -> None:
    """A tenth off two of 14.00, of which 19 % are tax, is 2.80; without tax it is 2.35."""
    view = build_display(
        price_items(
            item(1400, 2, "19", includes_tax=True),
            shipping=(ExtraCharge("Post", 500, includes_tax=True, tax_source=NINETEEN),),
            discounts=TENTH_OFF,
        )
    )
    assert view.lines == (
        DisplayLine("0", "2 x item", "2520", "1400 each; reduced by 280", "2800"),
    )
    assert [(row.label, row.text, row.detail) for row in view.totals] == [
        ("Subtotal before tax", "2353", None),
        ("off", "-235", None),
        ("Shipping: Post", "420", None),
        ("tax19 19 %", "482", "on 2538"),
        ("Total", "3020", None),
    ]


def test_what_is_taken_off_bears_the_tax_that_is_taken_off() -> None:
    """120.00 with 20 %: 12.00 and 24.00 off it are 10.00 and 20.00 without."""
    discounts = (order_discount(AmountOff(1200)), order_discount(AmountOff(2400)))
    wrapping = ExtraCharge("wrapping", 500)
    view = build_display(
        price_items(
            item(12_000, 1, "20", includes_tax=True), discounts=discounts, surcharges=(wrapping,)
        )
    )
    assert [(row.key, row.text) for row in view.totals] == [
        ("subtotal", "10000"),
        ("adjustment.0", "-1000"),
        ("adjustment.1", "-2000"),
        ("adjustment.2", "500"),
        ("tax.tax20.20", "1400"),
        ("total", "8900"),
    ]


@settings(max_examples=300, deadline=None)
@given(purchases)
def test_the_rows_above_the_total_add_up_to_it(described: Purchase) -> None:
    """R91: whatever the prices include, and where a row of an order is what it was."""
    priced_purchase = PricedPurchase(described)
    view = build_display(priced_purchase)
    if priced_purchase.total.gross is not None:
        rows, total = sum_rows(view)
        assert rows == total
    assert PurchaseDisplay(take_snapshot(priced_purchase), PLAIN_FORMAT).totals == view.totals


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
    assert now.lines[0].struck == "2000"
