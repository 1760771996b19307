"""The state, label and hints of a product's one-click button."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from gateway.engine.identity.purchasers import (
    OneClickProfile,
    PaymentMethod,
    ProfileDetails,
    SavedAddress,
    default_profile,
)
from gateway.engine.values import LastingValue

ADDRESS = "address"
PAYMENT_METHOD = "paymentMethod"
"""The names of missing details in the API."""


class OneClickState(StrEnum):
    """The state of a one-click button."""

    UNAVAILABLE = "UNAVAILABLE"
    NEEDS_SIGN_IN = "NEEDS_SIGN_IN"
    NEEDS_INFO = "NEEDS_INFO"
    ENABLEABLE = "ENABLEABLE"
    READY = "READY"
    ORDERED = "ORDERED"


LABELS = {
    OneClickState.UNAVAILABLE: "Not available",
    OneClickState.NEEDS_SIGN_IN: "Sign in to buy with one click",
    OneClickState.NEEDS_INFO: "Complete your details to buy with one click",
    OneClickState.ENABLEABLE: "Turn on buying with one click",
    OneClickState.READY: "Buy with one click",
    OneClickState.ORDERED: "Ordered",
}
"""The text of the button in each state."""


@dataclass(frozen=True, slots=True)
class OfferHints:
    """Parts of a purchaser's details: enough to recognise one's own, too little to misuse."""

    purchaser: str | None = None
    shipping: str | None = None
    payment: str | None = None


NO_HINTS = OfferHints()


@dataclass(frozen=True, slots=True)
class OneClickAction:
    """The text of the button."""

    label: str


@dataclass(frozen=True, slots=True)
class OneClickButton(LastingValue):
    """The state of a button, the details that are missing, and hints at those it would use.

    All variants that are alike to the purchaser have the same one.
    """

    state: OneClickState
    missing: tuple[str, ...] = ()
    hints: OfferHints = field(default=NO_HINTS, repr=False)


@dataclass(frozen=True, slots=True)
class OneClickOffer:
    """A variant's ``button``; ``variant_id`` is what it buys."""

    button: OneClickButton
    variant_id: str

    @property
    def state(self) -> OneClickState:
        """What pressing the button would do."""
        return self.button.state

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the details that are missing."""
        return self.button.missing

    @property
    def action(self) -> OneClickAction:
        """The text of the button for this state."""
        return OneClickAction(LABELS[self.state])

    @property
    def purchaser_hint(self) -> str | None:
        """A part of the purchaser's name."""
        return self.button.hints.purchaser

    @property
    def shipping_hint(self) -> str | None:
        """The label of the address, else its city."""
        return self.button.hints.shipping

    @property
    def payment_hint(self) -> str | None:
        """The nickname of the payment method, else at most four digits."""
        return self.button.hints.payment


@dataclass(frozen=True, slots=True)
class OneClickSetup:
    """The stored details of a purchaser, and the profiles enabled on the present client.

    Addresses and payment methods are in the order in which they were added.
    """

    addresses: tuple[SavedAddress, ...] = ()
    payment_methods: tuple[PaymentMethod, ...] = ()
    profiles: tuple[OneClickProfile, ...] = ()

    def find_address(self, id: str) -> SavedAddress | None:
        """Return the address with this id; None if it was deleted."""
        return next((address for address in self.addresses if address.id == id), None)

    def find_payment_method(self, id: str, today: date) -> PaymentMethod | None:
        """Return the payment method with this id; None if it was deleted or has expired."""
        usable = usable_methods(self.payment_methods, today)
        return next((method for method in usable if method.id == id), None)

    def usable_profiles(self, today: date) -> tuple[ProfileDetails, ...]:
        """The profiles whose address and payment method are still there, the earliest first."""
        default = default_profile(self.profiles)
        details = (
            (
                profile,
                self.find_address(profile.address_id),
                self.find_payment_method(profile.payment_method_id, today),
            )
            for profile in self.profiles
        )
        return tuple(
            ProfileDetails(profile.label, address, method, is_default=profile == default)
            for profile, address, method in details
            if address is not None and method is not None
        )


def usable_methods(methods: Iterable[PaymentMethod], today: date) -> tuple[PaymentMethod, ...]:
    """The payment methods that have not expired on ``today``."""
    return tuple(method for method in methods if not method.is_expired(today))


def build_button(
    setup: OneClickSetup | None, *, today: date, available: bool = True, ordered: bool = False
) -> OneClickButton:
    """Build the button for a purchaser with ``setup`` (None: no purchaser is known).

    ``ordered``: the purchaser has just bought this by one click and can still undo it.
    """
    if setup is None:
        return OneClickButton(OneClickState.NEEDS_SIGN_IN)
    address, method = _select_details(setup, today)
    hints = build_hints(address, method)
    if ordered:
        return OneClickButton(OneClickState.ORDERED, hints=hints)
    if not available:
        return OneClickButton(OneClickState.UNAVAILABLE)
    missing = missing_details(address, method)
    if missing:
        return OneClickButton(OneClickState.NEEDS_INFO, missing, hints)
    return OneClickButton(
        OneClickState.READY if setup.profiles else OneClickState.ENABLEABLE, (), hints
    )


def missing_details(address: SavedAddress | None, method: PaymentMethod | None) -> tuple[str, ...]:
    """The names of the details that are None."""
    details = ((ADDRESS, address), (PAYMENT_METHOD, method))
    return tuple(name for name, value in details if value is None)


def build_hints(address: SavedAddress | None, method: PaymentMethod | None) -> OfferHints:
    """The hints that may be shown to a caller who is not signed in."""
    return OfferHints(
        purchaser=name_hint(address.name) if address else None,
        shipping=(address.label or address.city) if address else None,
        payment=(method.hint or None) if method else None,
    )


def name_hint(name: str) -> str | None:
    """The first word of ``name``; if it has only one word, the first letter."""
    words = name.split()
    if len(words) > 1:
        return words[0]
    return f"{words[0][0]}…" if words else None


def _select_details(
    setup: OneClickSetup, today: date
) -> tuple[SavedAddress | None, PaymentMethod | None]:
    """The address and method of the default profile; without one, those added last."""
    profile = default_profile(setup.profiles)
    if profile is not None:
        method = setup.find_payment_method(profile.payment_method_id, today)
        return setup.find_address(profile.address_id), method
    methods = usable_methods(setup.payment_methods, today)
    return (
        setup.addresses[-1] if setup.addresses else None,
        methods[-1] if methods else None,
    )
