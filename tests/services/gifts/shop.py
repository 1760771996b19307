"""A shop to give from: the real database, vault, letters and simulated provider, made-up prices."""

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta

from gateway.adapters.clocks import StandingClock
from gateway.adapters.countries import DataCountries
from gateway.adapters.ids import RandomIds
from gateway.adapters.letters import TemplateLetters
from gateway.adapters.names import name_signs
from gateway.adapters.simulated_payments import Habits, SimulatedPayments
from gateway.adapters.vault import EnvelopeCipher
from gateway.adapters.wakeups.hub import Hub
from gateway.engine.catalogue import Product, Stock, Variant
from gateway.engine.gifts.values import Gift, PartialAddress
from gateway.engine.money import Currency, Money
from gateway.engine.places import PostalAddress
from gateway.engine.problems import ErrorCode
from gateway.engine.purchasers import PaymentMethod
from gateway.services.gifts.creating import create_gifts
from gateway.services.gifts.keeping import fetched
from gateway.services.gifts.ordering import WithdrawGiftOrders
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.requests import GiftCaller, GiftRequest, RecipientDetails
from gateway.services.gifts.resolving import ResolveGifts
from gateway.services.outbox import Courier, MailCourier, SendMessages, SmsCourier
from gateway.services.policy import ConsolidationPolicy, GiftPolicy, Policy
from gateway.services.ports.database import Reading
from gateway.services.ports.gift_pricing import Exchange, GiftEstimate, NotGivable
from gateway.services.ports.givers import Giver
from gateway.services.ports.messages import Mail, Sms
from gateway.services.ports.outbox import MessageKind
from gateway.services.ports.sources import Source, SourceFailed, SourceRecord
from gateway.worker import turn
from tests.conftest import AnyDatabase

USD = Currency("USD", 2)
GOODS = ("var_tea", "var_cup")
GIVER = GiftCaller("pur_1")
HOME = PostalAddress("Ada Lovelace", "US", "CA", "Mountain View", "94043", ("1 Oak Street",))
HOME_TYPED = PartialAddress("US", "CA", "Mountain View", "94043", ("1 Oak Street",))
DEAR = PostalAddress("Ada Lovelace", "US", "NY", "New York", "10001", ("2 Elm Avenue",))
BY_EMAIL = RecipientDetails(name="Ada Lovelace", email="ada@example.com")


def usd(minor: int) -> Money:
    return Money(minor, USD)


@dataclass
class MadeUpPrices:
    """Tea at 10.00 to 15.00; in New York 15.00, elsewhere 12.00."""

    high: int = 1500

    async def estimate(
        self, variant_id: str, quantity: int, *, wrap: bool
    ) -> GiftEstimate | NotGivable:
        if variant_id != "var_tea":
            return NotGivable(ErrorCode.NOT_FOUND, "There is no such variant.")
        low, high = usd(1000 * quantity), usd(self.high * quantity + 100 * wrap)
        return GiftEstimate("Tea", low, high, (("var_tea", quantity),))

    async def final(
        self, variant_id: str, quantity: int, *, wrap: bool, address: PostalAddress
    ) -> Money:
        assert variant_id == "var_tea"
        return usd((1500 if address.region == "NY" else 1200) * quantity + 100 * wrap)

    async def exchanges(self, variant_id: str, quantity: int) -> tuple[Exchange, ...]:
        return (
            Exchange("var_tea", "Tea", (("var_tea", quantity),)),
            Exchange("var_cup", "A cup", (("var_cup", quantity),)),
        )


@dataclass
class MadeUpGivers:
    """One purchaser with one method, which can be changed."""

    token: str = "sim_ok"
    for_gifts: dict[str, PostalAddress] = field(default_factory=dict)

    async def giver(self, purchaser_id: str, reading: Reading) -> Giver | None:
        return Giver(purchaser_id, f"{purchaser_id}@givers.example.com", "Charles Babbage")

    async def payment_method(
        self, purchaser_id: str, id: str | None, reading: Reading
    ) -> PaymentMethod | None:
        known = {None: self.token, "pay_1": self.token, "pay_ok": "sim_ok"}
        if id not in known:
            return None
        return PaymentMethod(id or "pay_1", purchaser_id, known[id])

    async def addresses_for_gifts(self, email: str, reading: Reading) -> tuple[PostalAddress, ...]:
        found = self.for_gifts.get(email)
        return (found,) if found else ()


class AmericanPhones:
    """Numbers that begin with +1 and have eleven digits."""

    def e164(self, text: str, country: str) -> str | None:
        digits = re.sub(r"[^\d+]", "", text)
        return digits if re.fullmatch(r"\+1\d{10}", digits) else None


@dataclass
class MadeUpSource:
    """A source whose records are given, and which can fail."""

    name: str
    family: str
    answers: dict[str, SourceRecord] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    failing: bool = False

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:
        self.asked.append(key)
        if self.failing:
            raise SourceFailed(self.name)
        found = self.answers.get(key)
        return (found,) if found else ()


class Nowhere:
    """Calls nobody."""

    async def acceptable(self, url: str) -> bool:
        return url.startswith("https://")

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        return 204


@dataclass
class Sent:
    """Everything that went out."""

    mails: list[Mail] = field(default_factory=list)
    texts: list[Sms] = field(default_factory=list)

    async def send(self, message: Mail | Sms) -> None:
        match message:
            case Mail():
                self.mails.append(message)
            case Sms():
                self.texts.append(message)

    def to(self, address: str) -> list[Mail]:
        return [each for each in self.mails if each.to == address]


GIFTS = GiftPolicy(
    email_wait=timedelta(hours=72),
    phone_wait=timedelta(hours=48),
    lifetime=timedelta(days=14),
    giver_wait=timedelta(days=7),
    most_messages=3,
    exchangeable=True,
    sources=("first", "second"),
    directory_fresh=timedelta(days=365),
    facts_kept=timedelta(days=30),
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
    gifts=GIFTS,
)


class Shop:
    """The parts, and short ways to do things."""

    def __init__(self, database: AnyDatabase, clock: StandingClock) -> None:
        self.clock = clock
        self.database = database
        self.sent = Sent()
        self.hub = Hub()
        self.givers = MadeUpGivers()
        self.prices = MadeUpPrices()
        self.first = MadeUpSource("first", "one")
        self.second = MadeUpSource("second", "two")
        self.payments = SimulatedPayments(
            database, RandomIds(), "https://shop.example", Habits(silence=0)
        )
        sources: dict[str, Source] = {"first": self.first, "second": self.second}
        self.parts = GiftParts(
            policy=POLICY,
            database=database,
            clock=clock,
            ids=RandomIds(),
            cipher=EnvelopeCipher("a secret"),
            wakeups=self.hub,
            payments=self.payments,
            pricing=self.prices,
            givers=self.givers,
            countries=DataCountries(),
            phones=AmericanPhones(),
            letters=TemplateLetters(),
            names=name_signs(),
            sources=sources,
            calls=Nowhere(),
        )

    async def turn(self) -> None:
        """Everything that is due, until nothing is."""
        mail, sms = MailCourier(self.sent), SmsCourier(self.sent)
        couriers: dict[MessageKind, Courier] = {MessageKind.MAIL: mail, MessageKind.SMS: sms}
        sending = SendMessages(self.database, self.parts.cipher, couriers)
        steps = (WithdrawGiftOrders(self.parts), ResolveGifts(self.parts), sending)
        while await turn(steps, self.clock.now()):
            pass

    async def later(self, wait: timedelta) -> None:
        self.clock.advance(wait)
        await self.turn()

    async def give(
        self, *recipients: RecipientDetails, by: GiftCaller = GIVER, **changes: object
    ) -> Gift:
        """The first of the gifts made, with everything due done."""
        key = f"key {self.parts.ids.new('k')}"
        request = GiftRequest("var_tea", recipients or (BY_EMAIL,), key)
        request = replace(request, **changes)  # type: ignore[arg-type]
        outcome = await create_gifts(request, by, parts=self.parts)
        assert outcome.value is not None, outcome.user_errors
        await self.turn()
        return await self.gift(outcome.value[0].id)

    async def stock(self, count: int | None, *, backorder: bool = False) -> None:
        """Have so many of tea and of cups; None: without limit."""
        stock = Stock(count, backorder=backorder)
        goods = [Variant(id, "prd_1", id, id, {"USD": 900}, stock=stock) for id in GOODS]
        async with self.database.begin() as work:
            await work.catalogue.save({Product("prd_1", "goods", "Goods"): goods}, self.clock.now())

    async def left(self) -> list[int | None]:
        """How many of tea and of cups are there."""
        async with self.database.read() as reading:
            found = await reading.catalogue.variants(GOODS)
        return [found[id].stock.available for id in GOODS]

    async def gift(self, id: str) -> Gift:
        async with self.database.read() as reading:
            held = await fetched(id, reading=reading, parts=self.parts)
        assert held is not None
        return held.gift

    async def events(self, id: str) -> list[str]:
        async with self.database.read() as reading:
            return [each.type for each in await reading.gift_events.after(id, 0, 100)]

    def token(self, address: str = "ada@example.com") -> str:
        """The secret of the latest message to ``address``."""
        sent: list[Mail | Sms] = [*self.sent.mails, *self.sent.texts]
        texts = [each.text for each in sent if each.to == address]
        return str(re.findall(r"/gift#(\S+)", texts[-1])[-1])

    async def charges(self) -> list[tuple[int, str]]:
        made = await self.payments.charges()
        return sorted((each.amount_minor, each.status.value) for each in made)
