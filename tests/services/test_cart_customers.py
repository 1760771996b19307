"""Businesses and exempt customers: in carts, at the checkout, on orders, in mails, and in exports.

French tax is 20 %, Irish 23 %; shipping of 5.00 is taxed as goods are. The seller is Irish.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.export_files import COLUMNS, cells
from gateway.adapters.rules.files import from_yaml
from gateway.engine.addresses.address import Destination, PostalAddress
from gateway.engine.checkout.outcomes import InvalidPurchase, PurchaseOutcome
from gateway.engine.identity.purchasers import Purchaser
from gateway.engine.orders.order import Order
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.purchase_details import (
    CONSUMER,
    TaxCustomer,
    TaxIdConsultation,
    TaxIdState,
)
from gateway.engine.tax.business_supplies import BusinessStanding
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.engine.user_errors import ErrorCode
from gateway.services import account_erasure, cart_claims, cart_customers, cart_edits, carts
from gateway.services.account_erasure import AccountDependencies
from gateway.services.cart_customers import CustomerRequest
from gateway.services.cart_edits import CartReference
from gateway.services.checkout.cart_checkout import GuestBuyer
from gateway.services.identity.callers import Caller
from gateway.services.identity.tax_exemptions import find_tax_exemption, set_tax_exemption
from gateway.services.kept_invoices import find_invoice_buyer
from gateway.services.order_export import export_orders
from gateway.services.orders import changes
from gateway.services.orders.change_requests import ChangeOptions
from gateway.services.orders.delivery_details import load_delivery
from gateway.services.orders.order_edits import LineEdit
from gateway.services.outcomes import Outcome
from gateway.services.ports.tax_ids import RegisterAnswer, Registration, TaxId
from gateway.services.rule_import import import_rules
from tests.api.conftest import offline_gift_dependencies
from tests.conftest import AnyDatabase
from tests.engine.purchases import net_tax_gross
from tests.services.sent_mails import read_mails
from tests.shelves import EBOOK, MUG
from tests.store import STAFF, Buyer, Store, reload_cart, require_order

RULES = """
title: A shop of Ireland
valid_from: 2021-01-01
seller: {{country: IE, trust_format: {trust_format}}}
tax:
  default:
    rules:
      - {{name: VAT, areas: [FR], percent: 20, shipping_taxed: true}}
      - {{name: VAT, areas: [IE], percent: 23, shipping_taxed: true}}
shipping:
  - {{id: slow, name: Slow, flat: {{USD: 5.00}}}}
"""
GOODS = "exempt intra-Community supply (Directive 2006/112/EC, article 138)"
SERVICE = "reverse charge: the customer accounts for the tax"
UNCONFIRMED = "taxed as for a consumer: the business's tax id is not confirmed"
FRENCH_ID, GERMAN_ID = "FR40303265045", "DE136695976"
PARIS = PostalAddress("Ada Lovelace", "FR", None, "Paris", "75001", ("1 rue de Rivoli",))
DUBLIN = PostalAddress("Ada Lovelace", "IE", None, "Dublin", "D02 AF30", ("1 Dame Street",))
BUSINESS = CustomerRequest(CustomerKind.BUSINESS, FRENCH_ID)
EXEMPT = CustomerRequest(CustomerKind.EXEMPT)
KIND, TAX_ID, CART_ID = ("input", "kind"), ("input", "taxId"), ("input", "cartId")


@dataclass
class ScriptedRegister:
    """A register that says what it is told to, and keeps whom it was asked for."""

    answer: RegisterAnswer
    asked: list[TaxId] = field(default_factory=list)

    async def look_up(self, tax_id: TaxId) -> RegisterAnswer:
        self.asked.append(tax_id)
        return self.answer


async def put_in_force(store: Store, *, trust_format: bool) -> None:
    await import_rules(
        from_yaml(RULES.format(trust_format=str(trust_format).lower())),
        database=store.database,
        ids=store.dependencies.ids,
        clock=store.clock,
        countries=store.dependencies.countries,
    )


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    """A shop that trusts the form of tax ids, and asks nobody."""
    opened = await Store.open(databases, clock)
    await put_in_force(opened, trust_format=True)
    return opened


def with_register(
    store: Store, registration: Registration, consultation: TaxIdConsultation | None = None
) -> tuple[Store, ScriptedRegister]:
    register = ScriptedRegister(RegisterAnswer(registration, consultation))
    return store.with_dependencies(tax_id_register=register), register


async def set_customer(
    store: Store, cart: PricedCart, request: CustomerRequest, caller: Caller = STAFF
) -> Outcome[PricedCart]:
    return await cart_customers.set_customer(
        CartReference(cart.id), request, caller=caller, dependencies=store.dependencies
    )


async def business_cart(
    store: Store, request: CustomerRequest = BUSINESS, destination: Destination = PARIS.destination
) -> PricedCart:
    cart = await store.create_cart([(MUG, 1), (EBOOK, 1)], destination)
    outcome = await set_customer(store, cart, request)
    assert outcome.value is not None, outcome
    return outcome.value


def reasons(purchase: PricedCart | Order) -> list[list[str | None]]:
    """The reasons of the taxes, by line."""
    return [[line.reason for line in item.tax_lines or ()] for item in purchase.items]


def errors(outcome: Outcome[PricedCart]) -> list[tuple[ErrorCode, object]]:
    return [(error.code, error.field) for error in outcome.user_errors]


# -- carts


async def test_a_business_abroad_pays_no_tax_and_reads_why(store: Store) -> None:
    """R134: 10.00 + 9.99 + 5.00; goods and services for reasons of their own."""
    cart = await business_cart(store)
    assert cart.customer == TaxCustomer(
        CustomerKind.BUSINESS, FRENCH_ID, TaxIdState.FORMAT_ONLY, "FR"
    )
    assert net_tax_gross(cart.total) == (2_499, 0, 2_499)
    assert reasons(cart) == [[GOODS], [SERVICE]]
    assert (await reload_cart(store, cart)).cart == cart.cart
    consumer = (await set_customer(store, cart, CustomerRequest(CustomerKind.CONSUMER))).value
    assert consumer is not None
    assert consumer.customer == CONSUMER
    # 20 % of 10.00, of 9.99 and of 5.00.
    assert net_tax_gross(consumer.total) == (2_499, 200 + 200 + 100, 2_999)
    assert reasons(consumer) == [[None], [None]]
    assert consumer.version == cart.version + 1


@pytest.mark.parametrize(
    ("tax_id", "to", "tax"),
    [
        (FRENCH_ID, DUBLIN, 230 + 230 + 115),
        ("IE 6433435F", PARIS, 200 + 200 + 100),
        (GERMAN_ID, PARIS, 0),
        ("40303265045", PARIS, 0),
        # The French id is no Norwegian's, and Norway's rate is none of this shop's.
        (FRENCH_ID, replace(PARIS, country="NO", postal_code="0150"), 0),
    ],
)
async def test_where_the_goods_go_and_who_issued_the_id_decide(
    store: Store, tax_id: str, to: PostalAddress, tax: int
) -> None:
    """R134."""
    request = CustomerRequest(CustomerKind.BUSINESS, tax_id)
    cart = await business_cart(store, request, to.destination)
    assert net_tax_gross(cart.total) == (2_499, tax, 2_499 + tax)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (CustomerRequest(CustomerKind.BUSINESS), (ErrorCode.INVALID_INPUT, TAX_ID)),
        (CustomerRequest(CustomerKind.BUSINESS, "  "), (ErrorCode.INVALID_INPUT, TAX_ID)),
        (
            CustomerRequest(CustomerKind.BUSINESS, "FR40303265044"),
            (ErrorCode.INVALID_INPUT, TAX_ID),
        ),
        (CustomerRequest(CustomerKind.BUSINESS, "QQ1"), (ErrorCode.INVALID_INPUT, TAX_ID)),
        (CustomerRequest(CustomerKind.EXEMPT, "DE136695978"), (ErrorCode.INVALID_INPUT, TAX_ID)),
        (CustomerRequest(CustomerKind.CONSUMER, FRENCH_ID), (ErrorCode.INVALID_INPUT, TAX_ID)),
        (EXEMPT, (ErrorCode.FORBIDDEN, KIND)),
    ],
)
async def test_what_is_refused_changes_nothing(
    store: Store, request_: CustomerRequest, error: tuple[ErrorCode, object]
) -> None:
    """R134."""
    cart = await business_cart(store)
    assert errors(await set_customer(store, cart, request_)) == [error]
    assert (await reload_cart(store, cart)).cart == cart.cart


async def test_a_claimed_cart_is_its_owners_alone(store: Store) -> None:
    """And nobody is asked about a tax id for a cart that is not the caller's."""
    store, register = with_register(store, Registration.REGISTERED)
    buyer = await store.sign_in_buyer()
    cart = await store.create_cart()
    await cart_claims.claim_cart(
        CartReference(cart.id), caller=buyer.caller, dependencies=store.dependencies
    )
    stranger = await store.authenticate()
    assert errors(await set_customer(store, cart, BUSINESS, stranger)) == [
        (ErrorCode.NOT_FOUND, CART_ID)
    ]
    assert register.asked == []
    outcome = await set_customer(store, cart, BUSINESS, buyer.caller)
    assert outcome.value is not None
    assert register.asked == [TaxId(FRENCH_ID, "FR")]


async def test_a_claimed_cart_takes_over_the_earlier_ones_customer(store: Store) -> None:
    buyer = await store.sign_in_buyer()
    earlier, later = await business_cart(store), await store.create_cart()
    for cart in (earlier, later):
        outcome = await cart_claims.claim_cart(
            CartReference(cart.id), caller=buyer.caller, dependencies=store.dependencies
        )
        assert outcome.value is not None
        assert outcome.value.customer == earlier.customer


# -- the register


@pytest.mark.parametrize(
    ("registration", "state", "tax", "reason"),
    [
        (Registration.REGISTERED, TaxIdState.CONFIRMED, 0, [[GOODS], [SERVICE]]),
        (Registration.UNAVAILABLE, TaxIdState.UNAVAILABLE, 500, [[UNCONFIRMED], [UNCONFIRMED]]),
        (Registration.NOT_KEPT, TaxIdState.FORMAT_ONLY, 500, [[UNCONFIRMED], [UNCONFIRMED]]),
    ],
)
async def test_without_a_confirmed_id_tax_is_charged(
    store: Store,
    registration: Registration,
    state: TaxIdState,
    tax: int,
    reason: list[list[str | None]],
) -> None:
    """R134: where the shop does not trust the form."""
    await put_in_force(store, trust_format=False)
    store, _ = with_register(store, registration)
    cart = await business_cart(store)
    assert cart.customer == TaxCustomer(CustomerKind.BUSINESS, FRENCH_ID, state, "FR")
    assert net_tax_gross(cart.total) == (2_499, tax, 2_499 + tax)
    assert reasons(cart) == reason


async def test_what_is_not_registered_is_refused(store: Store) -> None:
    store, _ = with_register(store, Registration.UNREGISTERED)
    cart = await store.create_cart()
    assert errors(await set_customer(store, cart, BUSINESS)) == [(ErrorCode.INVALID_INPUT, TAX_ID)]


async def test_the_register_is_asked_outside_of_transactions(store: Store) -> None:
    """R134: the cart can be changed while the register thinks."""

    @dataclass
    class SlowRegister:
        asked: asyncio.Event = field(default_factory=asyncio.Event)
        answered: asyncio.Event = field(default_factory=asyncio.Event)

        async def look_up(self, tax_id: TaxId) -> RegisterAnswer:
            self.asked.set()
            await self.answered.wait()
            return RegisterAnswer(Registration.REGISTERED)

    register = SlowRegister()
    store = store.with_dependencies(tax_id_register=register)
    cart = await store.create_cart()
    setting = asyncio.create_task(set_customer(store, cart, BUSINESS))
    await register.asked.wait()
    moved = await cart_edits.set_destination(
        CartReference(cart.id), PARIS.destination, caller=STAFF, dependencies=store.dependencies
    )
    assert moved.value is not None
    register.answered.set()
    outcome = await setting
    assert outcome.value is not None
    assert outcome.value.version == cart.version + 2
    assert net_tax_gross(outcome.value.total) == (1_500, 0, 1_500)


# -- exempt customers


async def mark_exempt(store: Store, buyer: Buyer, reason: str | None) -> None:
    async with store.database.begin() as work:
        assert await set_tax_exemption(
            buyer.caller.purchaser_id or "", reason, work=work, cipher=store.dependencies.cipher
        )


async def buy_by_ids(buyer: Buyer, cart: PricedCart, to: PostalAddress = PARIS) -> PurchaseOutcome:
    address = await buyer.save_address(to, f"to {to.city} {cart.id}")
    method = await buyer.save_payment_method()
    return await buyer.check_out(cart, address_id=address.id, payment_method_id=method.id)


async def test_only_whom_the_shop_has_marked_is_exempt(store: Store) -> None:
    """R134: signed in, at the cart and at the checkout, as long as the mark stands."""
    buyer, cart = (
        await store.sign_in_buyer(),
        await store.create_cart([(MUG, 1)], PARIS.destination),
    )
    refused = [(ErrorCode.FORBIDDEN, KIND)]
    assert errors(await set_customer(store, cart, EXEMPT, buyer.caller)) == refused
    await mark_exempt(store, buyer, "a school")
    on_device = await buyer.on_device_alone()
    assert errors(await set_customer(store, cart, EXEMPT, on_device.caller)) == refused
    marked = (await set_customer(store, cart, EXEMPT, buyer.caller)).value
    assert marked is not None
    assert net_tax_gross(marked.total) == (1_500, 0, 1_500)
    assert reasons(marked) == [["the customer is exempt"]]

    guest = await store.check_out_as_guest(marked)
    assert isinstance(guest, InvalidPurchase)
    assert [(error.code, error.field) for error in guest.user_errors] == [
        (ErrorCode.FORBIDDEN, CART_ID)
    ]
    other = await store.sign_in_buyer("bob@example.com")
    assert isinstance(await buy_by_ids(other, marked), InvalidPurchase)
    order = require_order(await buy_by_ids(buyer, marked))
    assert net_tax_gross(order.total) == (1_500, 0, 1_500)
    assert order.tax_notes == ("the customer is exempt",)

    again = await store.create_cart([(MUG, 1)], PARIS.destination)
    exempt_again = (await set_customer(store, again, EXEMPT, buyer.caller)).value
    assert exempt_again is not None
    await mark_exempt(store, buyer, None)
    assert isinstance(await buy_by_ids(buyer, exempt_again), InvalidPurchase)


async def test_the_reason_of_an_exemption_is_sealed(store: Store) -> None:
    buyer = await store.sign_in_buyer()
    purchaser_id, cipher = buyer.caller.purchaser_id or "", store.dependencies.cipher
    await mark_exempt(store, buyer, "a school of the blind")
    async with store.database.read() as reading:
        record = await reading.purchasers.find(purchaser_id)
        assert record is not None
        assert record.tax_exemption is not None
        assert b"school" not in record.tax_exemption
        reason = await find_tax_exemption(purchaser_id, reading=reading, cipher=cipher)
        assert reason == "a school of the blind"
        assert await find_tax_exemption("pur_none", reading=reading, cipher=cipher) is None
    async with store.database.begin() as work:
        assert not await set_tax_exemption("pur_none", "why", work=work, cipher=cipher)
        await work.data_keys.delete(purchaser_id)
    async with store.database.read() as reading:
        assert await find_tax_exemption(purchaser_id, reading=reading, cipher=cipher) is None


# -- orders


async def test_an_order_keeps_the_customer_with_the_evidence(store: Store) -> None:
    """R134: sealed; what the rules and the register say later changes nothing."""
    evidence = TaxIdConsultation(store.clock.now(), "WAPIAAAAW1")
    confirmed, _ = with_register(store, Registration.REGISTERED, evidence)
    buyer = await confirmed.sign_in_buyer()
    order = require_order(await buy_by_ids(buyer, await business_cart(confirmed)))
    customer = TaxCustomer(CustomerKind.BUSINESS, FRENCH_ID, TaxIdState.CONFIRMED, "FR", evidence)
    assert net_tax_gross(order.total) == (2_499, 0, 2_499)
    assert reasons(order) == [[GOODS], [SERVICE]]
    assert order.tax_notes == (GOODS, SERVICE)
    async with store.database.read() as reading:
        delivery = await load_delivery(order.id, reading, store.dependencies)
        stored = await reading.orders.find(order.id)
    assert delivery is not None
    assert delivery.customer == customer
    assert stored is not None
    assert stored.terms is not None
    assert stored.terms.standing == BusinessStanding("FR", is_trusted=True, seller_country="IE")
    assert FRENCH_ID not in repr(stored)


@pytest.mark.parametrize(("quantity", "net"), [(3, 3_000 + 500), (1, 1_000 + 500)])
async def test_changes_of_an_order_are_taxed_as_it_was(
    store: Store, quantity: int, net: int
) -> None:
    """R134: by the terms that it was placed under, of two mugs."""
    buyer = await store.sign_in_buyer()
    cart = await store.create_cart([(MUG, 2)], PARIS.destination)
    await set_customer(store, cart, BUSINESS)
    order = require_order(await buy_by_ids(buyer, await reload_cart(store, cart)))
    await put_in_force(store, trust_format=False)
    edit = LineEdit(order.lines[0].id, quantity)
    outcome = await changes.change_order(
        order.id,
        edit,
        ChangeOptions(expected_total=Decimal(net) / 100),
        caller=STAFF,
        dependencies=store.dependencies,
    )
    changed = outcome.value
    assert changed is not None
    assert outcome.user_errors == ()
    assert net_tax_gross(changed.total) == (net, 0, net)
    assert changed.tax_notes == (GOODS,)


async def test_orders_of_other_customers_do_not_join(store: Store) -> None:
    """R134, R118: one address and one method, but an order for each as whom is bought."""
    policy = store.dependencies.policy
    joining = replace(policy.consolidation, joins_carts=True)
    store = store.with_dependencies(policy=replace(policy, consolidation=joining))
    buyer = await store.sign_in_buyer()
    ids = {
        "address_id": (await buyer.save_address(PARIS)).id,
        "payment_method_id": (await buyer.save_payment_method()).id,
    }
    german = CustomerRequest(CustomerKind.BUSINESS, GERMAN_ID)
    consumer = CustomerRequest(CustomerKind.CONSUMER)
    order_ids = []
    for request in (consumer, BUSINESS, german, consumer, BUSINESS, german):
        store.clock.advance(timedelta(seconds=1))
        cart = await store.create_cart([(MUG, 1)], PARIS.destination)
        asked = (await set_customer(store, cart, request)).value
        assert asked is not None
        order_ids.append(require_order(await buyer.check_out(asked, **ids)).id)
    assert order_ids[:3] == order_ids[3:]
    assert len(set(order_ids)) == len((consumer, BUSINESS, german))


async def test_a_guest_business_is_taxed_alike(store: Store) -> None:
    """R134."""
    guest = GuestBuyer("guest@example.com", PARIS, "sim_ok")
    cart = await business_cart(store)
    order = require_order(await store.check_out_as_guest(cart, guest=guest))
    assert net_tax_gross(order.total) == (2_499, 0, 2_499)


async def test_what_a_bought_cart_says_stays(store: Store) -> None:
    buyer = await store.sign_in_buyer()
    cart = await business_cart(store)
    await buy_by_ids(buyer, cart)
    bought = await carts.load_cart(cart.id, caller=STAFF, dependencies=store.dependencies)
    assert bought is not None
    assert bought.customer == cart.customer
    assert errors(await set_customer(store, cart, BUSINESS)) == [
        (ErrorCode.NOT_MODIFIABLE, CART_ID)
    ]


# -- what others are told of it


async def test_the_mails_say_what_an_invoice_has_to(store: Store) -> None:
    """R134: the id, and why there is no tax; a consumer's say nothing of the kind."""
    buyer = await store.sign_in_buyer()
    order = require_order(await buy_by_ids(buyer, await business_cart(store)))
    words = [f"Tax: {GOODS}.", f"Tax: {SERVICE}.", f"Your tax id: {FRENCH_ID}"]
    placed = (await read_mails(store))["order-placed"].splitlines()
    assert [line for line in placed if line.startswith(("Tax:", "Your tax"))] == words
    await changes.change_order(
        order.id,
        LineEdit(order.lines[1].id, 0),
        caller=STAFF,
        dependencies=store.dependencies,
    )
    changed = (await read_mails(store))["order-changed"].splitlines()
    assert [line for line in changed if line.startswith(("Tax:", "Your tax"))] == [
        words[0],
        words[2],
    ]
    consumer_cart = await store.create_cart([(MUG, 1)], PARIS.destination)
    require_order(await buy_by_ids(buyer, consumer_cart))
    assert "tax id" not in (await read_mails(store))["order-placed"]


async def test_the_export_has_the_id_and_its_evidence(store: Store) -> None:
    """R134: for the shop's books."""
    evidence = TaxIdConsultation(store.clock.now(), "WAPIAAAAW1")
    confirmed, _ = with_register(store, Registration.REGISTERED, evidence)
    buyer = await confirmed.sign_in_buyer()
    require_order(await buy_by_ids(buyer, await business_cart(confirmed)))
    gifts = offline_gift_dependencies(store.dependencies)
    rows = [row async for rows in export_orders(None, store.dependencies, gifts) for row in rows]
    columns = [dict(zip(COLUMNS, cells(row), strict=True)) for row in rows]
    names = ("customerKind", "taxId", "taxIdState", "taxIdConfirmedAt", "taxIdConsultation")
    assert [tuple(row[name] for name in names) for row in columns] == [
        ("BUSINESS", FRENCH_ID, "CONFIRMED", evidence.answered_at.isoformat(), "WAPIAAAAW1")
    ] * 2


async def test_an_erased_accounts_invoice_keeps_the_id(store: Store) -> None:
    """R134, R117: sealed with the invoice; with the order and the cart nothing is left of it."""
    buyer, cart = await store.sign_in_buyer(), await business_cart(store)
    order = require_order(await buy_by_ids(buyer, cart))
    purchaser_id, cipher = buyer.caller.purchaser_id or "", store.dependencies.cipher
    async with store.database.begin() as work:
        purchaser = Purchaser(purchaser_id, "ada@example.com")
        await account_erasure._keep_order_invoices(purchaser, work, store.dependencies)
    async with store.database.read() as reading:
        person = await find_invoice_buyer(order.number, reading=reading, cipher=cipher)
    assert person is not None
    assert person.customer == TaxCustomer(
        CustomerKind.BUSINESS, FRENCH_ID, TaxIdState.FORMAT_ONLY, "FR"
    )
    await store.cancel(order)
    await store.work_until_idle()
    gifts = offline_gift_dependencies(store.dependencies)
    outcome, _ = await account_erasure.erase_account(
        caller=buyer.caller, dependencies=AccountDependencies(store.dependencies, gifts)
    )
    assert outcome.user_errors == ()
    async with store.database.read() as reading:
        assert await load_delivery(order.id, reading, store.dependencies) is None
        assert await reading.carts.find(cart.id) is None
