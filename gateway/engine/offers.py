"""What a product's one-click button says to whoever is looking at it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from gateway.engine.purchasers import PaymentMethod, Profile, SavedAddress, default_profile

ADDRESS = "address"
PAYMENT_METHOD = "paymentMethod"


class OfferState(StrEnum):
    """What pressing the button would do."""

    UNAVAILABLE = "UNAVAILABLE"
    NEEDS_SIGN_IN = "NEEDS_SIGN_IN"
    NEEDS_INFO = "NEEDS_INFO"
    ENABLEABLE = "ENABLEABLE"
    READY = "READY"
    ORDERED = "ORDERED"


LABELS = {
    OfferState.UNAVAILABLE: "Not available",
    OfferState.NEEDS_SIGN_IN: "Sign in to buy with one click",
    OfferState.NEEDS_INFO: "Complete your details to buy with one click",
    OfferState.ENABLEABLE: "Turn on buying with one click",
    OfferState.READY: "Buy with one click",
    OfferState.ORDERED: "Ordered",
}


@dataclass(frozen=True, slots=True)
class Hints:
    """Enough for a purchaser to know themselves by, too little for anybody else to use."""

    purchaser: str | None = None
    shipping: str | None = None
    payment: str | None = None


NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class OfferAction:
    """The button's words."""

    label: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One button's state, what is missing for it, and hints at what it would use."""

    state: OfferState
    missing: tuple[str, ...] = ()
    hints: Hints = field(default=NO_HINTS, repr=False)

    @property
    def action(self) -> OfferAction:
        """What the button says."""
        return OfferAction(LABELS[self.state])

    @property
    def purchaser_hint(self) -> str | None:
        """A part of the purchaser's name."""
        return self.hints.purchaser

    @property
    def shipping_hint(self) -> str | None:
        """The address's label, else its town."""
        return self.hints.shipping

    @property
    def payment_hint(self) -> str | None:
        """The method's nickname, else at most four digits."""
        return self.hints.payment


@dataclass(frozen=True, slots=True)
class Standing:
    """What a purchaser keeps, and what of it is enabled on the client asking.

    Addresses and methods are in the order they were added.
    """

    addresses: tuple[SavedAddress, ...] = ()
    payment_methods: tuple[PaymentMethod, ...] = ()
    profiles: tuple[Profile, ...] = ()

    def address(self, id: str) -> SavedAddress | None:
        """The address with this id, unless it was deleted."""
        return next((each for each in self.addresses if each.id == id), None)

    def payment_method(self, id: str, today: date) -> PaymentMethod | None:
        """The method with this id, unless it was deleted or has expired."""
        usable = usable_methods(self.payment_methods, today)
        return next((each for each in usable if each.id == id), None)


def usable_methods(methods: Iterable[PaymentMethod], today: date) -> tuple[PaymentMethod, ...]:
    """Those of ``methods`` that can still be charged."""
    return tuple(each for each in methods if not each.expired(today))


def offer(
    standing: Standing | None, *, today: date, available: bool = True, ordered: bool = False
) -> Offer:
    """The button for somebody with ``standing`` (None: no purchaser is known).

    ``ordered``: they have just bought this by one click and can still take it back.
    """
    if standing is None:
        return Offer(OfferState.NEEDS_SIGN_IN)
    address, method = _chosen(standing, today)
    hints = hints_at(address, method)
    if ordered:
        return Offer(OfferState.ORDERED, hints=hints)
    if not available:
        return Offer(OfferState.UNAVAILABLE)
    missing = lacking(address, method)
    if missing:
        return Offer(OfferState.NEEDS_INFO, missing, hints)
    return Offer(OfferState.READY if standing.profiles else OfferState.ENABLEABLE, (), hints)


def lacking(address: SavedAddress | None, method: PaymentMethod | None) -> tuple[str, ...]:
    """The names of what is absent."""
    absent = ((ADDRESS, address), (PAYMENT_METHOD, method))
    return tuple(name for name, value in absent if value is None)


def hints_at(address: SavedAddress | None, method: PaymentMethod | None) -> Hints:
    """What may be shown of an address and a method to somebody who has not signed in."""
    return Hints(
        purchaser=name_part(address.name) if address else None,
        shipping=(address.label or address.city) if address else None,
        payment=(method.hint or None) if method else None,
    )


def name_part(name: str) -> str | None:
    """The first word of ``name``; of a single word only its first letter."""
    words = name.split()
    if len(words) > 1:
        return words[0]
    return f"{words[0][0]}…" if words else None


def _chosen(standing: Standing, today: date) -> tuple[SavedAddress | None, PaymentMethod | None]:
    """What the default profile names; without one, what was added last."""
    profile = default_profile(standing.profiles)
    if profile is not None:
        method = standing.payment_method(profile.payment_method_id, today)
        return standing.address(profile.address_id), method
    methods = usable_methods(standing.payment_methods, today)
    return (
        standing.addresses[-1] if standing.addresses else None,
        methods[-1] if methods else None,
    )
