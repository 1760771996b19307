"""What clients show of quotes, carts and orders, text by text."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.addresses.address import Destination
from gateway.engine.cart_lines import LineRequest
from gateway.engine.catalogue.products import Variant
from gateway.engine.checkout.outcomes import AddressInsufficient, InvalidPurchase, OutOfStock
from gateway.engine.priced_carts import PricedCart
from gateway.services import cart_lines
from gateway.services.cart_edits import CartReference
from gateway.services.dependencies import Dependencies
from tests.api.conftest import Ask
from tests.api.test_quotes import build_quote_input
from tests.shelves import CALIFORNIA, EBOOK, HOME, MUG, NEW_YORK, PRINT, PRODUCT, build_dependencies
from tests.store import STAFF, Store, require_order

DisplayJson = dict[str, Any]

ROWS = "key label text detail"
DISPLAY = f"""display(locale: $locale) {{
  locale lines {{ {ROWS} struck }} totals {{ {ROWS} struck }} messages
  shipping {{ {ROWS} selected }} actions
}}"""
CART = f"query ($id: ID!, $locale: String) {{ cart(id: $id) {{ {DISPLAY} }} }}"
QUOTE = f"""query ($input: QuoteInput!, $locale: String) {{
  quote(input: $input) {{ quote {{ {DISPLAY} }} }}
}}"""
ORDER = f"query ($id: ID!, $locale: String) {{ node(id: $id) {{ ... on Order {{ {DISPLAY} }} }} }}"
CHANGES = ["CHANGE_LINES", "ENTER_CODE", "GIVE_DESTINATION"]
ABROAD = Destination("FR", None, "75001")


@pytest.fixture
def parts(database: SqliteDatabase, clock: ManualClock) -> Dependencies:
    return build_dependencies(database, clock)


@pytest.fixture
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


def display_rows(*texts: tuple[str, ...]) -> list[DisplayJson]:
    """Key, label and text; then what there is to add, and what is struck through."""
    names = ("key", "label", "text", "detail", "struck")
    return [dict(zip(names, (*row, None, None), strict=False)) for row in texts]


async def cart_display(ask: Ask, cart: PricedCart, locale: str = "en") -> DisplayJson:
    display: DisplayJson = (await ask(CART, id=cart.id, locale=locale))["cart"]["display"]
    return display


def option_id(cart: PricedCart, method: str) -> str:
    return f"shp_{cart.id.removeprefix('crt_')}_{method}"


# -- R91: the texts, in a currency of two decimals and in one without


async def test_a_discounted_cart_in_english(ask: Ask, store: Store) -> None:
    """R91: 4 % in New York, shipping too; a tenth off 29.99 is 3.00, two parts to one."""
    cart = await store.create_cart([(MUG, 2), (EBOOK, 1)], NEW_YORK, ["SAVE10"])
    assert await cart_display(ask, cart) == {
        "locale": "en",
        "lines": display_rows(
            (MUG.id, "2 x Mug", "$18.00", "$10.00 each; reduced by $2.00", "$20.00"),
            (EBOOK.id, "E-book", "$8.99", "reduced by $1.00", "$9.99"),
        ),
        "totals": display_rows(
            ("subtotal", "Subtotal", "$29.99"),
            ("adjustment.SAVE10", "10 % off", "-$3.00", "SAVE10"),
            ("shipping", "Shipping: Slow", "$5.00"),
            ("tax.Sales tax.4", "Sales tax 4%", "$1.28", "on $31.99"),
            ("total", "Total", "$33.27"),
        ),
        "messages": [],
        "shipping": [
            {"key": option_id(cart, "slow"), "label": "Slow", "text": "$5.00",
             "detail": "$5.20 with tax", "selected": True},
            {"key": option_id(cart, "fast"), "label": "Fast", "text": "$15.00",
             "detail": "$15.60 with tax", "selected": False},
        ],
        "actions": ["CHECK_OUT", *CHANGES, "CHOOSE_SHIPPING"],
    }  # fmt: skip


async def test_the_same_cart_for_a_german(ask: Ask, store: Store) -> None:
    """R91: the numbers are the same, their writing is not."""
    cart = await store.create_cart([(MUG, 2), (EBOOK, 1)], NEW_YORK, ["SAVE10"])
    shown = await cart_display(ask, cart, "de")
    assert shown["locale"] == "de"
    assert shown["lines"][0] == {
        "key": MUG.id, "label": "2 x Mug", "text": "18,00\xa0$",
        "detail": "10,00\xa0$ each; reduced by 2,00\xa0$", "struck": "20,00\xa0$",
    }  # fmt: skip
    assert [row["text"] for row in shown["totals"]] == [
        f"{number}\xa0$" for number in ("29,99", "-3,00", "5,00", "1,28", "33,27")
    ]
    assert shown["totals"][3]["label"] == "Sales tax 4\xa0%"
    assert shown["shipping"][1]["detail"] == "15,60\xa0$ with tax"


YEN = build_quote_input(
    currency="JPY",
    items=[
        {
            "unitPrice": "12345", "quantity": 2, "name": "Kettle", "discount": {"percent": "10"},
            "taxRates": [{"name": "JCT", "ratePercent": "10"}],
        }
    ],
    shipping=[
        {"name": "Post", "amount": "800", "taxRates": [{"name": "JCT", "ratePercent": "10"}]}
    ],
    shipTo={"country": "JP"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("locale", "sign", "percent"),
    [("en", "¥{}", "10%"), ("ja", "￥{}", "10%"), ("de", "{}\xa0¥", "10\xa0%")],
)
async def test_a_quote_in_yen(ask: Ask, locale: str, sign: str, percent: str) -> None:
    """R91: no decimals; a tenth off 24,690 is 22,221, to which tax comes among the totals."""

    def yen(number: str) -> str:
        return sign.format(number.replace(",", ".") if locale == "de" else number)

    assert (await ask(QUOTE, input=YEN, locale=locale))["quote"]["quote"]["display"] == {
        "locale": locale,
        "lines": display_rows(
            ("0", "2 x Kettle", yen("22,221"),
             f"{yen('12,345')} each; reduced by {yen('2,469')}", yen("24,690")),
        ),
        "totals": display_rows(
            ("subtotal", "Subtotal", yen("24,690")),
            ("adjustment.0", "10 % off", "-" + yen("2,469")),
            ("shipping", "Shipping: Post", yen("800")),
            ("tax.JCT.10", f"JCT {percent}", yen("2,302"), f"on {yen('23,021')}"),
            ("total", "Total", yen("25,323")),
        ),
        "messages": [],
        "shipping": [
            {"key": "shipping", "label": "Post", "text": yen("800"),
             "detail": f"{yen('880')} with tax", "selected": True},
        ],
        "actions": [],
    }  # fmt: skip


# -- codes, prices and places


async def test_a_code_that_does_not_apply_says_why(ask: Ask, store: Store) -> None:
    """In the answer to entering it; afterwards only where the cart keeps it."""
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    document = """mutation ($input: CartCodesSetInput!) { cartCodesSet(input: $input) {
      cart { id version display { messages totals { key } } } warnings { target }
    } }"""
    codes_input = {
        "cartId": cart.id,
        "expectedVersion": cart.version,
        "codes": ["nope", "SAVE10", "OLD"],
    }
    answer = (await ask(document, input=codes_input))["cartCodesSet"]
    assert [each["target"] for each in answer["warnings"]] == ["nope", "OLD"]
    assert answer["cart"]["display"]["messages"] == [
        "nope: There is no such code.",
        "OLD: This code is no longer valid.",
    ]
    assert answer["cart"]["display"]["totals"][1] == {"key": "adjustment.SAVE10"}
    assert (await cart_display(ask, cart))["messages"] == ["OLD: This code is no longer valid."]


async def test_a_code_that_no_longer_applies_says_why(ask: Ask, store: Store) -> None:
    """For as long as it is in the cart, and once, though it is entered again."""
    cart = await store.create_cart([(PRINT, 1), (MUG, 1)], CALIFORNIA, ["ONCE"])
    assert (await cart_display(ask, cart))["messages"] == []
    dropped = [LineRequest(PRINT.id, 0)]
    fewer = (
        await cart_lines.update_lines(
            CartReference(cart.id, cart.version),
            dropped,
            caller=STAFF,
            dependencies=store.dependencies,
        )
    ).value
    assert fewer is not None
    why = ["ONCE: This code needs items worth at least 50.00 USD."]
    assert (await cart_display(ask, fewer))["messages"] == why
    document = """mutation ($input: CartCodesSetInput!) { cartCodesSet(input: $input) {
      cart { display { messages } }
    } }"""
    codes_input = {"cartId": cart.id, "expectedVersion": fewer.version, "codes": ["ONCE"]}
    answer = await ask(document, input=codes_input)
    assert answer["cartCodesSet"]["cart"]["display"]["messages"] == why


async def save_variant(store: Store, variant: Variant) -> None:
    """Put the variant on the shelves as it is now."""
    async with store.database.begin() as work:
        await work.catalogue.save({PRODUCT: [variant, EBOOK]}, store.clock.now())


async def test_a_price_that_fell_since_it_was_added_is_struck_through(
    ask: Ask, store: Store
) -> None:
    """The order keeps what was shown."""
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    await save_variant(store, replace(MUG, prices={"USD": 900}))
    shown = await cart_display(ask, cart)
    line = display_rows((MUG.id, "Mug", "$9.00", "reduced by $1.00", "$10.00"))
    assert shown["lines"] == line
    assert shown["messages"] == ["A price has changed since you added the item."]
    buyer = await store.sign_in_buyer()
    order = require_order(
        await buyer.check_out(
            cart,
            address_id=(await buyer.save_address()).id,
            payment_method_id=(await buyer.save_payment_method()).id,
        )
    )
    await save_variant(store, replace(MUG, prices={"USD": 1100}))
    order_display = (await ask(ORDER, caller=buyer.caller, id=order.id, locale="en"))["node"][
        "display"
    ]
    assert order_display["lines"] == line


async def test_a_price_that_rose_since_it_was_added_strikes_nothing(ask: Ask, store: Store) -> None:
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    await save_variant(store, replace(MUG, prices={"USD": 1100}))
    assert (await cart_display(ask, cart))["lines"] == display_rows((MUG.id, "Mug", "$11.00"))


# -- what can be done


async def test_an_empty_cart_can_be_filled_but_not_bought(ask: Ask, store: Store) -> None:
    cart = await store.create_cart([])
    shown = await cart_display(ask, cart)
    assert (shown["actions"], shown["shipping"], shown["lines"]) == (CHANGES, [], [])
    assert isinstance(await store.check_out_as_guest(cart), InvalidPurchase)


async def test_a_cart_without_a_destination_can_be_bought(ask: Ask, store: Store) -> None:
    """Its address is given at the checkout; what ships it is not known before."""
    cart = await store.create_cart([(MUG, 1)])
    shown = await cart_display(ask, cart)
    assert (shown["actions"], shown["shipping"]) == (["CHECK_OUT", *CHANGES], [])
    assert shown["messages"] == ["Tell us where it goes to see shipping and tax."]
    require_order(await store.check_out_as_guest(cart))


async def test_what_only_downloads_has_no_shipping_to_choose(ask: Ask, store: Store) -> None:
    """R83."""
    shown = await cart_display(ask, await store.create_cart([(EBOOK, 1)], CALIFORNIA))
    assert (shown["actions"], shown["shipping"]) == (["CHECK_OUT", *CHANGES], [])


async def test_what_cannot_be_had_cannot_be_bought(ask: Ask, store: Store) -> None:
    cart = await store.create_cart([(PRINT, 4)], CALIFORNIA)
    shown = await cart_display(ask, cart)
    assert shown["actions"] == [*CHANGES, "CHOOSE_SHIPPING"]
    assert shown["messages"][-1] == "An item cannot be bought as it is."
    assert isinstance(await store.check_out_as_guest(cart), OutOfStock)


async def test_what_nothing_ships_to_where_it_goes_cannot_be_bought(ask: Ask, store: Store) -> None:
    """R83: it says why, in the words of the refusal."""
    cart = await store.create_cart([(MUG, 1)], ABROAD)
    shown = await cart_display(ask, cart)
    assert (shown["actions"], shown["shipping"]) == (CHANGES, [])
    why = "No shipping method goes to this destination with these items."
    assert shown["messages"] == [why]
    buyer = await store.sign_in_buyer()
    home = replace(HOME, country="FR", region=None, city="Paris", postal_code="75001")
    refused = await buyer.check_out(
        cart,
        address_id=(await buyer.save_address(home)).id,
        payment_method_id=(await buyer.save_payment_method()).id,
    )
    assert isinstance(refused, AddressInsufficient)
    advice = "Choose another address."
    assert [error.message for error in refused.user_errors] == [f"{why} {advice}"]


async def test_a_bought_cart_and_its_order(ask: Ask, store: Store) -> None:
    """Nothing can be done with the cart; its order can be cancelled until it is in a parcel."""
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    assert "CHECK_OUT" in (await cart_display(ask, cart))["actions"]
    buyer = await store.sign_in_buyer()
    order = require_order(
        await buyer.check_out(
            cart,
            address_id=(await buyer.save_address()).id,
            payment_method_id=(await buyer.save_payment_method()).id,
        )
    )
    bought = await cart_display(ask, cart)
    assert (bought["actions"], bought["lines"]) == ([], display_rows((MUG.id, "Mug", "$10.00")))

    async def order_display() -> DisplayJson:
        data = await ask(ORDER, caller=buyer.caller, id=order.id, locale="en")
        display: DisplayJson = data["node"]["display"]
        return display

    slow = {"key": "shipping", "label": "Slow", "text": "$5.00", "detail": None, "selected": True}
    first = await order_display()
    assert (first["actions"], first["shipping"]) == (["CANCEL"], [slow])
    store.clock.advance(timedelta(minutes=90))
    assert (await order_display())["actions"] == ["CANCEL"]
    await store.work_until_idle()
    assert (await order_display())["actions"] == []


async def test_a_cart_that_is_being_bought_waits(ask: Ask, store: Store) -> None:
    """Until the buyer has confirmed the payment, or not."""
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    await store.check_out_as_guest(cart, "sim_3ds")
    assert (await cart_display(ask, cart))["actions"] == []


ORDER_ACTIONS = """query ($id: ID!) {
  node(id: $id) { ... on Order { canModify modifiableUntil display { actions } } }
}"""
GUEST = """mutation ($cart: ID!) {
  cartCheckout(input: {
    cartId: $cart, expectedVersion: 1, expectedTotal: "99", idempotencyKey: "k"
    guest: {
      email: "sam@example.com", providerToken: "sim_ok"
      address: {
        name: "Sam", country: "US", region: "CA", city: "Mountain View", postalCode: "94043"
        lines: ["100 Castro Street"]
      }
    }
  }) {
    ... on OrderPlaced {
      undoUntil
      order { placedAt status canModify modifiableUntil display { actions } }
    }
  }
}"""


async def test_a_guest_is_told_what_a_guest_can_do(ask: Ask, store: Store) -> None:
    """R107, R121: on the device that bought."""
    cart = await store.create_cart([(MUG, 1)])
    caller = await store.authenticate()
    placed_order = (await ask(GUEST, caller=caller, cart=cart.id))["cartCheckout"]
    assert placed_order["order"].pop("placedAt") < placed_order["undoUntil"]
    assert placed_order["order"] == {
        "status": "OPEN",
        "canModify": True,
        "modifiableUntil": placed_order["undoUntil"],
        "display": {"actions": ["CANCEL"]},
    }
