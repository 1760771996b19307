"""Purchasers and what is kept for them: addresses, payment methods, one-click profiles."""

from dataclasses import dataclass, field
from datetime import date, datetime

from gateway.engine.addresses.address import PostalAddress


@dataclass(frozen=True, slots=True)
class Purchaser:
    """Someone who buys; ``email`` is empty where an identity provider told none."""

    id: str
    email: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SavedAddress:
    """One of a purchaser's addresses, under a label no other of theirs has.

    ``use_for_gifts``: a gift to this purchaser may be sent here without asking.
    """

    id: str
    purchaser_id: str
    label: str = field(repr=False)
    postal: PostalAddress = field(repr=False)
    use_for_gifts: bool

    @property
    def name(self) -> str:
        """Who receives there."""
        return self.postal.name

    @property
    def country(self) -> str:
        """ISO 3166-1 alpha-2."""
        return self.postal.country

    @property
    def region(self) -> str | None:
        """The country's own code of the region."""
        return self.postal.region

    @property
    def city(self) -> str | None:
        """The town."""
        return self.postal.city

    @property
    def postal_code(self) -> str | None:
        """As the country writes it."""
        return self.postal.postal_code

    @property
    def lines(self) -> tuple[str, ...]:
        """Street and house, in the order of a label."""
        return self.postal.lines


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A method kept by the payment provider, known here by the provider's token alone.

    ``last_four``: at most four digits; ``expires_on``: the last day it can be charged.
    """

    id: str
    purchaser_id: str
    provider_token: str = field(repr=False)
    nickname: str | None = field(default=None, repr=False)
    last_four: str | None = field(default=None, repr=False)
    expires_on: date | None = None

    @property
    def hint(self) -> str:
        """The nickname, else the last digits; empty where the provider tells none."""
        return self.nickname or self.last_four or ""

    def is_expired(self, today: date) -> bool:
        """Whether it can no longer be charged."""
        return self.expires_on is not None and today > self.expires_on


@dataclass(frozen=True, slots=True)
class OneClickProfile:
    """What one press of the button means on one client: where it goes and how it is paid."""

    label: str = field(repr=False)
    address_id: str
    payment_method_id: str
    enabled_at: datetime


def default_profile(profiles: tuple[OneClickProfile, ...]) -> OneClickProfile | None:
    """The profile meant where none is named: the one enabled last."""
    return max(profiles, key=lambda each: (each.enabled_at, each.label), default=None)
