"""A small store to buy from in tests, and people who buy there."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from gateway.adapters.clocks import ManualClock
from gateway.adapters.simulated_payments.provider import TOKEN_PREFIX, SimulatedPaymentProvider
from gateway.engine.addresses.address import Destination, PostalAddress
from gateway.engine.cart_lines import LineRequest
from gateway.engine.catalogue.products import Variant
from gateway.engine.checkout.outcomes import (
    AddressInsufficient,
    InvalidPurchase,
    OrderPlaced,
    PurchaseOutcome,
)
from gateway.engine.identity.purchasers import PaymentMethod, SavedAddress
from gateway.engine.orders.order import ActionChannel, Order
from gateway.engine.priced_carts import PricedCart
from gateway.engine.user_errors import ErrorCode
from gateway.services import cart_edits, cart_lines, carts
from gateway.services.cart_edits import CartReference
from gateway.services.checkout import cart_checkout, one_click_purchase
from gateway.services.checkout.cart_checkout import CheckoutRequest, GuestBuyer
from gateway.services.checkout.one_click_purchase import OneClickRequest
from gateway.services.checkout.recovery import PurchaseRecovery
from gateway.services.demo.purchasers import create_token
from gateway.services.dependencies import Dependencies
from gateway.services.identity import one_click_profiles as granting
from gateway.services.identity.addresses import AddressDraft, list_addresses, save_address
from gateway.services.identity.authentication import Authenticator
from gateway.services.identity.callers import Caller, CallingClient, Credentials
from gateway.services.identity.one_click_profiles import ProfileChoice
from gateway.services.identity.payment_methods import list_methods, save_method
from gateway.services.orders import changes
from gateway.services.orders.charges import OrderPaymentCompletion
from gateway.services.orders.hold_renewals import HoldRenewalJob
from gateway.services.orders.order_edits import CancelEdit
from gateway.services.orders.payment_completion import PaymentOperationCompletion
from gateway.services.orders.pending_changes import PendingChangeRecovery
from gateway.services.orders.scheduling import OrderScheduler, SelectionJob
from gateway.services.outcomes import Outcome
from gateway.services.ports.api_keys import ApiKey, ApiKeyRole
from gateway.services.rule_import import import_rules
from gateway.worker import run_due_jobs
from tests.conftest import AnyDatabase
from tests.payment_sides import PaymentSide
from tests.shelves import HOME, MUG, PRODUCT, RULE_FILE, VARIANTS, build_dependencies

HOUR = timedelta(hours=1)
# No two things happen in the same moment: their order tells.
CLOCK_TICK = timedelta(microseconds=1)
STAFF = Caller(
    CallingClient("cli_staff", "staff"), key=ApiKey("key_1", "desk", ApiKeyRole.STAFF, None)
)
_keys = (f"key-{number}" for number in itertools.count())


@dataclass
class Store:
    """The use cases of buying, over one database; ``side`` is None where money is simulated."""

    dependencies: Dependencies
    clock: ManualClock
    database: AnyDatabase
    side: PaymentSide | None = None

    @classmethod
    async def open(
        cls, database: AnyDatabase, clock: ManualClock, side: PaymentSide | None = None
    ) -> "Store":
        """A store with goods on its shelves and rules in force, which is paid at ``side``."""
        dependencies = build_dependencies(database, clock)
        if side is not None:
            identity = replace(dependencies.identity, payment_method_vault=side.vault)
            dependencies = replace(dependencies, identity=identity, payment_provider=side.provider)
        async with database.begin() as work:
            await work.catalogue.save({PRODUCT: list(VARIANTS)}, clock.now())
        await import_rules(
            RULE_FILE,
            database=database,
            ids=dependencies.ids,
            clock=clock,
            countries=dependencies.countries,
        )
        return cls(dependencies, clock, database, side)

    # -- people

    async def authenticate(self, identifier: str | None = None, token: str | None = None) -> Caller:
        """Who calls with these credentials."""
        authorization = f"Bearer {token}" if token else None
        authenticator = Authenticator(parts=self.dependencies.identity)
        return await authenticator.authenticate(Credentials(identifier, authorization))

    async def sign_in_buyer(self, email: str = "ada@example.com") -> "Buyer":
        """Somebody who has just signed in on a device of their own."""
        token = await create_token(email, dependencies=self.dependencies.identity)
        new_caller = await self.authenticate(None, token)
        assert new_caller.client.new_identifier is not None
        return Buyer(
            self,
            new_caller.client.new_identifier,
            await self.authenticate(new_caller.client.new_identifier, token),
        )

    async def one_click_buyer(
        self, method: str = "sim_ok", address: PostalAddress = HOME
    ) -> "Buyer":
        """Somebody who has turned one-click on; only their device is known from now on."""
        buyer = await self.sign_in_buyer()
        await buyer.enable_one_click(
            await buyer.save_address(address), await buyer.save_payment_method(method)
        )
        return await buyer.on_device_alone()

    # -- what is kept

    async def available_stock(self, variant: Variant) -> int | None:
        """How many are there."""
        async with self.database.read() as reading:
            variants = await reading.catalogue.load_variants([variant.id])
        return variants[variant.id].stock.available

    async def stored_value_balance(self, code: str) -> int:
        """What is left on a code of stored value."""
        async with self.database.read() as reading:
            (stored_value,) = await reading.stored_values.find_many([code])
        return stored_value.balance

    async def list_charges(self) -> list[tuple[int, str]]:
        """The provider's books: amounts in minor units, and what became of them."""
        if self.side is not None:
            return await self.side.list_charges()
        payments = self.dependencies.payment_provider
        assert isinstance(payments, SimulatedPaymentProvider)
        return sorted(
            (each.amount_minor, each.status.value) for each in await payments.list_charges()
        )

    def create_token(self, name: str) -> str:
        """A provider's token that does what ``name`` does in the simulation; others stay."""
        if self.side is None or not name.startswith(TOKEN_PREFIX):
            return name
        return self.side.create_token(name)

    async def confirm(self, url: str) -> str:
        """Confirm with the bank what ``url`` asks for; the key of what it was asked for."""
        if self.side is not None:
            key = await self.side.confirm(url)
        else:
            payments = self.dependencies.payment_provider
            assert isinstance(payments, SimulatedPaymentProvider)
            charge = await payments.confirm(url.rpartition("/")[2])
            key = None if charge is None else charge.idempotency_key
        assert key is not None
        return key

    async def cancel(self, order: Order) -> Outcome[Order]:
        """What cancelling an order comes to, as staff."""
        return await changes.change_order(
            order.id, CancelEdit(), caller=STAFF, dependencies=self.dependencies
        )

    async def load_order(self, id: str) -> Order:
        async with self.database.read() as reading:
            order = await reading.orders.find(id)
        assert order is not None
        return order

    async def count_changes(self) -> int:
        """How many changes of orders are on their way at the provider."""
        far_future = self.clock.now() + timedelta(days=1)
        async with self.database.begin() as work:
            return len(await work.order_changes.claim(far_future, far_future, 100))

    async def order_statuses(self) -> Sequence[str]:
        """Every kept order's status."""
        return await self._column("SELECT status FROM orders ORDER BY place")

    async def count_rows(self, table: str) -> int:
        return len(await self._column(f"SELECT 1 FROM {table}"))  # noqa: S608 - the tests' own

    async def _column(self, sql: str) -> list[str]:
        from gateway.adapters.databases.sqlite import SqliteDatabase

        assert isinstance(self.database, SqliteDatabase)
        return [row[0] for row in self.database._reader.execute(sql).fetchall()]

    # -- time and the worker

    async def work_until_idle(self) -> None:
        """Let the worker do what is due, until nothing is due any more."""
        while await self.run_due_jobs():
            pass

    async def run_due_jobs(self, elapsed: timedelta = timedelta()) -> int:
        """Let time pass, and the worker do what is due; returns how many rows were."""
        self.clock.advance(elapsed)
        jobs = (
            PurchaseRecovery(self.dependencies),
            OrderPaymentCompletion(self.dependencies),
            PaymentOperationCompletion(self.dependencies),
            PendingChangeRecovery(self.dependencies),
            HoldRenewalJob(self.dependencies),
            OrderScheduler(self.dependencies),
            SelectionJob(self.dependencies),
        )
        return await run_due_jobs(jobs, self.clock.now())

    def with_dependencies(self, **changes: object) -> "Store":
        """The same store with other parts."""
        return replace(self, dependencies=replace(self.dependencies, **changes))  # type: ignore[arg-type]

    def with_caps(self, order_minor: int, day_minor: int) -> "Store":
        """The same store with other caps, minor units of USD."""
        policy = self.dependencies.policy
        usd = policy.order_cap
        return self.with_dependencies(
            policy=replace(
                policy,
                order_cap=replace(usd, minor=order_minor),
                day_cap=replace(usd, minor=day_minor),
            )
        )

    # -- carts

    async def create_cart(
        self,
        lines: Sequence[tuple[Variant, int]] = ((MUG, 1),),
        destination: Destination | None = None,
        codes: Sequence[str] = (),
    ) -> PricedCart:
        """A new cart."""
        line_requests = [LineRequest(variant.id, count) for variant, count in lines]
        creation = await cart_lines.create_cart(None, line_requests, self.dependencies)
        assert creation.value is not None, creation
        cart = creation.value
        if destination is not None:
            edit = await cart_edits.set_destination(
                CartReference(cart.id, cart.version),
                destination,
                caller=STAFF,
                dependencies=self.dependencies,
            )
            assert edit.value is not None, edit
            cart = edit.value
        if codes:
            codes_edit = await cart_edits.set_codes(
                CartReference(cart.id, cart.version),
                codes,
                caller=STAFF,
                dependencies=self.dependencies,
            )
            assert codes_edit.value is not None, codes_edit
            cart = codes_edit.value
        return cart

    async def check_out_as_guest(
        self,
        cart: PricedCart,
        method: str = "sim_ok",
        **changes: object,
    ) -> PurchaseOutcome:
        """What checking a cart out as a guest comes to."""
        asking = changes.pop("caller", None)
        caller = asking if isinstance(asking, Caller) else await self.authenticate()
        fields: dict[str, object] = {
            "cart_id": cart.id,
            "expected_version": cart.version,
            "expected_total": None,
            "idempotency_key": next(_keys),
            "guest": GuestBuyer("guest@example.com", HOME, self.create_token(method)),
        }
        request = CheckoutRequest(**(fields | changes))  # type: ignore[arg-type]
        return await cart_checkout.check_out_cart(
            request, caller=caller, dependencies=self.dependencies
        )


@dataclass
class Buyer:
    """Somebody on a device."""

    store: Store
    identifier: str = field(repr=False)
    caller: Caller

    @property
    def dependencies(self) -> Dependencies:
        return self.store.dependencies

    async def on_device_alone(self) -> "Buyer":
        """The same person, known by the device alone."""
        return replace(self, caller=await self.store.authenticate(self.identifier))

    async def sign_in_again(self) -> "Buyer":
        """The same person on the same device, just signed in again."""
        purchaser_id = self.caller.purchaser_id
        assert purchaser_id is not None
        token = await create_token("ada@example.com", dependencies=self.dependencies.identity)
        return replace(self, caller=await self.store.authenticate(self.identifier, token))

    async def save_address(self, postal: PostalAddress = HOME, label: str = "home") -> SavedAddress:
        self.store.clock.advance(CLOCK_TICK)
        draft = AddressDraft(None, label, postal)
        outcome = await save_address(
            draft, caller=self.caller, dependencies=self.dependencies.identity
        )
        assert outcome.value is not None, outcome
        return outcome.value

    async def save_payment_method(self, token: str = "sim_ok") -> PaymentMethod:
        self.store.clock.advance(CLOCK_TICK)
        outcome = await save_method(
            self.store.create_token(token),
            None,
            caller=self.caller,
            dependencies=self.dependencies.identity,
        )
        assert outcome.value is not None, outcome
        return outcome.value

    async def saved_details(self) -> tuple[Sequence[SavedAddress], Sequence[PaymentMethod]]:
        """The buyer's addresses and payment methods."""
        purchaser_id, cipher = self.caller.purchaser_id or "", self.dependencies.cipher
        async with self.dependencies.database.read() as reading:
            return (
                await list_addresses(purchaser_id, reading=reading, cipher=cipher),
                await list_methods(purchaser_id, reading=reading, cipher=cipher),
            )

    async def enable_one_click(
        self, address: SavedAddress, method: PaymentMethod, label: str | None = None
    ) -> None:
        self.store.clock.advance(CLOCK_TICK)
        profile_request = ProfileChoice(address.id, method.id, label)
        outcome = await granting.enable_profile(
            profile_request, caller=self.caller, dependencies=self.dependencies.identity
        )
        assert outcome.value is not None
        assert outcome.value.enabled, outcome

    async def purchase(
        self,
        variant: Variant = MUG,
        quantity: int = 1,
        *,
        key: str | None = None,
        expected: str | None = None,
        due: str | None = None,
        profile: str | None = None,
        channel: ActionChannel = ActionChannel.CLICK,
    ) -> PurchaseOutcome:
        """What one press of the button comes to."""
        request = OneClickRequest(
            variant.id,
            quantity,
            next(_keys) if key is None else key,
            None if expected is None else Decimal(expected),
            profile,
            channel,
            None if due is None else Decimal(due),
        )
        return await one_click_purchase.purchase_by_one_click(
            request, caller=self.caller, dependencies=self.dependencies
        )

    async def purchase_concurrently(
        self, count: int, key: str, variant: Variant = MUG
    ) -> list[PurchaseOutcome]:
        """The same press so many times at once."""
        return await asyncio.gather(*(self.purchase(variant, key=key) for _ in range(count)))

    async def check_out(self, cart: PricedCart, **changes: object) -> PurchaseOutcome:
        """What checking a cart out comes to."""
        fields: dict[str, object] = {
            "cart_id": cart.id,
            "expected_version": cart.version,
            "expected_total": None,
            "idempotency_key": next(_keys),
        }
        request = CheckoutRequest(**(fields | changes))  # type: ignore[arg-type]
        return await cart_checkout.check_out_cart(
            request, caller=self.caller, dependencies=self.dependencies
        )


def require_order(outcome: PurchaseOutcome) -> Order:
    """The order that a purchase became."""
    assert isinstance(outcome, OrderPlaced), outcome
    return outcome.order


async def create_ids(
    buyer: Buyer, method: str = "sim_ok", address: PostalAddress = HOME
) -> dict[str, object]:
    """The ids of a new address and method of the buyer's."""
    saved = await buyer.save_address(address, f"to {address.city}")
    return {
        "address_id": saved.id,
        "payment_method_id": (await buyer.save_payment_method(method)).id,
    }


async def reload_cart(store: Store, cart: PricedCart) -> PricedCart:
    priced_cart = await carts.load_cart(cart.id, caller=STAFF, dependencies=store.dependencies)
    assert priced_cart is not None
    return priced_cart


def error_fields(outcome: PurchaseOutcome) -> list[tuple[ErrorCode, tuple[str, ...] | None]]:
    """Codes and paths of a refused purchase."""
    assert isinstance(outcome, InvalidPurchase | AddressInsufficient), outcome
    return [(error.code, error.field) for error in outcome.user_errors]


def error_rows(outcome: PurchaseOutcome) -> list[tuple[ErrorCode, str | None]]:
    """Codes and paths without their "input"."""
    return [(code, ".".join(field[1:]) if field else None) for code, field in error_fields(outcome)]
