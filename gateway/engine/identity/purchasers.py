"""Purchasers and their stored addresses, payment methods and one-click profiles."""

from dataclasses import dataclass, field
from datetime import date, datetime

from gateway.engine.addresses.address import PostalAddress


@dataclass(frozen=True, slots=True)
class Purchaser:
    """Someone with a stored identity. ``email`` is empty if the identity provider gave none.

    ``phone`` is in E.164 form, ``locale`` a BCP 47 language tag.
    """

    id: str
    email: str = field(repr=False)
    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class SavedAddress:
    """A stored address of a purchaser. ``label`` is unique for the purchaser.

    ``use_for_gifts``: a gift to this purchaser may be sent here without asking.
    """

    id: str
    purchaser_id: str
    label: str = field(repr=False)
    postal: PostalAddress = field(repr=False)
    use_for_gifts: bool

    @property
    def name(self) -> str:
        """The name of the recipient."""
        return self.postal.name

    @property
    def country(self) -> str:
        """The country, ISO 3166-1 alpha-2."""
        return self.postal.country

    @property
    def region(self) -> str | None:
        """The region, by the country's own code."""
        return self.postal.region

    @property
    def city(self) -> str | None:
        """The city."""
        return self.postal.city

    @property
    def postal_code(self) -> str | None:
        """The postal code in the country's form."""
        return self.postal.postal_code

    @property
    def lines(self) -> tuple[str, ...]:
        """Street and house, in the order in which they are written."""
        return self.postal.lines

    @property
    def phone(self) -> str | None:
        """The telephone number for the carrier, in E.164 form."""
        return self.postal.phone


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A method that the payment provider keeps; here only the provider's token is stored.

    ``last_four``: at most four digits. ``expires_on``: the last day on which it can be charged.
    ``brand``: that of a card, in the provider's word (``visa``).
    """

    id: str
    purchaser_id: str
    provider_token: str = field(repr=False)
    nickname: str | None = field(default=None, repr=False)
    last_four: str | None = field(default=None, repr=False)
    expires_on: date | None = None
    brand: str | None = None

    @property
    def hint(self) -> str:
        """The nickname, else the last digits; empty if the provider gave none."""
        return self.nickname or self.last_four or ""

    def is_expired(self, today: date) -> bool:
        """Whether it can no longer be charged on ``today``."""
        return self.expires_on is not None and today > self.expires_on


@dataclass(frozen=True, slots=True)
class OneClickProfile:
    """The address and payment method that one click uses on a client."""

    label: str = field(repr=False)
    address_id: str
    payment_method_id: str
    enabled_at: datetime


@dataclass(frozen=True, slots=True)
class ProfileDetails:
    """A one-click profile with its address and payment method."""

    label: str = field(repr=False)
    address: SavedAddress
    payment_method: PaymentMethod
    is_default: bool


def default_profile(profiles: tuple[OneClickProfile, ...]) -> OneClickProfile | None:
    """The profile for a request that names none: the one enabled last."""
    return max(profiles, key=lambda each: (each.enabled_at, each.label), default=None)
