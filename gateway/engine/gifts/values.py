"""A gift as a value: the recipient as far as known, channels, facts, candidates, charges."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.engine.gifts.charges import Charges
from gateway.engine.gifts.statuses import TERMINAL, GiftStatus
from gateway.engine.names import NameVerdict
from gateway.engine.places import PostalAddress
from gateway.engine.sufficiency import Level


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


class Speaker(StrEnum):
    """Whose word an address is."""

    RECIPIENT = "RECIPIENT"
    GIVER = "GIVER"


class Standing(StrEnum):
    """PROPOSED is to be verified, UNCONFIRMED lacks a confirmation, REJECTED is out."""

    PROPOSED = "PROPOSED"
    UNCONFIRMED = "UNCONFIRMED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address the gift might go to; ``key`` is the same for all spellings of one address.

    ``said_through`` is the blind index of the contact whose link the recipient said it by.
    """

    key: str = field(repr=False)
    address: PostalAddress = field(repr=False)
    level: Level
    said_by: Speaker | None = None
    confirmed: bool = False
    standing: Standing = Standing.PROPOSED
    facts: tuple[Fact, ...] = ()
    said_through: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
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
class Note:
    """The words that come with a gift; ``sender`` is empty where the giver stays unnamed."""

    message: str | None = field(default=None, repr=False)
    sender: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class GiftRules:
    """The waits and limits that settings give; ``sources`` in the order they are asked.

    A source that fails is asked again after ``retry_after``, then after twice as long each time up
    to ``longest_retry``; after ``patient_tries`` failures the giver is asked meanwhile.
    """

    sources: tuple[str, ...] = ()
    email_wait: timedelta = timedelta(hours=72)
    phone_wait: timedelta = timedelta(hours=48)
    lifetime: timedelta = timedelta(days=14)
    giver_wait: timedelta = timedelta(days=7)
    fresh: timedelta = timedelta(days=365)
    most_messages: int = 3
    most_rounds: int = 5
    most_confirmations: int = 3
    patient_tries: int = 3
    retry_after: timedelta = timedelta(seconds=2)
    longest_retry: timedelta = timedelta(hours=1)
    facts_kept: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Gift:
    """One gift to one recipient.

    ``sequence`` counts its events. ``starts_at`` is when messages may begin; ``deadline`` bounds
    the whole gift, ``giver_due`` the giver's present (or last) turn. ``destination`` is the key
    of the candidate it goes to; ``tracking_url`` is the carrier's page, which may name the place.
    ``reserved`` is what it has taken from stock, by variant id. ``forget_at_end``: somebody who
    was to be forgotten could not be while the parcel was on its way.
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
    note: Note = Note()
    channels: tuple[Channel, ...] = ()
    facts: tuple[Fact, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    asked: tuple[Asked, ...] = ()
    destination: str | None = field(default=None, repr=False)
    giver_due: datetime | None = None
    giver_rounds: int = 0
    confirmations: int = 0
    decline_reason: str | None = field(default=None, repr=False)
    ended_at: datetime | None = None
    reserved: tuple[tuple[str, int], ...] = ()
    tracking_url: str | None = field(default=None, repr=False)
    forget_at_end: bool = False

    @property
    def settled(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.status in TERMINAL

    @property
    def frees_stock(self) -> bool:
        """Whether it has ended with its goods in the shop: never sent, or come back."""
        return self.settled and self.status is not GiftStatus.DELIVERED and bool(self.reserved)

    @property
    def ends_at(self) -> datetime:
        """When it is given up: at its deadline, or after the giver's last turn if that is later."""
        return max(self.deadline, self.giver_due or self.deadline)

    @property
    def address(self) -> PostalAddress | None:
        """Where it goes, once that is resolved."""
        keys = {each.key: each.address for each in self.candidates}
        return keys.get(self.destination) if self.destination else None

    @property
    def sent_where_said(self) -> bool:
        """Whether it is going, or has gone, where its recipient said."""
        sent = self.status in {GiftStatus.DISPATCHED, GiftStatus.DELIVERED}
        return sent and self._said is not None

    def sent_where_said_through(self, blind: str) -> bool:
        """Whether that was said by the link to the contact with this blind index."""
        said = self._said
        # Words of earlier versions do not tell by which link they came.
        return self.sent_where_said and said is not None and said.said_through in {None, blind}

    @property
    def _said(self) -> "Candidate | None":
        said = (each for each in self.candidates if each.said_by is Speaker.RECIPIENT)
        return next((each for each in said if each.key == self.destination), None)

    @property
    def arrived_where_said(self) -> bool:
        """Whether it was handed over where its recipient said."""
        return self.status is GiftStatus.DELIVERED and self.sent_where_said

    @property
    def open_channel(self) -> Channel | None:
        """The channel whose answer is awaited."""
        return next((each for each in self.channels if each.state is ChannelState.OPEN), None)
