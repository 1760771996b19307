"""Carts to price in tests: goods of a shop whose prices are minor units of USD."""

from datetime import date
from decimal import Decimal

from gateway.engine.addresses.address import Destination
from gateway.engine.carts import Cart, CartLine, PricingContext, build_purchase
from gateway.engine.catalogue.products import BundleComponent, Stock, Variant
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.discount_codes import Coupon, StoredValue
from gateway.engine.pricing.discounts import AmountOff, PercentOff
from gateway.engine.pricing.shipping import FlatPrice, ShippingMethod
from gateway.engine.rulebook.rulebook import Market
from gateway.engine.tax.rounding import DEFAULT_ROUNDING
from tests.engine.purchases import CA_94043, GOLDEN, USD, state_area

TODAY = date(2026, 11, 2)

MUG = Variant("mug", "p1", "MUG", "Mug", {"USD": 1000}, grams=300, stock=Stock(5, ships_in_days=2))
HAT = Variant(
    "hat",
    "p2",
    "HAT",
    "Hat",
    {"USD": 500},
    stock=Stock(0, backorder=True, ships_in_days=1, backorder_days=9),
)
BOOK = Variant("book", "p3", "BOOK", "Book", {"USD": 700}, tags=frozenset({"DIGITAL"}))
RARITY = Variant("rarity", "p4", "RARE", "Rarity", {"EUR": 700})
GIFT_BOX = Variant(
    "box",
    "p5",
    "BOX",
    "Gift box",
    {"USD": 100},
    components=(BundleComponent(MUG, 2, {"USD": 900}),),
)
VARIANTS = {variant.id: variant for variant in (MUG, HAT, BOOK, RARITY, GIFT_BOX)}

POST = ShippingMethod("post", "Post", FlatPrice(300))
COURIER = ShippingMethod("courier", "Courier", FlatPrice(900), allowed=(state_area("CA"),))
TEN_PERCENT = Coupon("TEN", "Ten percent", PercentOff(Decimal(10)))
TWO_OFF = Coupon("TWO", "Two dollars", {"USD": AmountOff(200)}, once_per_purchaser=True)
LARGE = Coupon("LARGE", "For a lot", PercentOff(Decimal(50)), minimums={"USD": 3000})
CARD = StoredValue("CARD", "USD", 400)
VOUCHER = StoredValue("A-VOUCHER", "USD", 2500)

MARKET = Market(
    currency="USD",
    includes_tax=False,
    rounding=DEFAULT_ROUNDING,
    tax_tables=GOLDEN,
    methods=(POST, COURIER),
    coupons=(TEN_PERCENT, TWO_OFF, LARGE),
)
CONTEXT = PricingContext(VARIANTS, MARKET, (CARD, VOUCHER), TODAY)


def cart(
    *lines: tuple[str, int],
    destination: Destination | None = CA_94043,
    codes: tuple[str, ...] = (),
    method_id: str | None = None,
) -> Cart:
    """A cart of so many of variants by their ids; goes to California unless it is said where."""
    return Cart(
        "crt_1",
        3,
        USD,
        tuple(CartLine(variant_id, quantity) for variant_id, quantity in lines),
        destination,
        codes,
        method_id,
    )


def price_cart(priced: Cart, context: PricingContext = CONTEXT) -> PricedCart:
    return PricedCart(priced, build_purchase(priced, context))
