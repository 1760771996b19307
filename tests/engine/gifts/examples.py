"""One gift and its parts, to be varied by tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.addresses.validation import AddressVerdict
from gateway.engine.gifts.candidates import address_key
from gateway.engine.gifts.charges import Charges, GiftPaymentState
from gateway.engine.gifts.gift import (
    AddressCandidate,
    Channel,
    ChannelKind,
    Fact,
    FactKind,
    Gift,
    GiftItem,
    GiftRules,
    Recipient,
    StatedBy,
)
from gateway.engine.gifts.transitions import TransitionRefused, TransitionResult
from gateway.engine.money import Currency, Money
from gateway.engine.text.name_matching import NameVerdict

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


def gift_by_email(**changes: object) -> Gift:
    recipient = Recipient(name="Ada Lovelace", email="ada@example.com")
    return a_gift(**{"recipient": recipient, "channels": (EMAIL,), **changes})


def stated_candidate(
    address: PostalAddress, stated_by: StatedBy = StatedBy.RECIPIENT
) -> AddressCandidate:
    return AddressCandidate(address_key(address), address, AddressVerdict.OK, said_by=stated_by)


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


def found_candidate(address: PostalAddress = HOME, **changes: object) -> AddressCandidate:
    fact = an_address_fact(address, **changes)
    return AddressCandidate(address_key(address), address, AddressVerdict.OK, facts=(fact,))


def require_result(result: TransitionResult | TransitionRefused) -> TransitionResult:
    assert isinstance(result, TransitionResult)
    return result


def logged_transitions(result: TransitionResult | TransitionRefused) -> list[tuple[str, str]]:
    return [(each.type.value, each.status.value) for each in require_result(result).log_entries]
