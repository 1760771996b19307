"""The rows of lines: what one of several costs; and what a total of e-books waits for."""

from hypothesis import given, settings

from gateway.engine.pricing import tags
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import ExtraCharge, Item, Purchase
from tests.engine.display.test_purchase_display import build_display
from tests.engine.purchases import GOLDEN, item, percent_off, price_items, purchases, rates

E_BOOK = frozenset({tags.DIGITAL})


def line_details(*items: Item) -> list[tuple[str, str | None]]:
    """Each line's text and detail."""
    return [(line.text, line.detail) for line in build_display(price_items(*items)).lines]


def test_one_of_several_costs_its_share_of_the_line_where_the_tax_is_not_that_of_the_price() -> (
    None
):
    """119.00 with the 19 % of home are 120.00 with 20 %, and 100.00 where there is no tax."""
    home: dict[str, object] = {"includes_tax": True, "home_rates": rates("19")}
    assert line_details(item(11_900, 2, "20", **home), item(11_900, 3, "0", **home)) == [
        ("24000", "12000 each"),
        ("30000", "10000 each"),
    ]
    tenth_off = item(11_900, 3, "20", discount=percent_off("10"), **home)
    assert line_details(tenth_off) == [("32400", "12000 each; reduced by 3600")]


def test_one_of_several_is_shown_on_the_side_of_its_line() -> None:
    """Beside a price without tax, two of 1.19 are 2.00 without it; three of 1.00 are 2.52."""
    beside = item(500, 1, "19")
    assert line_details(item(119, 2, "19", includes_tax=True), beside)[0] == ("200", "100 each")
    assert line_details(item(100, 4, "19", includes_tax=True), beside)[0] == ("336", "84 each")
    assert line_details(item(100, 5, "19", includes_tax=True), beside)[0] == ("420", "84 each")
    assert line_details(item(100, 2, "20", includes_tax=True), beside)[0] == ("167", None)


def test_one_bundle_costs_what_its_parts_cost_with_it() -> None:
    bundle = item(1000, 2, "20", components=(item(200, 3, "20"),))
    assert line_details(bundle) == [("3200", "1600 each; with item")]


@settings(max_examples=150, deadline=None)
@given(purchases)
def test_as_many_as_there_are_of_one_are_the_line_before_discounts(described: Purchase) -> None:
    priced_purchase = PricedPurchase(described)
    for line, priced in zip(
        build_display(priced_purchase).lines, priced_purchase.items, strict=True
    ):
        for detail in (line.detail or "").split("; "):
            if detail.endswith(" each"):
                before = {int(line.struck or line.text), int(line.text) - priced.discount.minor}
                assert int(detail.removesuffix(" each")) * priced.quantity in before


def test_a_total_that_nothing_is_shipped_of_does_not_wait_for_shipping() -> None:
    """An e-book without a place: its tax is not known, shipping there is none."""
    added = build_display(price_items(item(1190, tags=E_BOOK), tax_tables=GOLDEN))
    assert (added.totals[-1].label, added.totals[-1].text) == ("Total before tax", "1190")
    book = item(1190, tags=E_BOOK, includes_tax=True)
    included = build_display(price_items(book, tax_tables=GOLDEN))
    assert (included.totals[-1].label, included.totals[-1].text) == ("Estimated total", "1190")


def test_a_place_is_asked_for_by_what_it_tells() -> None:
    post = ExtraCharge("Post", 500, tax_source=rates())
    by_table, taxed = item(1000), item(1000, 1, "20")
    assert build_display(price_items(by_table, tax_tables=GOLDEN)).messages == (
        "Tell us where it goes to see shipping and tax.",
    )
    assert build_display(price_items(by_table, tax_tables=GOLDEN, shipping=(post,))).messages == (
        "Tell us where it goes to see tax.",
    )
    assert build_display(price_items(taxed)).messages == ("Tell us where it goes to see shipping.",)
    assert build_display(price_items(taxed, shipping=(post,))).messages == ()
