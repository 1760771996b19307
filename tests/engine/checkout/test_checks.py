"""What stands in the way of a purchase, and the draft if nothing does (R95)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.addresses.address import Destination, PostalAddress
from gateway.engine.carts import Cart, PricingContext
from gateway.engine.checkout.checks import (
    CheckoutObstacle,
    DisplayedDue,
    PurchaseTerms,
    TaxNotComputable,
    build_draft_order,
    displayed_due,
    find_obstacle,
    find_price_change,
    gross_total,
)
from gateway.engine.checkout.outcomes import (
    AddressInsufficient,
    Buyer,
    CartVersion,
    DraftOrder,
    InvalidPurchase,
    OneClickConsent,
    OutOfStock,
    PriceChanged,
    PriceGuard,
)
from gateway.engine.orders.lines import DraftLine, OrderTerms
from gateway.engine.orders.order import ActionChannel
from gateway.engine.pricing.discount_codes import StoredValuePayment
from gateway.engine.pricing.snapshots import take_snapshot
from gateway.engine.tax.line_tax import TaxState
from gateway.engine.user_errors import ErrorCode, UserError
from tests.engine.carts import CONTEXT, COURIER, MARKET, MUG, TODAY, cart, price_cart
from tests.engine.purchases import GB, usd

BUYER = Buyer("pur_1", "cli_1")
ADDRESS = PostalAddress("A. Buyer", "US", "CA", "Mountain View", "94043", ("1 Main Street",))
TERMS = PurchaseTerms(BUYER, ADDRESS, "token")


def obstacle(described: Cart, context: PricingContext = CONTEXT) -> CheckoutObstacle | None:
    return find_obstacle(price_cart(described, context), context)


def price_change(described: Cart, terms: PurchaseTerms) -> PriceChanged | None:
    """What ``terms`` say of all that the cart costs and leaves to pay."""
    priced = price_cart(described)
    gross = gross_total(priced)
    return find_price_change(gross, priced.due or gross, priced, terms)


def test_nothing_in_the_way() -> None:
    assert obstacle(cart(("mug", 5))) is None


def test_an_empty_cart() -> None:
    message = "There is nothing in the cart."
    assert obstacle(cart()) == InvalidPurchase(
        (UserError(ErrorCode.INVALID_INPUT, ("input", "cartId"), message),)
    )


@pytest.mark.parametrize(
    ("variant_id", "quantity", "available"),
    [("mug", 6, 5), ("gone", 1, 0), ("rarity", 1, 0), ("box", 3, 2)],
)
def test_not_enough_of_a_variant(variant_id: str, quantity: int, available: int) -> None:
    """Two mugs are in a box: of five mugs there are two boxes."""
    described = cart(("book", 1), (variant_id, quantity), ("mug", 7))
    assert obstacle(described) == OutOfStock(variant_id, available)


def test_what_is_owed_is_none_there() -> None:
    owed = replace(MUG, stock=replace(MUG.stock, available=-3))
    context = replace(CONTEXT, variants={"mug": owed})
    assert obstacle(cart(("mug", 1)), context) == OutOfStock("mug", 0)


@pytest.mark.parametrize(
    ("destination", "message"),
    [
        (GB, "No shipping method goes to this destination with these items."),
        (None, "Shipping depends on the destination."),
    ],
)
def test_nothing_ships_there(destination: Destination | None, message: str) -> None:
    context = replace(CONTEXT, market=replace(MARKET, methods=(COURIER,)))
    described = cart(("mug", 1), destination=destination)
    assert obstacle(described, context) == AddressInsufficient(
        (UserError(ErrorCode.ADDRESS_INSUFFICIENT, None, f"{message} Choose another address."),)
    )


# -- what it costs: a mug of 10.00, post 3.00, 9.25 % of 10.00


@pytest.mark.parametrize(("expected", "changed"), [(1393, False), (1392, True), (0, True)])
def test_the_total_is_at_most_what_the_buyer_expects(expected: int, changed: bool) -> None:  # noqa: FBT001
    terms = replace(TERMS, expected_total=usd(expected))
    refusal = PriceChanged(usd(expected), usd(1393)) if changed else None
    assert price_change(cart(("mug", 1)), terms) == refusal


@pytest.mark.parametrize(("expected", "changed"), [(993, False), (992, True), (0, True)])
def test_what_is_to_pay_is_at_most_what_the_buyer_expects(expected: int, changed: bool) -> None:  # noqa: FBT001
    """CARD pays 4.00 of it; codes that do not apply are a cause."""
    terms = replace(
        TERMS,
        expected_due=usd(expected),
        displayed_due=DisplayedDue(0, 0),
        expected_total=usd(1393),
    )
    causes = ("NONE: There is no such code.",)
    refusal = PriceChanged(usd(expected), usd(993), PriceGuard.DUE, causes) if changed else None
    assert price_change(cart(("mug", 1), codes=("CARD", "NONE")), terms) == refusal
    total_terms = replace(terms, expected_total=usd(1000), expected_due=None)
    assert price_change(cart(("mug", 1), codes=("CARD", "NONE")), total_terms) == PriceChanged(
        usd(1000), usd(1393), PriceGuard.TOTAL, causes
    )


@pytest.mark.parametrize(
    ("displayed", "expected_total", "limit"),
    [
        (None, None, None),
        (None, 1393, None),
        # Shown to pay 4.00 and to leave 9.93: as it is.
        (DisplayedDue(400, 993), None, None),
        # Shown to leave less: it pays what it was shown to, or no more is left than was shown.
        (DisplayedDue(400, 0), None, None),
        (DisplayedDue(401, 993), None, None),
        (DisplayedDue(401, 992), None, 992),
        (DisplayedDue(1393, 0), None, 0),
        (DisplayedDue(1393, None), None, 0),
        (DisplayedDue(402, None), None, 991),
        (DisplayedDue(2500, None), None, 0),
        # The total that was expected less what it was shown to pay.
        (DisplayedDue(400, 993), 1393, None),
        (DisplayedDue(401, 993), 1393, 992),
        (DisplayedDue(401, 993), 1394, None),
        (DisplayedDue(2500, 993), 1393, 0),
        (DisplayedDue(401, 990), 5000, 992),
    ],
)
def test_stored_value_pays_at_least_what_it_was_shown_to_pay(
    displayed: DisplayedDue | None, expected_total: int | None, limit: int | None
) -> None:
    terms = replace(
        TERMS,
        displayed_due=displayed,
        expected_total=None if expected_total is None else usd(expected_total),
    )
    refusal = None if limit is None else PriceChanged(usd(limit), usd(993), PriceGuard.DUE)
    assert price_change(cart(("mug", 1), codes=("CARD",)), terms) == refusal


@pytest.mark.parametrize(
    ("displayed", "limit"),
    [
        (DisplayedDue(400, None), None),
        (DisplayedDue(404, None), 990),
        (DisplayedDue(398, 995), None),
        (DisplayedDue(402, 990), None),
        (DisplayedDue(403, 990), 990),
    ],
)
def test_rounding_to_the_smallest_coin_is_no_change_of_price(
    displayed: DisplayedDue, limit: int | None
) -> None:
    """13.93 less 4.00 is 9.93, and 9.95 to pay in steps of 0.05."""
    market = replace(MARKET, rounding=replace(MARKET.rounding, payable_step=5))
    priced = price_cart(cart(("mug", 1), codes=("CARD",)), replace(CONTEXT, market=market))
    assert (priced.total.gross, priced.due) == (usd(1393), usd(995))
    terms = replace(TERMS, displayed_due=displayed)
    refusal = None if limit is None else PriceChanged(usd(limit), usd(995), PriceGuard.DUE)
    assert find_price_change(usd(1393), usd(995), priced, terms) == refusal


def test_all_paid_by_stored_value_leaves_nothing() -> None:
    terms = replace(TERMS, expected_due=usd(0))
    assert price_change(cart(("mug", 1), codes=("A-VOUCHER",)), terms) is None


def test_what_somebody_is_shown_to_have_to_pay() -> None:
    assert displayed_due(price_cart(cart(("mug", 1), codes=("CARD",)))) == DisplayedDue(400, 993)
    assert displayed_due(price_cart(cart(("mug", 1)))) == DisplayedDue(0, 1393)
    unknown = price_cart(cart(("mug", 1), destination=None, codes=("CARD", "A-VOUCHER")))
    assert displayed_due(unknown) == DisplayedDue(2900, None)
    assert displayed_due(price_cart(cart(("mug", 1), destination=None))) == DisplayedDue(0, None)


def test_the_total_of_a_known_destination() -> None:
    assert gross_total(price_cart(cart(("mug", 1)))) == usd(1393)
    with pytest.raises(TaxNotComputable) as raised:
        gross_total(price_cart(cart(("mug", 1), destination=None)))
    assert raised.value.args == (TaxState.NEEDS_ADDRESS,)


# -- the draft


def test_a_draft_order_holds_what_the_cart_came_to() -> None:
    """34.00 less 3.40, 2.00 and 14.30 are 14.30; by courier and with tax 24.63: CARD pays 4.00."""
    described = cart(
        ("box", 1),
        ("mug", 1),
        ("hat", 1),
        codes=("TEN", "TWO", "CARD", "A-VOUCHER", "LARGE"),
        method_id="courier",
    )
    priced = price_cart(described)
    consent = OneClickConsent("adr_1", "pay_1", "digest")
    terms = replace(
        TERMS,
        channel=ActionChannel.VOICE,
        cart=CartVersion("crt_1", 3),
        consent=consent,
    )
    assert build_draft_order(priced, CONTEXT, terms) == DraftOrder(
        buyer=BUYER,
        figures=take_snapshot(priced),
        due=usd(0),
        demand=(("box", 1), ("mug", 3), ("hat", 1)),
        address=ADDRESS,
        method="token",
        ships_in=timedelta(days=9),
        channel=ActionChannel.VOICE,
        stored=(
            StoredValuePayment("A-VOUCHER", 2063),
            StoredValuePayment("CARD", 400),
        ),
        codes=("TEN", "TWO", "LARGE"),
        once=("TWO",),
        cart=CartVersion("crt_1", 3),
        consent=consent,
        clicked=None,
        lines=tuple(
            DraftLine(item, demand, timedelta(days=days))
            for item, demand, days in zip(
                priced.purchase.items,
                ((("box", 1), ("mug", 2)), (("mug", 1),), (("hat", 1),)),
                (2, 2, 9),
                strict=True,
            )
        ),
        terms=OrderTerms(TODAY, ("TEN", "TWO", "LARGE"), "courier", 2463),
    )


def test_a_draft_of_one_click_names_what_was_clicked() -> None:
    draft = build_draft_order(price_cart(cart(("mug", 2), ("book", 1))), CONTEXT, TERMS)
    assert (draft.clicked, draft.cart, draft.consent) == ("mug", None, None)
    assert (draft.ships_in, draft.channel) == (timedelta(days=2), ActionChannel.CLICK)
    assert (draft.stored, draft.codes, draft.once) == ((), (), ())
    assert draft.demand == (("mug", 2), ("book", 1))
    later = build_draft_order(price_cart(cart(("hat", 1), ("mug", 1))), CONTEXT, TERMS)
    assert later.ships_in == timedelta(days=9)
