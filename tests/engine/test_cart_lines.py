"""The lines of carts: what joins, what stays apart, and what merging keeps."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.addresses.address import Destination
from gateway.engine.cart_lines import (
    LineRequest,
    add_cart_lines,
    change_cart_lines,
    line_limit_errors,
)
from gateway.engine.cart_merging import CartsNotMergeable, merge_carts
from gateway.engine.carts import Cart, CartLine, build_purchase
from gateway.engine.catalogue.products import Stock
from gateway.engine.display.purchase_display import LocaleFormat
from gateway.engine.money import Currency
from gateway.engine.pricing.purchase_details import Attribute
from gateway.engine.pricing.tags import BACKORDER, ERROR
from gateway.engine.user_errors import ErrorCode, UserError
from tests.engine.carts import CONTEXT, cart, price_cart
from tests.engine.purchases import USD

ANNA, KIM = Attribute("Engraving", "Anna"), Attribute("Engraving", "Kim")
SERIF = Attribute("Font", "serif")


def lined_cart(*lines: CartLine) -> Cart:
    return replace(cart(), lines=lines)


# -- adding


def test_more_of_a_variant_joins_its_line() -> None:
    before = lined_cart(CartLine("mug", 2, 950), CartLine("hat", 1))
    after = add_cart_lines(
        before, [CartLine("hat", 3, 500), CartLine("book", 1, 700), CartLine("book", 4, 800)]
    )
    assert after == lined_cart(
        CartLine("mug", 2, 950), CartLine("hat", 4), CartLine("book", 5, 700)
    )


def test_other_attributes_are_lines_of_their_own() -> None:
    """R112: and the same attributes in another order are the same."""
    before = lined_cart(CartLine("mug", 1, 950, "a"), CartLine("mug", 1, 950, "b", (ANNA, SERIF)))
    after = add_cart_lines(
        before,
        [
            CartLine("mug", 2, 990, "c", (SERIF, ANNA)),
            CartLine("mug", 4, 990, "d", (KIM,)),
            CartLine("mug", 8, 990, "e"),
        ],
    )
    assert after == lined_cart(
        CartLine("mug", 9, 950, "a"),
        CartLine("mug", 3, 950, "b", (ANNA, SERIF)),
        CartLine("mug", 4, 990, "d", (KIM,)),
    )


# -- changing


def test_quantities_are_set_and_zero_removes() -> None:
    before = cart(("mug", 2), ("hat", 1), ("book", 3))
    assert change_cart_lines(before, [LineRequest("mug", 5), LineRequest("hat", 0)]) == cart(
        ("mug", 5), ("book", 3)
    )


def test_a_line_is_changed_by_its_id() -> None:
    """R112: attributes that are absent stay, an empty list removes them."""
    before = lined_cart(CartLine("mug", 1, 950, "a", (ANNA,)), CartLine("mug", 2, 950, "b", (KIM,)))
    assert change_cart_lines(
        before, [LineRequest("mug", 5, None, "b"), LineRequest("mug", 6, (), "a")]
    ) == lined_cart(CartLine("mug", 6, 950, "a"), CartLine("mug", 5, 950, "b", (KIM,)))


def test_a_line_that_becomes_equal_to_another_joins_it() -> None:
    # R112
    before = lined_cart(CartLine("mug", 1, 950, "a"), CartLine("mug", 2, 990, "b", (KIM,)))
    assert change_cart_lines(before, [LineRequest("mug", 2, (), "b")]) == lined_cart(
        CartLine("mug", 3, 950, "a")
    )


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (
            LineRequest("mug", 1),
            UserError(
                ErrorCode.INVALID_INPUT,
                ("input", "lines", "0", "lineId"),
                "The variant stands on 2 lines: give `lineId`, one of a, b.",
            ),
        ),
        (
            LineRequest("pen", 1),
            UserError(
                ErrorCode.NOT_FOUND,
                ("input", "lines", "0", "variantId"),
                "It is not in the cart.",
            ),
        ),
        (
            LineRequest("mug", 1, None, "z"),
            UserError(
                ErrorCode.NOT_FOUND,
                ("input", "lines", "0", "lineId"),
                "The cart has no such line.",
            ),
        ),
        (
            LineRequest("pen", 1, None, "a"),
            UserError(
                ErrorCode.INVALID_INPUT,
                ("input", "lines", "0", "variantId"),
                "The line a is of the variant mug.",
            ),
        ),
    ],
)
def test_a_request_that_names_no_one_line(request_: LineRequest, error: UserError) -> None:
    # R112
    before = lined_cart(CartLine("mug", 1, 950, "a"), CartLine("mug", 2, 950, "b", (KIM,)))
    assert change_cart_lines(before, [request_]) == (error,)


def test_limits_have_figures() -> None:
    lines = tuple(CartLine(f"v{number}", 1) for number in range(1_001))
    words = tuple(Attribute("k", "v" * 499) for _ in range(401))
    big_line = CartLine("big", 1_000_001, attributes=words)
    assert [error.message for error in line_limit_errors(lined_cart(*lines, big_line))] == [
        "A cart holds at most 1,000 lines; this would be 1,002.",
        "A line holds at most 1,000,000; this would be 1,000,001.",
        (
            "The attributes of all lines have at most 200,000 characters together; this would be "
            "200,500."
        ),
    ]


# -- pricing


def test_lines_are_priced_with_their_ids_and_attributes() -> None:
    """R112: a discount of one line says which line it is of."""
    priced = price_cart(
        lined_cart(CartLine("mug", 1, 1000, "a"), CartLine("mug", 2, 1000, "b", (KIM,)))
    )
    assert [(item.reference, item.line_id, item.attributes) for item in priced.items] == [
        ("mug", "a", ()),
        ("mug", "b", (KIM,)),
    ]
    assert priced.total_quantity == 3


def test_each_row_to_show_has_a_key_of_its_own_and_the_buyers_words() -> None:
    # R112
    priced = price_cart(
        lined_cart(CartLine("mug", 1, 1000, "a", (ANNA, SERIF)), CartLine("mug", 1, 1000, "b"))
    )
    plain_format = LocaleFormat("en-US", lambda amount: str(amount.minor), str)
    assert [(row.key, row.detail) for row in priced.display(plain_format).lines] == [
        ("mug", "Engraving: Anna; Font: serif"),
        ("b", None),
    ]


def test_lines_of_one_variant_take_from_one_stock() -> None:
    """Two of one engraving and two of another are four of a mug."""
    mug = CONTEXT.variants["mug"]
    lines = lined_cart(CartLine("mug", 2, 1000, "a"), CartLine("mug", 2, 1000, "b", (KIM,)))

    def tags(stock: Stock) -> list[set[str]]:
        variants = {**CONTEXT.variants, "mug": replace(mug, stock=stock)}
        items = build_purchase(lines, replace(CONTEXT, variants=variants)).purchase.items
        return [set(item.tags & {ERROR, BACKORDER}) for item in items]

    assert tags(Stock(4)) == [set(), set()]
    assert tags(Stock(3)) == [{ERROR, BACKORDER}, {ERROR, BACKORDER}]
    assert tags(Stock(3, backorder=True)) == [{BACKORDER}, {BACKORDER}]


# -- merging

ATTRIBUTES = st.lists(st.sampled_from((ANNA, SERIF)), unique=True, max_size=2).map(tuple)
LINES = st.lists(
    st.builds(
        CartLine,
        st.sampled_from(("mug", "hat", "pen")),
        st.integers(1, 9),
        st.integers(1, 999),
        st.uuids().map(str),
        ATTRIBUTES,
    ),
    max_size=8,
)
CARTS = st.builds(lambda lines: add_cart_lines(cart(), lines), LINES)


def content(*carts: Cart) -> Counter[tuple[str, frozenset[Attribute]]]:
    """How many of what is in ``carts``."""
    counts: Counter[tuple[str, frozenset[Attribute]]] = Counter()
    for lines in (each.lines for each in carts):
        for line in lines:
            counts[line.content_key] += line.quantity
    return counts


@given(CARTS, CARTS)
def test_merging_loses_no_line(claimed: Cart, earlier: Cart) -> None:
    """R113: nor does anything come twice; the claimed cart's lines keep their ids and places."""
    merged = merge_carts(claimed, earlier)
    assert content(merged) == content(claimed, earlier)
    assert len({line.content_key for line in merged.lines}) == len(merged.lines)
    assert [line.id for line in merged.lines[: len(claimed.lines)]] == [
        line.id for line in claimed.lines
    ]
    ids = {line.id for line in (*claimed.lines, *earlier.lines)}
    assert {line.id for line in merged.lines} <= ids


@given(CARTS, LINES, LINES)
def test_it_does_not_matter_how_lines_are_added(
    before: Cart, first: list[CartLine], second: list[CartLine]
) -> None:
    # R113
    at_once = add_cart_lines(before, [*first, *second])
    assert add_cart_lines(add_cart_lines(before, first), second) == at_once


def test_what_the_claimed_cart_lacks_comes_from_the_earlier_one() -> None:
    """R113: its own words, place and way of shipping stay."""
    gift_wrap = Attribute("wrap", "yes")
    earlier = replace(
        cart(codes=("TEN", "two"), method_id="courier"),
        destination=Destination("CA"),
        note="Ring twice",
        attributes=(gift_wrap, KIM),
    )
    bare_cart = replace(cart(), id="crt_2", version=7, destination=None)
    assert merge_carts(bare_cart, earlier) == replace(earlier, id="crt_2", version=7)
    full_cart = replace(
        cart(codes=("Two",), method_id="post"), note="Ring once", attributes=(ANNA,)
    )
    assert merge_carts(full_cart, earlier) == replace(
        full_cart, codes=("Two", "TEN"), attributes=(ANNA, gift_wrap)
    )


@pytest.mark.parametrize(
    ("earlier", "message"),
    [
        (
            replace(lined_cart(CartLine("hat", 1)), currency=Currency("EUR", 2)),
            (
                "This cart is in USD; the lines of your earlier cart (1) are in EUR. Empty one of "
                "them first."
            ),
        ),
        (
            lined_cart(*(CartLine(f"v{number}", 1) for number in range(1_000))),
            (
                "This cart and your earlier cart have 1,001 lines together, of at most 1,000. "
                "Remove some first."
            ),
        ),
        (
            lined_cart(CartLine("mug", 1_000_000)),
            (
                "This cart and your earlier cart have 1,000,001 of one line together, of at most "
                "1,000,000. Remove some first."
            ),
        ),
        (
            lined_cart(CartLine("hat", 1, attributes=(Attribute("k", "v" * 200_000),))),
            (
                "This cart and your earlier cart have 200,001 characters of lines' attributes "
                "together, of at most 200,000. Remove some first."
            ),
        ),
        (
            replace(cart(), attributes=tuple(Attribute(f"k{at}", "") for at in range(20))),
            (
                "This cart and your earlier cart have 21 attributes together, of at most 20. "
                "Remove some first."
            ),
        ),
    ],
)
def test_carts_that_cannot_be_one_as_a_whole_stay_two(earlier: Cart, message: str) -> None:
    # R113
    claimed = replace(lined_cart(CartLine("mug", 1)), attributes=(ANNA,))
    with pytest.raises(CartsNotMergeable) as refusal:
        merge_carts(claimed, earlier)
    assert str(refusal.value) == message


def test_an_empty_cart_in_another_currency_is_no_hindrance() -> None:
    # R113
    claimed = lined_cart(CartLine("mug", 1))
    assert merge_carts(claimed, replace(cart(), currency=Currency("EUR", 2))) == claimed
    assert claimed.currency == USD
