"""A small store to buy from in tests, and people who buy there."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from gateway.adapters.clocks import StandingClock
from gateway.adapters.rule_files import from_yaml
from gateway.adapters.simulated_payments import SimulatedPayments
from gateway.engine.buying import OrderPlaced, PurchaseOutcome
from gateway.engine.carts import PricedCart
from gateway.engine.catalogue import Variant
from gateway.engine.orders import ActionChannel, Order
from gateway.engine.places import Destination, PostalAddress
from gateway.engine.purchasers import PaymentMethod, SavedAddress
from gateway.services import carts, checkout, one_click
from gateway.services.carts import WantedLine
from gateway.services.checkout import Checkout, Guest
from gateway.services.identity import one_click as granting
from gateway.services.identity.addresses import AddressDraft, save_address
from gateway.services.identity.callers import Caller, Credentials
from gateway.services.identity.demo import token_for
from gateway.services.identity.one_click import Choice
from gateway.services.identity.payment_methods import save_method
from gateway.services.identity.recognising import Recogniser
from gateway.services.one_click import OneClick
from gateway.services.orders import ScheduleOrders
from gateway.services.parts import Parts
from gateway.services.payments import PushPayments
from gateway.services.repair import FinishPurchases
from gateway.services.rules import import_rules
from gateway.worker import turn
from tests.conftest import AnyDatabase
from tests.shelves import HOME, MUG, RULES, SHOP, VARIANTS, parts_on

HOUR = timedelta(hours=1)
# No two things happen in the same moment: their order tells.
MOMENT = timedelta(microseconds=1)
_keys = (f"key-{number}" for number in itertools.count())


@dataclass
class Store:
    """The use cases of buying, over one database."""

    parts: Parts
    clock: StandingClock
    database: AnyDatabase

    @classmethod
    async def opened(cls, database: AnyDatabase, clock: StandingClock) -> "Store":
        """A store with goods on its shelves and rules in force."""
        parts = parts_on(database, clock)
        async with database.begin() as work:
            await work.catalogue.save({SHOP: list(VARIANTS)}, clock.now())
        await import_rules(
            from_yaml(RULES),
            database=database,
            ids=parts.ids,
            clock=clock,
            countries=parts.countries,
        )
        return cls(parts, clock, database)

    # -- people

    async def recognise(self, identifier: str | None = None, token: str | None = None) -> Caller:
        """Who calls with these credentials."""
        authorization = f"Bearer {token}" if token else None
        recogniser = Recogniser(parts=self.parts.identity)
        return await recogniser.recognise(Credentials(identifier, authorization))

    async def buyer(self, email: str = "ada@example.com") -> "Buyer":
        """Somebody who has just signed in on a device of their own."""
        token = await token_for(email, parts=self.parts.identity)
        fresh = await self.recognise(None, token)
        assert fresh.client.issued is not None
        return Buyer(self, fresh.client.issued, await self.recognise(fresh.client.issued, token))

    async def ready(self, method: str = "sim_ok", address: PostalAddress = HOME) -> "Buyer":
        """Somebody who has turned one-click on; only their device is known from now on."""
        buyer = await self.buyer()
        await buyer.enable(await buyer.address(address), await buyer.method(method))
        return await buyer.recognised()

    # -- what is kept

    async def stock(self, variant: Variant) -> int | None:
        """How many are there."""
        async with self.database.read() as reading:
            found = await reading.catalogue.variants([variant.id])
        return found[variant.id].stock.available

    async def balance(self, code: str) -> int:
        """What is left on a code of stored value."""
        async with self.database.read() as reading:
            (found,) = await reading.stored_values.find([code])
        return found.balance

    async def charges(self) -> list[tuple[int, str]]:
        """The provider's books: amounts in minor units, and what became of them."""
        payments = self.parts.payments
        assert isinstance(payments, SimulatedPayments)
        return sorted((each.amount_minor, each.status.value) for each in await payments.charges())

    async def order(self, id: str) -> Order:
        async with self.database.read() as reading:
            found = await reading.orders.find(id)
        assert found is not None
        return found

    async def orders(self) -> Sequence[str]:
        """Every kept order's status."""
        return await self._column("SELECT status FROM orders ORDER BY place")

    async def count(self, table: str) -> int:
        return len(await self._column(f"SELECT 1 FROM {table}"))  # noqa: S608 - the tests' own

    async def _column(self, sql: str) -> list[str]:
        from gateway.adapters.sqlite import SqliteDatabase

        assert isinstance(self.database, SqliteDatabase)
        return [row[0] for row in self.database._reader.execute(sql).fetchall()]

    # -- time and the worker

    async def work(self, later: timedelta = timedelta()) -> None:
        """Let time pass, and the worker do what is due."""
        self.clock.advance(later)
        steps = (FinishPurchases(self.parts), PushPayments(self.parts), ScheduleOrders(self.parts))
        await turn(steps, self.clock.now())

    def with_(self, **changes: object) -> "Store":
        """The same store with other parts."""
        return replace(self, parts=replace(self.parts, **changes))  # type: ignore[arg-type]

    def capped(self, order: int, day: int) -> "Store":
        """The same store with other caps, minor units of USD."""
        policy = self.parts.policy
        usd = policy.order_cap
        return self.with_(
            policy=replace(
                policy, order_cap=replace(usd, minor=order), day_cap=replace(usd, minor=day)
            )
        )

    # -- carts

    async def cart(
        self,
        lines: Sequence[tuple[Variant, int]] = ((MUG, 1),),
        to: Destination | None = None,
        codes: Sequence[str] = (),
    ) -> PricedCart:
        """A new cart."""
        wanted = [WantedLine(each.id, count) for each, count in lines]
        made = await carts.create(None, wanted, self.parts)
        assert made.value is not None, made
        cart = made.value
        if to is not None:
            moved = await carts.set_destination(cart.id, cart.version, to, self.parts)
            assert moved.value is not None, moved
            cart = moved.value
        if codes:
            coded = await carts.set_codes(cart.id, cart.version, codes, self.parts)
            assert coded.value is not None, coded
            cart = coded.value
        return cart

    async def guest(
        self, cart: PricedCart, method: str = "sim_ok", **more: object
    ) -> PurchaseOutcome:
        """What checking a cart out as a guest comes to."""
        caller = await self.recognise()
        fields: dict[str, object] = {
            "cart_id": cart.id,
            "expected_version": cart.version,
            "expected_total": None,
            "idempotency_key": next(_keys),
            "guest": Guest("guest@example.com", HOME, method),
        }
        wanted = Checkout(**(fields | more))  # type: ignore[arg-type]
        return await checkout.check_out(wanted, caller=caller, parts=self.parts)


@dataclass
class Buyer:
    """Somebody on a device."""

    store: Store
    identifier: str = field(repr=False)
    caller: Caller

    @property
    def parts(self) -> Parts:
        return self.store.parts

    async def recognised(self) -> "Buyer":
        """The same person, known by the device alone."""
        return replace(self, caller=await self.store.recognise(self.identifier))

    async def signed_in(self) -> "Buyer":
        """The same person on the same device, just signed in again."""
        purchaser_id = self.caller.purchaser_id
        assert purchaser_id is not None
        token = await token_for("ada@example.com", parts=self.parts.identity)
        return replace(self, caller=await self.store.recognise(self.identifier, token))

    async def address(self, postal: PostalAddress = HOME, label: str = "home") -> SavedAddress:
        self.store.clock.advance(MOMENT)
        draft = AddressDraft(None, label, postal)
        outcome = await save_address(draft, caller=self.caller, parts=self.parts.identity)
        assert outcome.value is not None, outcome
        return outcome.value

    async def method(self, token: str = "sim_ok") -> PaymentMethod:
        self.store.clock.advance(MOMENT)
        outcome = await save_method(token, None, caller=self.caller, parts=self.parts.identity)
        assert outcome.value is not None, outcome
        return outcome.value

    async def enable(
        self, address: SavedAddress, method: PaymentMethod, label: str | None = None
    ) -> None:
        self.store.clock.advance(MOMENT)
        choice = Choice(address.id, method.id, label)
        outcome = await granting.enable(choice, caller=self.caller, parts=self.parts.identity)
        assert outcome.value is not None
        assert outcome.value.enabled, outcome

    async def click(
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
        wanted = OneClick(
            variant.id,
            quantity,
            next(_keys) if key is None else key,
            None if expected is None else Decimal(expected),
            profile,
            channel,
            None if due is None else Decimal(due),
        )
        return await one_click.purchase(wanted, caller=self.caller, parts=self.parts)

    async def clicks(self, count: int, key: str, variant: Variant = MUG) -> list[PurchaseOutcome]:
        """The same press so many times at once."""
        return await asyncio.gather(*(self.click(variant, key=key) for _ in range(count)))

    async def check_out(self, cart: PricedCart, **more: object) -> PurchaseOutcome:
        """What checking a cart out comes to."""
        fields: dict[str, object] = {
            "cart_id": cart.id,
            "expected_version": cart.version,
            "expected_total": None,
            "idempotency_key": next(_keys),
        }
        wanted = Checkout(**(fields | more))  # type: ignore[arg-type]
        return await checkout.check_out(wanted, caller=self.caller, parts=self.parts)


def placed(outcome: PurchaseOutcome) -> Order:
    """The order that a purchase became."""
    assert isinstance(outcome, OrderPlaced), outcome
    return outcome.order
