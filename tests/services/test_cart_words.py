"""What a buyer writes on a cart and its lines: kept, carried into the order, sealed there."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import update

from gateway.adapters.clocks import ManualClock
from gateway.adapters.repositories.carts import CARTS
from gateway.adapters.sql.statements import Statement
from gateway.engine.cart_lines import LineRequest
from gateway.engine.checkout.outcomes import OutOfStock
from gateway.engine.orders.order import Order
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.purchase_details import Attribute
from gateway.services import cart_edits, cart_lines, carts, encryption
from gateway.services.cart_edits import CartReference, DetailsRequest
from gateway.services.orders import changes
from gateway.services.orders.delivery_details import Delivery, load_delivery
from gateway.services.orders.order_edits import LineEdit
from tests.conftest import AnyDatabase
from tests.services.sent_mails import read_mails
from tests.shelves import MUG, PRINT
from tests.store import STAFF, Store, create_ids, require_order

KIM, LEE = Attribute("Engraving", "Kim"), Attribute("Engraving", "Lee")
WRAP = Attribute("wrap", "red")


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


async def marked_cart(store: Store) -> PricedCart:
    """A cart with two engravings of one variant, a note and an attribute."""
    creation = await cart_lines.create_cart(
        None,
        [
            LineRequest(MUG.id, 1, (KIM,)),
            LineRequest(PRINT.id, 1),
            LineRequest(MUG.id, 2, (LEE, WRAP)),
        ],
        store.dependencies,
    )
    assert creation.value is not None
    edit = await cart_edits.set_details(
        CartReference(creation.value.id),
        DetailsRequest("Ring twice", attributes=(WRAP,)),
        caller=STAFF,
        dependencies=store.dependencies,
    )
    assert edit.value is not None
    return edit.value


async def delivery_of(store: Store, order: Order) -> Delivery | None:
    async with store.database.read() as reading:
        return await load_delivery(order.id, reading, store.dependencies)


async def test_a_cart_keeps_what_was_written_on_it(store: Store) -> None:
    """R112: every line has an id of its own."""
    written = await marked_cart(store)
    read = await carts.load_cart(written.id, caller=STAFF, dependencies=store.dependencies)
    assert read is not None
    assert read.cart == written.cart
    assert (read.note, read.attributes) == ("Ring twice", (WRAP,))
    assert [(line.variant_id, line.attributes) for line in read.cart.lines] == [
        (MUG.id, (KIM,)),
        (PRINT.id, ()),
        (MUG.id, (LEE, WRAP)),
    ]
    assert len({line.id for line in read.cart.lines}) == 3


async def test_a_line_changes_by_its_id_in_the_store_too(store: Store) -> None:
    # R112
    cart = await marked_cart(store)
    first, _, last = (line.id for line in cart.cart.lines)
    outcome = await cart_lines.update_lines(
        CartReference(cart.id),
        [LineRequest(MUG.id, 5, None, first), LineRequest(MUG.id, 3, (), last)],
        caller=STAFF,
        dependencies=store.dependencies,
    )
    assert outcome.value is not None
    read = await carts.load_cart(cart.id, caller=STAFF, dependencies=store.dependencies)
    assert read is not None
    assert [(line.id, line.quantity, line.attributes) for line in read.cart.lines] == [
        (first, 5, (KIM,)),
        (cart.cart.lines[1].id, 1, ()),
        (last, 3, ()),
    ]


async def test_an_order_keeps_it_sealed(store: Store) -> None:
    """R112: by line, and under the buyer's key: it goes where that is deleted."""
    ada = await store.sign_in_buyer()
    order = require_order(await ada.check_out(await marked_cart(store), **await create_ids(ada)))
    delivery = await delivery_of(store, order)
    assert delivery is not None
    assert (delivery.note, delivery.attributes) == ("Ring twice", (WRAP,))
    marked_items = delivery.mark_items(order.items)
    assert [(item.line_id, item.attributes) for item in marked_items] == [
        (order.lines[0].id, (KIM,)),
        (order.lines[1].id, ()),
        (order.lines[2].id, (LEE, WRAP)),
    ]
    assert [line.has_attributes for line in order.lines] == [True, False, True]
    # Nothing of it is stored in words.
    assert all(line.item.attributes == () for line in order.lines)
    assert all(item.attributes == () for item in order.items)
    async with store.database.begin() as work:
        await encryption.delete_data_key(order.purchaser_id or "", work=work)
    assert await delivery_of(store, order) is None


async def test_lines_of_one_variant_are_charged_and_taken_from_stock_together(
    store: Store,
) -> None:
    """Three prints are there: two engravings of two are one too many."""
    creation = await cart_lines.create_cart(
        None,
        [LineRequest(PRINT.id, 2, (KIM,)), LineRequest(PRINT.id, 2, (LEE,))],
        store.dependencies,
    )
    assert creation.value is not None
    assert [item.reference for item in creation.value.unavailable_items] == [PRINT.id] * 2
    # They say so once.
    assert [warning.target for warning in carts.collect_warnings(creation)] == [PRINT.id]
    cart = creation.value
    outcome = await store.check_out_as_guest(cart)
    assert outcome == OutOfStock(PRINT.id, 3)
    fewer = await cart_lines.update_lines(
        CartReference(cart.id),
        [LineRequest(PRINT.id, 1, None, cart.cart.lines[1].id)],
        caller=STAFF,
        dependencies=store.dependencies,
    )
    assert fewer.value is not None
    order = require_order(await store.check_out_as_guest(fewer.value))
    assert [line.quantity for line in order.lines] == [2, 1]
    assert await store.available_stock(PRINT) == 0


async def test_a_cart_that_joins_an_order_brings_its_words_along(store: Store) -> None:
    # R112
    policy = store.dependencies.policy
    store = store.with_dependencies(
        policy=replace(policy, consolidation=replace(policy.consolidation, joins_carts=True))
    )
    ada = await store.sign_in_buyer()
    ids = await create_ids(ada)
    first = require_order(await ada.check_out(await marked_cart(store), **ids))
    second = require_order(await ada.check_out(await marked_cart(store), **ids))
    assert second.id == first.id
    delivery = await delivery_of(store, second)
    assert delivery is not None
    assert (delivery.note, delivery.attributes) == ("Ring twice\n\nRing twice", (WRAP,))
    assert [item.attributes for item in delivery.mark_items(second.items)] == [
        (KIM,), (), (LEE, WRAP), (KIM,), (), (LEE, WRAP),
    ]  # fmt: skip


async def test_the_mails_to_a_purchaser_say_what_is_written_on_the_goods(store: Store) -> None:
    """R112: when it is placed, joined and changed."""
    policy = store.dependencies.policy
    store = store.with_dependencies(
        policy=replace(policy, consolidation=replace(policy.consolidation, joins_carts=True))
    )
    ada = await store.sign_in_buyer()
    ids = await create_ids(ada)
    order = require_order(await ada.check_out(await marked_cart(store), **ids))
    words = ["  Engraving: Kim", "  Engraving: Lee", "  wrap: red"]
    assert written_words(await read_mails(store), "order-placed") == words
    await ada.check_out(await marked_cart(store), **ids)
    assert written_words(await read_mails(store), "order-joined") == words * 2
    change = await changes.change_order(
        order.id, LineEdit(order.lines[0].id, 0), caller=STAFF, dependencies=store.dependencies
    )
    assert change.user_errors == ()
    assert written_words(await read_mails(store), "order-changed") == [*words[1:], *words]


async def test_the_mail_to_a_guest_has_no_words_of_theirs(store: Store) -> None:
    """R112: a guest may type the address of a stranger, to whom only the shop speaks."""
    order = require_order(await store.check_out_as_guest(await marked_cart(store)))
    mails = await read_mails(store)
    assert order.number in mails["order-placed"]
    assert written_words(mails, "order-placed") == []


def written_words(mails: Mapping[str, str], name: str) -> list[str]:
    return [line for line in mails[name].splitlines() if line.startswith("  ")]


async def test_lines_that_an_earlier_version_wrote_are_read(store: Store) -> None:
    """It knows no ids and no attributes: those that are there stay with their variants."""
    cart = (await marked_cart(store)).cart
    suffix = cart.id.removeprefix("crt_")
    lines = '[["var_new", 1, 5], ["var_print", 4, 12000], ["var_mug", 7, 1000]]'
    async with store.database.begin() as work:
        session = work.carts._session  # of either database
        await session.execute(Statement(update(CARTS).values(lines=lines, version=9)))
    async with store.database.read() as reading:
        read = await reading.carts.find(cart.id)
    assert read is not None
    assert [(line.variant_id, line.quantity, line.id, line.attributes) for line in read.lines] == [
        ("var_new", 1, f"crl_{suffix}0", ()),
        ("var_print", 4, f"crl_{suffix}1", ()),
        ("var_mug", 7, cart.lines[0].id, (KIM,)),
    ]
