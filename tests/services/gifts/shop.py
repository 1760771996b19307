"""A shop to give from: the real database, vault, letters and simulated provider, made-up prices."""

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta

from gateway.adapters.clocks import ManualClock
from gateway.adapters.encryption import EnvelopeCipher
from gateway.adapters.messaging.letters import TemplateLetters
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.reference.nicknames import load_name_equivalences
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider
from gateway.adapters.wakeups.local import LocalWakeups
from gateway.engine.addresses.address import PostalAddress
from gateway.engine.catalogue.products import Product, Stock, Variant
from gateway.engine.gifts.gift import Gift, PartialAddress
from gateway.engine.identity.purchasers import PaymentMethod
from gateway.engine.money import Currency, Money
from gateway.engine.orders.joining import ConsolidationPolicy
from gateway.engine.user_errors import ErrorCode
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_orders import GiftOrderWithdrawal
from gateway.services.gifts.gift_store import load_gift
from gateway.services.gifts.requests import GiftCaller, GiftRequest, RecipientDetails
from gateway.services.gifts.resolution import GiftResolver
from gateway.services.outbox import MailDelivery, MessageSender, OutboxSender, SmsDelivery
from gateway.services.policy import GiftPolicy, Policy
from gateway.services.ports.database import ReadSession
from gateway.services.ports.gift_pricing import ExchangeOption, GiftEstimate, GiftUnavailable
from gateway.services.ports.givers import Giver
from gateway.services.ports.messages import Mail, Sms
from gateway.services.ports.outbox import MessageKind
from gateway.services.ports.sources import Source, SourceRecord, SourceUnavailable
from gateway.worker import run_due_jobs
from tests.conftest import AnyDatabase
from tests.payment_sides import ChargeList, PaymentSide, SimulatedSide

USD = Currency("USD", 2)
GOODS = ("var_tea", "var_cup")
GIVER = GiftCaller("pur_1")
HOME = PostalAddress("Ada Lovelace", "US", "CA", "Mountain View", "94043", ("1 Oak Street",))
HOME_TYPED = PartialAddress("US", "CA", "Mountain View", "94043", ("1 Oak Street",))
COSTLY_ADDRESS = PostalAddress("Ada Lovelace", "US", "NY", "New York", "10001", ("2 Elm Avenue",))
BY_EMAIL = RecipientDetails(name="Ada Lovelace", email="ada@example.com")


def usd(minor: int) -> Money:
    return Money(minor, USD)


@dataclass
class FakeGiftPricing:
    """Tea at 10.00 to 15.00; in New York 15.00, elsewhere 12.00."""

    high: int = 1500

    async def estimate(
        self, variant_id: str, quantity: int, *, wrap: bool
    ) -> GiftEstimate | GiftUnavailable:
        if variant_id != "var_tea":
            return GiftUnavailable(ErrorCode.NOT_FOUND, "There is no such variant.")
        low, high = usd(1000 * quantity), usd(self.high * quantity + 100 * wrap)
        return GiftEstimate("Tea", low, high, (("var_tea", quantity),))

    async def final_total(
        self, variant_id: str, quantity: int, *, wrap: bool, address: PostalAddress
    ) -> Money:
        assert variant_id == "var_tea"
        return usd((1500 if address.region == "NY" else 1200) * quantity + 100 * wrap)

    async def find_shipping_method(
        self, variant_id: str, quantity: int, *, address: PostalAddress, reading: ReadSession
    ) -> str | None:
        return "By post"

    async def list_exchange_options(
        self, variant_id: str, quantity: int
    ) -> tuple[ExchangeOption, ...]:
        return (
            ExchangeOption("var_tea", "Tea", (("var_tea", quantity),)),
            ExchangeOption("var_cup", "A cup", (("var_cup", quantity),)),
        )


@dataclass
class FakeGivers:
    """One purchaser with one method, which can be changed."""

    token: str = "sim_ok"
    gift_addresses: dict[str, PostalAddress] = field(default_factory=dict)
    side: PaymentSide | None = None

    async def find_giver(self, purchaser_id: str, reading: ReadSession) -> Giver | None:
        return Giver(purchaser_id, f"{purchaser_id}@givers.example.com", "Charles Babbage")

    async def find_payment_method(
        self, purchaser_id: str, id: str | None, reading: ReadSession
    ) -> PaymentMethod | None:
        tokens = {None: self.token, "pay_1": self.token, "pay_ok": "sim_ok"}
        if id not in tokens:
            return None
        token = tokens[id]
        if self.side is not None:
            token = await self.side.find_token(token, purchaser_id)
        return PaymentMethod(id or "pay_1", purchaser_id, token)

    async def list_gift_addresses(
        self, email: str, reading: ReadSession
    ) -> tuple[PostalAddress, ...]:
        address = self.gift_addresses.get(email)
        return (address,) if address else ()


class AmericanPhones:
    """Numbers that begin with +1 and have eleven digits."""

    def to_e164(self, text: str, country: str) -> str | None:
        digits = re.sub(r"[^\d+]", "", text)
        return digits if re.fullmatch(r"\+1\d{10}", digits) else None


@dataclass
class FakeSource:
    """A source whose records are given, and which can fail."""

    name: str
    family: str
    answers: dict[str, SourceRecord] = field(default_factory=dict)
    queried_keys: list[str] = field(default_factory=list)
    failing: bool = False

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:
        self.queried_keys.append(key)
        if self.failing:
            raise SourceUnavailable(self.name)
        record = self.answers.get(key)
        return (record,) if record else ()


class StubWebhookCalls:
    """Calls nobody."""

    async def is_allowed(self, url: str) -> bool:
        return url.startswith("https://")

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        return 204


@dataclass
class SentMessages:
    """Everything that went out."""

    mails: list[Mail] = field(default_factory=list)
    texts: list[Sms] = field(default_factory=list)

    async def send(self, message: Mail | Sms) -> None:
        match message:
            case Mail():
                self.mails.append(message)
            case Sms():
                self.texts.append(message)

    def mails_to(self, address: str) -> list[Mail]:
        return [each for each in self.mails if each.to == address]


GIFT_POLICY = GiftPolicy(
    email_wait=timedelta(hours=72),
    phone_wait=timedelta(hours=48),
    lifetime=timedelta(days=14),
    giver_wait=timedelta(days=7),
    max_messages=3,
    exchangeable=True,
    sources=("first", "second"),
    directory_freshness=timedelta(days=365),
    fact_retention=timedelta(days=30),
)
POLICY = Policy(
    public_url="https://shop.example",
    currency=USD,
    reauthenticate_after=timedelta(minutes=15),
    order_cap=usd(50000),
    day_cap=usd(100000),
    consolidation=ConsolidationPolicy(
        window=timedelta(minutes=90),
        short_term=timedelta(days=7),
    ),
    gifts=GIFT_POLICY,
)


class GiftShop:
    """The parts, and short ways to do things."""

    def __init__(
        self, database: AnyDatabase, clock: ManualClock, side: PaymentSide | None = None
    ) -> None:
        self.clock = clock
        self.database = database
        self.sent = SentMessages()
        self.hub = LocalWakeups()
        self.side: PaymentSide = side or SimulatedSide(database)
        self.givers = FakeGivers(side=self.side)
        self.prices = FakeGiftPricing()
        self.first = FakeSource("first", "one")
        self.second = FakeSource("second", "two")
        sources: dict[str, Source] = {"first": self.first, "second": self.second}
        self.dependencies = GiftDependencies(
            policy=POLICY,
            database=database,
            clock=clock,
            ids=RandomIds(),
            cipher=EnvelopeCipher("a secret"),
            wakeups=self.hub,
            payments=self.side.provider,
            pricing=self.prices,
            givers=self.givers,
            countries=CountryDataSet(),
            phones=AmericanPhones(),
            letters=TemplateLetters(),
            name_equivalences=load_name_equivalences(),
            sources=sources,
            webhook_calls=StubWebhookCalls(),
        )

    async def run_due_jobs(self) -> None:
        """Everything that is due, until nothing is."""
        mail, sms = MailDelivery(self.sent), SmsDelivery(self.sent)
        couriers: dict[MessageKind, MessageSender] = {MessageKind.MAIL: mail, MessageKind.SMS: sms}
        sending = OutboxSender(self.database, self.dependencies.cipher, couriers)
        steps = (GiftOrderWithdrawal(self.dependencies), GiftResolver(self.dependencies), sending)
        while await run_due_jobs(steps, self.clock.now()):
            pass

    async def advance_and_run(self, wait: timedelta) -> None:
        self.clock.advance(wait)
        await self.run_due_jobs()

    async def give(
        self, *recipients: RecipientDetails, caller: GiftCaller = GIVER, **changes: object
    ) -> Gift:
        """The first of the gifts made, with everything due done."""
        key = f"key {self.dependencies.ids.new('k')}"
        request = GiftRequest("var_tea", recipients or (BY_EMAIL,), key)
        request = replace(request, **changes)  # type: ignore[arg-type]
        outcome = await create_gifts(request, caller, dependencies=self.dependencies)
        assert outcome.value is not None, outcome.user_errors
        await self.run_due_jobs()
        return await self.load_gift(outcome.value[0].id)

    async def set_stock(self, count: int | None, *, backorder: bool = False) -> None:
        """Have so many of tea and of cups; None: without limit."""
        stock = Stock(count, backorder=backorder)
        goods = [Variant(id, "prd_1", id, id, {"USD": 900}, stock=stock) for id in GOODS]
        async with self.database.begin() as work:
            await work.catalogue.save({Product("prd_1", "goods", "Goods"): goods}, self.clock.now())

    async def available_stock(self) -> list[int | None]:
        """How many of tea and of cups are there."""
        async with self.database.read() as reading:
            variants = await reading.catalogue.load_variants(GOODS)
        return [variants[id].stock.available for id in GOODS]

    async def load_gift(self, id: str) -> Gift:
        async with self.database.read() as reading:
            versioned_gift = await load_gift(id, reading=reading, dependencies=self.dependencies)
        assert versioned_gift is not None
        return versioned_gift.gift

    async def list_event_types(self, id: str) -> list[str]:
        async with self.database.read() as reading:
            return [each.type for each in await reading.gift_events.list_after(id, 0, 100)]

    def latest_token(self, address: str = "ada@example.com") -> str:
        """The secret of the latest message to ``address``."""
        messages: list[Mail | Sms] = [*self.sent.mails, *self.sent.texts]
        texts = [each.text for each in messages if each.to == address]
        return str(re.findall(r"/gift#(\S+)", texts[-1])[-1])

    @property
    def payments(self) -> SimulatedPaymentProvider:
        """The simulation, where this is what the shop is paid by."""
        assert isinstance(self.side, SimulatedSide)
        return self.side.provider

    async def list_charges(self) -> ChargeList:
        return await self.side.list_charges()
