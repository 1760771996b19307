"""Promotions of a rule file, from the cart to the order (R137)."""

import pytest

from gateway.adapters.rules.files import from_yaml
from gateway.engine.catalogue.collections import Collection
from gateway.engine.catalogue.products import Product, Variant
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.discount_codes import CartCode, CodeKind
from gateway.engine.user_errors import RequestWarning, WarningCode
from gateway.services import cart_claims, cart_edits
from gateway.services.cart_edits import CartReference
from gateway.services.checkout.one_click_offers import OneClickPricing, load_one_click_pricing
from gateway.services.customer_groups import CustomerGroupRefusal, join_group, leave_group
from gateway.services.identity.one_click_profiles import load_setup
from gateway.services.orders import changes
from gateway.services.orders.order_edits import LineEdit
from gateway.services.ports.collections import ListedCollection
from gateway.services.rule_import import RulesImported, import_rules
from tests.engine.purchases import usd
from tests.shelves import CALIFORNIA, MUG, PRINT, RULES
from tests.store import STAFF, Buyer, Store, create_ids, require_order

POSTER = Variant(
    "var_poster", "prd_2", "POSTER", "Poster", {"USD": 3000}, compare_at_prices={"USD": 4000}
)
PICTURES = Product("prd_2", "pictures", "Pictures", tags=("Paper",))
PROMOTIONS = """
promotions:
  - {name: Mugs, off: {percent: 20}, scope: {products: [things]}, priority: 1}
  - {name: Paper, off: {amount: {USD: 5}}, scope: {tags: [paper]}, priority: 2}
  - {name: Walls, off: {percent: 10}, scope: {collections: [walls], not_on_sale: true}}
  - {name: Summer, code: SUMMER, off: {amount: {USD: 10}}, minimum: {amount: {USD: 50}}}
  - {name: Post, code: FREESHIP, off: {free_shipping: true, methods: [slow]},
     minimum: {amount: {USD: 40}, before_discounts: true}}
"""


@pytest.fixture
async def store_with_promotions(store: Store) -> Store:
    async with store.database.begin() as work:
        await work.catalogue.save({PICTURES: [POSTER]}, store.clock.now())
        position = await work.collections.next_position()
        walls = Collection("col_1", "walls", "Walls")
        await work.collections.save([ListedCollection(walls, position)])
        await work.collections.pick_products({"col_1": ["prd_2"]})
    await import_promotions(store, PROMOTIONS)
    return store


async def import_promotions(store: Store, promotions: str) -> None:
    outcome = await import_rules(
        from_yaml(RULES + promotions),
        database=store.database,
        ids=store.dependencies.ids,
        clock=store.clock,
        countries=store.dependencies.countries,
    )
    assert isinstance(outcome, RulesImported), outcome


def adjustments(cart: PricedCart) -> list[tuple[str, int]]:
    return [(each.label, each.amount.minor) for each in cart.adjustments]


async def set_codes(
    store: Store, cart: PricedCart, *codes: str
) -> tuple[PricedCart, tuple[RequestWarning, ...]]:
    outcome = await cart_edits.set_codes(
        CartReference(cart.id), codes, caller=STAFF, dependencies=store.dependencies
    )
    assert outcome.value is not None
    return outcome.value, outcome.warnings


async def test_goods_are_selected_by_product_tag_and_collection(
    store_with_promotions: Store,
) -> None:
    store = store_with_promotions
    cart = await store.create_cart([(MUG, 2), (POSTER, 1)], CALIFORNIA)
    # A fifth of two mugs; 5.00 of the poster, which is on sale and so not reduced as a wall's.
    assert adjustments(cart) == [("Mugs", -400), ("Paper", -500)]
    assert [
        each.text for each in cart.explanations if each.figure in ("discount", "promotion")
    ] == [
        "-4.00 of Mugs on line 1.",
        "-5.00 of Paper on line 2.",
        "Walls does not apply: none of its goods are there.",
    ]


async def test_codes_of_promotions_say_what_they_do(store_with_promotions: Store) -> None:
    store = store_with_promotions
    cart = await store.create_cart([(MUG, 4)], CALIFORNIA)
    cart, warnings = await set_codes(store, cart, "summer", "freeship")
    # 40.00 - 8.00 = 32.00: not enough for SUMMER, but 40.00 were enough before discounts.
    reason = "From 50.00 after discounts."
    assert cart.codes == (
        CartCode("summer", CodeKind.DISCOUNT, applied=False, reason=reason, amount=None),
        CartCode("freeship", CodeKind.DISCOUNT, applied=True, reason=None, amount=usd(500)),
    )
    assert warnings == (RequestWarning(WarningCode.CODE_NOT_APPLICABLE, "summer", reason),)
    assert cart.shipping_total.net == usd(0)
    assert [(option.name, option.price.net) for option in cart.shipping_options] == [
        ("Slow", usd(0)),
        ("Fast", usd(1500)),
    ]


async def test_an_order_keeps_its_promotions_when_it_changes(store_with_promotions: Store) -> None:
    store = store_with_promotions
    cart = await store.create_cart([(PRINT, 1), (MUG, 2)], CALIFORNIA)
    cart, _ = await set_codes(store, cart, "SUMMER", "FREESHIP")
    # 140.00 - 10.00, less a fifth of 130.00; no shipping
    assert cart.total.net == usd(10_400)
    order = require_order(await store.check_out_as_guest(cart))
    assert order.total.net == usd(10_400)
    assert order.terms is not None
    assert order.terms.codes == ("SUMMER", "FREESHIP")
    assert [each.label for each in order.adjustments or ()] == ["Summer", "Mugs"]
    assert [each for each in order.explanations or () if each.figure == "promotion"] == []
    # Without the print only 20.00 are left: no SUMMER, no free shipping, and a fifth less.
    outcome = await changes.change_order(
        order.id, LineEdit(order.lines[0].id, 0), caller=STAFF, dependencies=store.dependencies
    )
    assert outcome.value is not None
    assert [each.label for each in outcome.value.adjustments or ()] == ["Mugs"]
    assert outcome.value.total.net == usd(2000 - 400 + 500)


async def test_a_click_is_offered_at_the_price_that_it_costs(store_with_promotions: Store) -> None:
    store = store_with_promotions
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(POSTER, expected="31.85"))
    # 30.00 - 5.00 + 5.00, and 7.25 % of 25.00
    assert (order.total.net, order.total.gross) == (usd(3000), usd(3181))
    pricing = await load_pricing(buyer)
    offered = pricing.price(MUG, 1)
    clicked = require_order(await buyer.purchase(MUG))
    assert clicked.id == order.id
    assert offered is not None
    # 8.00 with 7.25 %, and no more shipping
    assert offered.added.gross == usd(858)
    assert clicked.total.gross == usd(3181 + 858)


async def load_pricing(buyer: Buyer) -> OneClickPricing:
    """The pricing of the buyer's one-click offers."""
    caller, dependencies = buyer.caller, buyer.dependencies
    async with dependencies.database.read() as reading:
        setup = await load_setup(caller=caller, reading=reading, cipher=dependencies.cipher)
        assert setup is not None
        orders = await reading.orders.list_open_for(caller.purchaser_id or "")
        pricing = await load_one_click_pricing(
            setup, orders, caller=caller, reading=reading, dependencies=dependencies
        )
    assert pricing is not None
    return await pricing.with_scope_keys([MUG, POSTER])


GROUPS = """
groups: [wholesale]
tiers:
  - {name: Wholesale, customers: [wholesale], prices: [{from_quantity: 1, price: {USD: 6}}]}
"""


async def test_a_group_has_prices_of_its_own(store: Store) -> None:
    await import_promotions(store, GROUPS)
    ada, dependencies = await store.sign_in_buyer(), store.dependencies
    ids = await create_ids(ada)
    cart = await store.create_cart([(MUG, 2)], CALIFORNIA)
    assert await join_group("ADA@example.com", "wholesale", dependencies) is None
    # The cart is nobody's yet: at the checkout the buyer is known.
    assert cart.total.net == usd(2500)
    order = require_order(await ada.check_out(cart, **ids))
    assert order.total.net == usd(1200 + 500)
    assert [each.label for each in order.adjustments or ()] == ["Wholesale"]
    # As a guest she is in no group, and no longer once she has left; her order stays as it is.
    as_guest = require_order(await store.check_out_as_guest(await store.create_cart([(MUG, 2)])))
    assert as_guest.total.net == usd(2500)
    assert await leave_group("ada@example.com", "wholesale", dependencies) is None
    later = require_order(await ada.check_out(await store.create_cart([(MUG, 2)]), **ids))
    assert later.total.net == usd(2500)
    outcome = await changes.change_order(
        order.id, LineEdit(order.lines[0].id, 1), caller=STAFF, dependencies=dependencies
    )
    assert outcome.value is not None
    assert outcome.value.total.net == usd(600 + 500)


async def test_a_claimed_cart_and_offers_show_the_groups_price(store: Store) -> None:
    await import_promotions(store, GROUPS)
    ada = await store.one_click_buyer()
    assert await join_group("ada@example.com", "wholesale", store.dependencies) is None
    offered = (await load_pricing(ada)).price(MUG, 1)
    assert offered is not None
    assert offered.added.net == usd(600 + 500)
    assert require_order(await ada.purchase(MUG)).total.net == usd(600 + 500)
    signed_in = await ada.sign_in_again()
    outcome = await cart_claims.claim_cart(
        CartReference((await store.create_cart([(MUG, 1)], CALIFORNIA)).id),
        caller=signed_in.caller,
        dependencies=store.dependencies,
    )
    assert outcome.value is not None
    assert adjustments(outcome.value) == [("Wholesale", -400)]


async def test_who_cannot_be_put_into_a_group(store: Store) -> None:
    assert await join_group("ada@example.com", "gold", store.dependencies) == CustomerGroupRefusal(
        "the rules have no group gold; their groups: none"
    )
    await import_promotions(store, GROUPS)
    assert await join_group(
        "ada@example.com", "wholesale", store.dependencies
    ) == CustomerGroupRefusal("no purchaser has the verified e-mail ada@example.com")
    assert await leave_group("nobody", "wholesale", store.dependencies) == CustomerGroupRefusal(
        "no purchaser has the verified e-mail nobody"
    )
