"""Carts: their lines, the purchase they describe, and what they show."""

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.engine.carts import build_purchase
from gateway.engine.display.actions import DisplayAction
from gateway.engine.display.purchase_display import LocaleFormat
from gateway.engine.money import RoundingMode
from gateway.engine.pricing.discount_codes import CartCode, CodeKind
from gateway.engine.pricing.discounts import OrderDiscount, PercentOff
from gateway.engine.pricing.purchase import Item, Purchase, RatesByTable
from gateway.engine.tax.rounding import RoundingPolicy
from gateway.engine.user_errors import RequestWarning, WarningCode
from tests.engine.carts import (
    CONTEXT,
    COURIER,
    LARGE,
    MARKET,
    POST,
    TODAY,
    cart,
    price_cart,
)
from tests.engine.purchases import CA_94043, GB, GOLDEN, USD, net_tax_gross, usd

# -- the purchase


def test_a_cart_describes_a_purchase() -> None:
    rounding = RoundingPolicy(mode=RoundingMode.DOWN)
    market = replace(MARKET, rounding=rounding, includes_tax=True)
    chosen = cart(("mug", 2), codes=("TEN", "CARD", "A-VOUCHER"), method_id="courier")
    chosen = replace(chosen, lines=(replace(chosen.lines[0], price_when_added=1100),))
    assert build_purchase(chosen, replace(CONTEXT, market=market)).purchase == Purchase(
        currency=USD,
        items=(
            Item(
                "mug",
                "Mug",
                1000,
                2,
                includes_tax=True,
                grams=300,
                price_when_added=1100,
                variant_id="mug",
            ),
        ),
        on=TODAY,
        rounding=rounding,
        discounts=(OrderDiscount(PercentOff(Decimal(10)), "Ten percent", "TEN"),),
        methods=(POST, COURIER),
        method_id="courier",
        stored_value=2900,
        destination=CA_94043,
        tax_tables=GOLDEN,
    )


NO_LONGER_SOLD = Item("rarity", "No longer sold", 0, 2, tags=frozenset({"ERROR"}))


@pytest.mark.parametrize("variant_id", ["rarity", "gone"])
def test_what_is_no_longer_sold_shows_and_costs_nothing(variant_id: str) -> None:
    """One that the catalogue has no more, and one without a price in the currency."""
    (item,) = build_purchase(cart((variant_id, 2)), CONTEXT).purchase.items
    assert item == replace(NO_LONGER_SOLD, reference=variant_id, variant_id=variant_id)
    assert item.tax_source == RatesByTable()


@pytest.mark.parametrize(("quantity", "tags"), [(5, set()), (6, {"ERROR", "BACKORDER"})])
def test_more_than_there_is_cannot_be_bought(quantity: int, tags: set[str]) -> None:
    (item,) = build_purchase(cart(("mug", quantity)), CONTEXT).purchase.items
    assert (set(item.tags), item.unit_price, item.quantity) == (tags, 1000, quantity)


@pytest.mark.parametrize(("minimum", "applies"), [(2600, True), (2601, False)])
def test_codes_look_at_the_subtotal_with_the_parts_of_bundles(
    minimum: int,
    applies: bool,  # noqa: FBT001
) -> None:
    """A box of 1.00 holds two mugs of 9.00; a book is 7.00."""
    coupon = replace(LARGE, minimums={"USD": minimum})
    context = replace(CONTEXT, market=replace(MARKET, coupons=(coupon,)))
    entered = cart(("box", 1), ("book", 1), codes=("LARGE",))
    message = "This code needs items worth at least 26.01 USD."
    warning = RequestWarning(WarningCode.CODE_NOT_APPLICABLE, "LARGE", message)
    warnings = build_purchase(entered, context).applied_codes.warnings
    assert warnings == (() if applies else (warning,))


@pytest.mark.parametrize(
    ("fixed_price_ids", "applies"),
    [({"mug"}, True), ({"mug", "book"}, False), ({"box", "book"}, True)],
)
def test_codes_take_nothing_off_where_no_price_may_be_reduced(
    fixed_price_ids: set[str],
    applies: bool,  # noqa: FBT001
) -> None:
    """A part of a bundle may be: a box of 1.00 holds two mugs."""
    bought = ("box", "book") if "box" in fixed_price_ids else ("mug", "book")
    variants = {
        id: replace(variant, discountable=id not in fixed_price_ids)
        for id, variant in CONTEXT.variants.items()
    }
    entered = cart(*((id, 1) for id in bought), codes=("TEN",))
    priced = price_cart(entered, replace(CONTEXT, variants=variants))
    reason = None if applies else "Nothing in the cart can be reduced by a code."
    [code] = priced.codes
    assert (code.applied, code.reason, code.amount is None) == (applies, reason, not applies)
    assert bool(priced.adjustments) == applies


def test_codes_look_at_the_day_and_at_those_used_before() -> None:
    used = replace(CONTEXT, used_codes=frozenset({"TWO"}))
    entered = cart(("mug", 1), codes=("TWO",))
    assert [code.applied for code in price_cart(entered).codes] == [True]
    assert [code.applied for code in price_cart(entered, used).codes] == [False]


# -- codes and what they do


def test_what_codes_take_off_and_pay() -> None:
    """20.00 less a tenth and 2.00 are 16.00; 3.00 post; 9.25 % are 1.48: 20.48 in all."""
    entered = cart(("mug", 2), codes=(" ten", "TWO", "CARD", "A-VOUCHER", "LARGE", "NONE"))
    priced = price_cart(entered)
    assert net_tax_gross(priced.total) == (1900, 148, 2048)
    discount, stored = CodeKind.DISCOUNT, CodeKind.STORED_VALUE
    too_little = "This code needs items worth at least 30.00 USD."
    assert priced.codes == (
        CartCode("ten", discount, applied=True, reason=None, amount=usd(200)),
        CartCode("TWO", discount, applied=True, reason=None, amount=usd(200)),
        CartCode("CARD", stored, applied=True, reason=None, amount=usd(400)),
        CartCode("A-VOUCHER", stored, applied=True, reason=None, amount=usd(1648)),
        CartCode("LARGE", discount, applied=False, reason=too_little, amount=None),
    )
    assert priced.due == usd(0)


def test_what_stored_value_pays_is_not_known_before_the_tax() -> None:
    entered = cart(("mug", 1), destination=None, codes=("CARD", "TEN"))
    assert [code.amount for code in price_cart(entered).codes] == [None, usd(100)]


def test_a_code_of_stored_value_that_is_not_needed_pays_nothing() -> None:
    entered = cart(("book", 1), codes=("A-VOUCHER", "CARD"))
    assert [code.amount for code in price_cart(entered).codes] == [usd(765), usd(0)]


# -- ways to ship


def test_the_ways_to_ship_cheapest_first() -> None:
    (post, courier) = price_cart(cart(("mug", 1), method_id="courier")).shipping_options
    assert (post.id, post.method_id, post.name, post.selected) == (
        "shp_1_post",
        "post",
        "Post",
        False,
    )
    assert (courier.id, courier.method_id, courier.name, courier.selected) == (
        "shp_1_courier",
        "courier",
        "Courier",
        True,
    )
    assert [option.price.net for option in (post, courier)] == [usd(300), usd(900)]


def test_nothing_is_shipped_of_what_is_digital() -> None:
    assert price_cart(cart(("book", 1))).shipping_options == ()


# -- a cart that changed


def test_an_unchanged_cart_is_the_same() -> None:
    described = cart(("mug", 1))
    priced = price_cart(described)
    assert priced.with_cart(described, build_purchase(described, CONTEXT)) is priced


def test_what_changes_no_figure_keeps_them() -> None:
    described = cart(("mug", 1))
    priced = price_cart(described)
    total = priced.total
    later = replace(described, version=4)
    purchase = build_purchase(later, CONTEXT)
    renewed = priced.with_cart(later, purchase)
    assert (renewed.cart, renewed.version, renewed.id) == (later, 4, "crt_1")
    assert (renewed.total is total, priced.cart) == (True, described)
    # A code that does not apply changes what is said of codes alone.
    coded = replace(described, codes=("NONE",))
    coded_purchase = build_purchase(coded, CONTEXT)
    assert coded_purchase.purchase == purchase.purchase
    renewed = priced.with_cart(coded, coded_purchase)
    assert (renewed.cart, renewed.applied_codes) == (coded, coded_purchase.applied_codes)
    assert renewed.notices == ("NONE: There is no such code.",)
    same_cart = priced.with_cart(described, coded_purchase)
    assert same_cart.applied_codes == coded_purchase.applied_codes


def test_what_changes_figures_is_priced_anew_as_far_as_it_needs() -> None:
    described = cart(("mug", 1))
    priced = price_cart(described)
    assert net_tax_gross(priced.total) == (1300, 93, 1393)
    courier = replace(described, method_id="courier", version=4)
    repriced = priced.with_cart(courier, build_purchase(courier, CONTEXT))
    assert (repriced.cart, net_tax_gross(repriced.total)) == (courier, (1900, 93, 1993))
    assert repriced.ledger_after("tag").tags is priced.ledger_after("tag").tags
    assert net_tax_gross(priced.total) == (1300, 93, 1393)


# -- what it shows

PLAIN_FORMAT = LocaleFormat("en", lambda value: str(value.minor), lambda percent: f"{percent} %")


def test_texts_are_kept_for_the_locales_asked_for_last() -> None:
    priced = price_cart(cart(("mug", 1)))
    display = priced.display(PLAIN_FORMAT)
    assert [line.text for line in display.lines] == ["1000"]
    formats = [replace(PLAIN_FORMAT, nearest_locale=name) for name in ("de", "fr", "nl", "pl")]
    for locale_format in formats[:3]:
        lines = priced.display(locale_format).lines
        assert priced.display(locale_format).lines is lines
        assert priced.display(locale_format).locale == locale_format.nearest_locale
    assert priced.display(PLAIN_FORMAT).lines is display.lines
    # A fifth locale makes room for itself.
    fifth = priced.display(formats[3]).lines
    assert priced.display(formats[3]).lines is fifth
    assert priced.display(PLAIN_FORMAT).lines is not display.lines


def test_a_display_knows_the_standing_of_its_cart() -> None:
    priced = price_cart(cart(("mug", 1), codes=("NONE",)))
    display = priced.display(PLAIN_FORMAT)
    assert display.messages == ("NONE: There is no such code.",)
    assert display.actions == (
        DisplayAction.CHECK_OUT,
        DisplayAction.CHANGE_LINES,
        DisplayAction.ENTER_CODE,
        DisplayAction.GIVE_DESTINATION,
        DisplayAction.CHOOSE_SHIPPING,
    )
    assert [choice.key for choice in display.shipping] == ["shp_1_post", "shp_1_courier"]


def test_warnings_of_codes_just_entered_stand_before_others_and_once() -> None:
    priced = price_cart(cart(("mug", 1), codes=("NONE",)))
    assert priced.with_warnings(()) is priced
    missing = RequestWarning(WarningCode.CODE_NOT_APPLICABLE, "OLD", "It is over.")
    warned = priced.with_warnings((missing, *priced.applied_codes.warnings))
    assert warned.notices == ("OLD: It is over.", "NONE: There is no such code.")
    assert (priced.notices, priced.code_warnings) == (("NONE: There is no such code.",), ())
    assert warned.cart is priced.cart


def test_nothing_ships_there() -> None:
    californian = replace(CONTEXT, market=replace(MARKET, methods=(COURIER,)))
    priced = price_cart(cart(("mug", 1), destination=GB), californian)
    assert priced.notices == ("No shipping method goes to this destination with these items.",)
    assert DisplayAction.CHECK_OUT not in priced.actions
