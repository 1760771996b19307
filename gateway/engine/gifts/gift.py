"""A gift as a value: the recipient as far as known, channels, facts, candidates, charges."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.addresses.validation import AddressVerdict
from gateway.engine.gifts.charges import Charges
from gateway.engine.gifts.statuses import TERMINAL_STATUSES, GiftStatus
from gateway.engine.text.name_matching import NameVerdict


class ChannelKind(StrEnum):
    """A way to reach a recipient."""

    EMAIL = "EMAIL"
    SMS = "SMS"


class ChannelState(StrEnum):
    """UNTRIED may be opened, OPEN is waiting for an answer, SPENT is never used again."""

    UNTRIED = "UNTRIED"
    OPEN = "OPEN"
    SPENT = "SPENT"


@dataclass(frozen=True, slots=True)
class Channel:
    """One contact of the recipient's and what became of it.

    ``contact`` is a normalised e-mail address or an E.164 number.
    """

    kind: ChannelKind
    contact: str = field(repr=False)
    state: ChannelState = ChannelState.UNTRIED
    send_at: datetime | None = None
    due_at: datetime | None = None
    remind_at: datetime | None = None
    messages: int = 0


@dataclass(frozen=True, slots=True)
class PartialAddress:
    """As much of an address as the giver knows."""

    country: str | None = field(default=None, repr=False)
    region: str | None = field(default=None, repr=False)
    city: str | None = field(default=None, repr=False)
    postal_code: str | None = field(default=None, repr=False)
    lines: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Recipient:
    """What the giver said of the recipient; contacts are normalised."""

    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    postal: PartialAddress | None = None
    hints: str | None = field(default=None, repr=False)


class FactKind(StrEnum):
    """What a source can find."""

    ADDRESS = "ADDRESS"
    EMAIL = "EMAIL"
    PHONE = "PHONE"


@dataclass(frozen=True, slots=True)
class Fact:
    """A found datum with its provenance.

    ``family`` names what the source draws on: sources of one family do not confirm each other.
    ``confidence`` is in percent. ``as_of`` is when the record was last known to be true.
    ``contact_matches``: the record holds the e-mail or phone the giver gave; ``matched`` are those.
    """

    kind: FactKind
    value: str | PostalAddress = field(repr=False)
    source: str
    family: str
    confidence: int
    found_at: datetime
    as_of: datetime | None = None
    name: NameVerdict = NameVerdict.UNCERTAIN
    contact_matches: bool = False
    matched: tuple[str, ...] = field(default=(), repr=False)


class StatedBy(StrEnum):
    """Whose word an address is."""

    RECIPIENT = "RECIPIENT"
    GIVER = "GIVER"


class CandidateStatus(StrEnum):
    """PROPOSED is to be verified, UNCONFIRMED lacks a confirmation, REJECTED is out."""

    PROPOSED = "PROPOSED"
    UNCONFIRMED = "UNCONFIRMED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class AddressCandidate:
    """An address the gift might go to; ``key`` is the same for all spellings of one address.

    ``said_through`` is the blind index of the contact whose link the recipient said it by.
    """

    key: str = field(repr=False)
    address: PostalAddress = field(repr=False)
    level: AddressVerdict
    said_by: StatedBy | None = None
    confirmed: bool = False
    standing: CandidateStatus = CandidateStatus.PROPOSED
    facts: tuple[Fact, ...] = ()
    said_through: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SourceQuery:
    """A source asked by one key; ``retry_at`` is set while it is failing."""

    source: str
    key: str = field(repr=False)
    tries: int
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GiftItem:
    """What is given."""

    variant_id: str
    title: str
    quantity: int
    wrap: str | None = None


@dataclass(frozen=True, slots=True)
class GiftNote:
    """The words that come with a gift; ``sender`` is empty where the giver stays unnamed."""

    message: str | None = field(default=None, repr=False)
    sender: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class GiftRules:
    """The waits and limits that settings give; ``sources`` in the order they are asked.

    A source that fails is asked again after ``first_retry_delay``, then after twice as long each
    time up
    to ``max_retry_delay``; after ``max_tries_before_giver`` failures the giver is asked meanwhile.
    """

    sources: tuple[str, ...] = ()
    email_wait: timedelta = timedelta(hours=72)
    phone_wait: timedelta = timedelta(hours=48)
    lifetime: timedelta = timedelta(days=14)
    giver_wait: timedelta = timedelta(days=7)
    max_record_age: timedelta = timedelta(days=365)
    max_messages: int = 3
    max_rounds: int = 5
    max_confirmations: int = 3
    max_tries_before_giver: int = 3
    first_retry_delay: timedelta = timedelta(seconds=2)
    max_retry_delay: timedelta = timedelta(hours=1)
    facts_retention: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Gift:
    """One gift to one recipient.

    ``sequence`` counts its events. ``starts_at`` is when messages may begin; ``deadline`` bounds
    the whole gift, ``giver_due`` the giver's present (or last) turn. ``destination`` is the key
    of the candidate it goes to; ``tracking_url`` is the carrier's page, which may name the place.
    ``reserved`` is what it has taken from stock, by variant id. ``forget_at_end``: somebody who
    was to be forgotten could not be while the parcel was on its way. ``parcel_id`` is the shipment
    that it goes out in; None before there is one, and again once that came back or will not leave.
    """

    id: str
    order_id: str
    tracking_number: str
    giver_id: str
    item: GiftItem
    recipient: Recipient
    charges: Charges
    created_at: datetime
    starts_at: datetime
    deadline: datetime
    status: GiftStatus = GiftStatus.SCREENING
    sequence: int = 0
    partner_id: str | None = None
    contact_recipient: bool = True
    note: GiftNote = GiftNote()
    channels: tuple[Channel, ...] = ()
    facts: tuple[Fact, ...] = ()
    candidates: tuple[AddressCandidate, ...] = ()
    asked: tuple[SourceQuery, ...] = ()
    destination: str | None = field(default=None, repr=False)
    giver_due: datetime | None = None
    giver_rounds: int = 0
    confirmations: int = 0
    decline_reason: str | None = field(default=None, repr=False)
    ended_at: datetime | None = None
    reserved: tuple[tuple[str, int], ...] = ()
    tracking_url: str | None = field(default=None, repr=False)
    forget_at_end: bool = False
    parcel_id: str | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.status in TERMINAL_STATUSES

    @property
    def releases_stock(self) -> bool:
        """Whether it has ended with its goods in the shop: never sent, or come back."""
        return self.settled and self.status is not GiftStatus.DELIVERED and bool(self.reserved)

    @property
    def ends_at(self) -> datetime:
        """When it is given up: at its deadline, or after the giver's last turn if that is later."""
        return max(self.deadline, self.giver_due or self.deadline)

    @property
    def address(self) -> PostalAddress | None:
        """Where it goes, once that is resolved."""
        addresses_by_key = {each.key: each.address for each in self.candidates}
        return addresses_by_key.get(self.destination) if self.destination else None

    def needs_parcel(self, now: datetime) -> bool:
        """Whether it is to go out and there is no parcel of it yet."""
        return self._is_to_be_packed and now >= self.starts_at

    @property
    def packed_at(self) -> datetime | None:
        """When its parcel is to be made; None if there is one already, or none is to be made."""
        return self.starts_at if self._is_to_be_packed else None

    @property
    def _is_to_be_packed(self) -> bool:
        is_resolved = self.status is GiftStatus.RESOLVED
        return is_resolved and self.parcel_id is None and self.address is not None

    @property
    def is_sent_to_stated_address(self) -> bool:
        """Whether it is going, or has gone, where its recipient said."""
        is_sent = self.status in {GiftStatus.DISPATCHED, GiftStatus.DELIVERED}
        return is_sent and self._stated_candidate is not None

    def is_sent_to_address_stated_through(self, contact_index: str) -> bool:
        """Whether that was said by the link to the contact with this blind index."""
        stated_candidate = self._stated_candidate
        # Words of earlier versions do not tell by which link they came.
        return (
            self.is_sent_to_stated_address
            and stated_candidate is not None
            and stated_candidate.said_through in {None, contact_index}
        )

    @property
    def _stated_candidate(self) -> "AddressCandidate | None":
        stated_candidates = (each for each in self.candidates if each.said_by is StatedBy.RECIPIENT)
        return next((each for each in stated_candidates if each.key == self.destination), None)

    @property
    def is_delivered_to_stated_address(self) -> bool:
        """Whether it was handed over where its recipient said."""
        return self.status is GiftStatus.DELIVERED and self.is_sent_to_stated_address

    @property
    def open_channel(self) -> Channel | None:
        """The channel whose answer is awaited."""
        return next((each for each in self.channels if each.state is ChannelState.OPEN), None)
