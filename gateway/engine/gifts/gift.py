"""A gift as a value: its recipient, channels, facts, address candidates and charges."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.addresses.validation import AddressVerdict
from gateway.engine.gifts.charges import Charges
from gateway.engine.gifts.statuses import TERMINAL_STATUSES, GiftStatus
from gateway.engine.text.name_matching import NameVerdict


class ChannelKind(StrEnum):
    """A way to contact a recipient."""

    EMAIL = "EMAIL"
    SMS = "SMS"


class ChannelState(StrEnum):
    """UNTRIED can be opened, OPEN waits for an answer, SPENT is never used again."""

    UNTRIED = "UNTRIED"
    OPEN = "OPEN"
    SPENT = "SPENT"


@dataclass(frozen=True, slots=True)
class Channel:
    """One contact of the recipient and its state.

    ``contact`` is a normalised e-mail address or an E.164 number. ``send_at``, ``remind_at`` and
    ``due_at`` are the times of the message, the reminder and the end of the wait. ``messages``
    counts the messages that were sent.
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
    """The parts of an address that the giver knows."""

    country: str | None = field(default=None, repr=False)
    region: str | None = field(default=None, repr=False)
    city: str | None = field(default=None, repr=False)
    postal_code: str | None = field(default=None, repr=False)
    lines: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Recipient:
    """The giver's information about the recipient. Contacts are normalised."""

    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    postal: PartialAddress | None = None
    hints: str | None = field(default=None, repr=False)


class FactKind(StrEnum):
    """The kind of a fact that a source can find."""

    ADDRESS = "ADDRESS"
    EMAIL = "EMAIL"
    PHONE = "PHONE"


@dataclass(frozen=True, slots=True)
class Fact:
    """Information found by a source, with its origin.

    ``family`` names the origin of the source's data: sources of one family do not confirm each
    other. ``confidence`` is in percent. ``as_of`` is the time when the record was last known to be
    true. ``contact_matches``: the record has the e-mail address or phone number from the giver;
    ``matched`` are those contacts.
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
    """The person who stated an address."""

    RECIPIENT = "RECIPIENT"
    GIVER = "GIVER"


class CandidateStatus(StrEnum):
    """PROPOSED is to be verified, UNCONFIRMED needs a confirmation, REJECTED is not used."""

    PROPOSED = "PROPOSED"
    UNCONFIRMED = "UNCONFIRMED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class AddressCandidate:
    """An address to which the gift may go. ``key`` is the same for all spellings of one address.

    ``said_through`` is the blind index of the contact whose link the recipient used to state it.
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
    """A query to a source by one key. ``retry_at`` is set while the source is failing."""

    source: str
    key: str = field(repr=False)
    tries: int
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GiftItem:
    """The goods of a gift."""

    variant_id: str
    title: str
    quantity: int
    wrap: str | None = None


@dataclass(frozen=True, slots=True)
class GiftNote:
    """The message of a gift. ``sender`` is empty if the giver wants to stay unnamed."""

    message: str | None = field(default=None, repr=False)
    sender: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DispatchKey:
    """The idempotency key of a request that a gift leaves, with the fingerprint of its body."""

    scope: str
    key: str
    operation: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DispatchRequest:
    """A request that a gift leaves, which is recorded once the gift has left.

    It is that of parcel ``parcel_id``, by ``member`` of staff, whose API key has that name.
    """

    parcel_id: str
    member: str | None = None
    key: DispatchKey | None = None


@dataclass(frozen=True, slots=True)
class GiftRules:
    """The waits and limits of gifts, from the settings. ``sources`` are asked in this order.

    A failed source is asked again after ``first_retry_delay``, then after twice as long each time,
    at most ``max_retry_delay``. After ``max_tries_before_giver`` failures the giver is asked as
    well.
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

    ``sequence`` counts its events. ``starts_at`` is the earliest time for messages. ``deadline``
    ends the gift, ``giver_due`` the present (or last) wait for the giver. ``destination`` is the
    key of the candidate to which it goes. ``tracking_url`` is the carrier's page, which may show
    the address. ``reserved`` is the quantity taken from stock, by variant id. ``forget_at_end``:
    personal data must be erased as soon as the gift ends, because it could not be erased while the
    parcel was on its way. ``parcel_id`` is the shipment it is sent in; None before there is one,
    and after that came back or was cancelled. ``dispatch_requests`` are those that began the
    dispatch that is in progress: whichever process ends it records them.
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
    dispatch_requests: tuple[DispatchRequest, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether the status is terminal."""
        return self.status in TERMINAL_STATUSES

    @property
    def releases_stock(self) -> bool:
        """Whether the gift has ended and its goods are still in stock: never sent, or returned."""
        return self.settled and self.status is not GiftStatus.DELIVERED and bool(self.reserved)

    @property
    def ends_at(self) -> datetime:
        """The time when the gift is given up: its deadline, or the end of a later giver's wait."""
        return max(self.deadline, self.giver_due or self.deadline)

    @property
    def address(self) -> PostalAddress | None:
        """The address to which the gift goes; None until it is resolved."""
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
        """Whether it is on its way, or delivered, to an address that the recipient stated."""
        is_sent = self.status in {GiftStatus.DISPATCHED, GiftStatus.DELIVERED}
        return is_sent and self._stated_candidate is not None

    def is_sent_to_address_stated_through(self, contact_index: str) -> bool:
        """Whether it was sent to an address stated through the link to this contact.

        ``contact_index`` is the blind index of the contact.
        """
        stated_candidate = self._stated_candidate
        # Statements stored by earlier versions have no ``said_through``.
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
        """Whether it was delivered to an address that the recipient stated."""
        return self.status is GiftStatus.DELIVERED and self.is_sent_to_stated_address

    @property
    def open_channel(self) -> Channel | None:
        """The channel on which an answer is awaited; None if there is none."""
        return next((each for each in self.channels if each.state is ChannelState.OPEN), None)
