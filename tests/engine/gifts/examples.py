"""One gift and its parts, to be varied by tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.engine.gifts.candidates import address_key
from gateway.engine.gifts.charges import Charges, GiftPaymentState
from gateway.engine.gifts.transitions import Progress, Refused
from gateway.engine.gifts.values import (
    Candidate,
    Channel,
    ChannelKind,
    Fact,
    FactKind,
    Gift,
    GiftItem,
    GiftRules,
    Recipient,
    Speaker,
)
from gateway.engine.money import Currency, Money
from gateway.engine.names import NameVerdict
from gateway.engine.places import PostalAddress
from gateway.engine.sufficiency import Level

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
USD = Currency("USD", 2)
RULES = GiftRules(sources=("saved_addresses", "directory"))
HOME = PostalAddress("Ada Lovelace", "US", "CA", "Mountain View", "94043", ("1 Oak Street",))
WORK = PostalAddress("Ada Lovelace", "US", "NY", "New York", "10001", ("2 Elm Avenue",))
EMAIL = Channel(ChannelKind.EMAIL, "ada@example.com")
SMS = Channel(ChannelKind.SMS, "+14155552671")


def usd(minor: int) -> Money:
    return Money(minor, USD)


def a_gift(**changes: object) -> Gift:
    gift = Gift(
        id="gft_1",
        order_id="gor_1",
        tracking_number="T1",
        giver_id="pur_1",
        item=GiftItem("var_1", "Tea", 1),
        recipient=Recipient(name="Ada Lovelace"),
        charges=Charges(usd(1000), usd(1500), usd(1500), GiftPaymentState.MANDATE, "pay_1"),
        created_at=NOW,
        starts_at=NOW,
        deadline=NOW + timedelta(days=14),
    )
    return replace(gift, **changes)  # type: ignore[arg-type]


def by_email(**changes: object) -> Gift:
    recipient = Recipient(name="Ada Lovelace", email="ada@example.com")
    return a_gift(**{"recipient": recipient, "channels": (EMAIL,), **changes})


def said(address: PostalAddress, speaker: Speaker = Speaker.RECIPIENT) -> Candidate:
    return Candidate(address_key(address), address, Level.OK, said_by=speaker)


def an_address_fact(address: PostalAddress = HOME, **changes: object) -> Fact:
    fact = Fact(
        kind=FactKind.ADDRESS,
        value=address,
        source="directory",
        family="directory",
        confidence=80,
        found_at=NOW,
        as_of=NOW - timedelta(days=1),
        name=NameVerdict.MATCH,
        contact_matches=True,
    )
    return replace(fact, **changes)  # type: ignore[arg-type]


def found(address: PostalAddress = HOME, **changes: object) -> Candidate:
    fact = an_address_fact(address, **changes)
    return Candidate(address_key(address), address, Level.OK, facts=(fact,))


def went_on(progress: Progress | Refused) -> Progress:
    assert isinstance(progress, Progress)
    return progress


def happened(progress: Progress | Refused) -> list[tuple[str, str]]:
    return [(each.type.value, each.status.value) for each in went_on(progress).records]
