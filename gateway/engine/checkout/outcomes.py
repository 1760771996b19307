"""Buying: what a purchase is before it is paid, and everything it can come to."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.money import Money
from gateway.engine.orders.lines import DraftLine, OrderTerms
from gateway.engine.orders.order import ActionChannel, Order
from gateway.engine.pricing.discount_codes import StoredValuePayment
from gateway.engine.pricing.snapshots import PurchaseSnapshot
from gateway.engine.user_errors import UserError


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys: a purchaser, or a guest by e-mail; on which client, and whether signed in."""

    purchaser_id: str | None
    client_id: str | None
    email: str | None = field(default=None, repr=False)
    signed_in: bool = False


@dataclass(frozen=True, slots=True)
class CartVersion:
    """A cart at a version."""

    id: str
    version: int


@dataclass(frozen=True, slots=True)
class OneClickConsent:
    """A buyer's wish to buy by one click from now on: there, with that, on the client they use."""

    address_id: str
    payment_method_id: str
    client_digest: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DraftOrder:
    """An order as it will be if its payment succeeds.

    ``due`` is what is charged; ``stored`` what codes of stored value pay; ``codes`` are the
    discount codes it uses, ``once`` those of them that a buyer may use once. ``method`` is the
    provider's token. ``clicked`` is the variant whose one-click button was pressed. ``lines`` and
    ``terms`` are missing in a draft from before they were kept.
    """

    buyer: Buyer
    figures: PurchaseSnapshot
    due: Money
    demand: tuple[tuple[str, int], ...]
    address: PostalAddress = field(repr=False)
    method: str = field(repr=False)
    ships_in: timedelta
    channel: ActionChannel = ActionChannel.CLICK
    stored: tuple[StoredValuePayment, ...] = ()
    codes: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    cart: CartVersion | None = None
    consent: OneClickConsent | None = None
    clicked: str | None = None
    lines: tuple[DraftLine, ...] = ()
    terms: OrderTerms | None = None


class AttemptState(StrEnum):
    """How far a purchase has come: each state is a row that a crash cannot lose."""

    CHARGING = "CHARGING"
    AWAITING_ACTION = "AWAITING_ACTION"
    SETTLED = "SETTLED"


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """The order that now holds the line; ``merged_into`` the same where it joined an open one.

    ``line_id`` is the first line of the purchase; None where it is not known any more.
    """

    order: Order
    undo_until: datetime
    merged_into: Order | None = None
    line_id: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentActionRequired:
    """The payer must confirm at the URL first."""

    redirect_url: str | None
    client_secret: str | None
    expires_at: datetime

    @property
    def reason(self) -> str:
        """What the buyer is asked to do."""
        return "Your bank asks you to confirm this payment; nothing is bought until you do."


@dataclass(frozen=True, slots=True)
class PaymentDeclined:
    """The payment was refused."""

    reason: str


class PriceGuard(StrEnum):
    """What a buyer was promised: the total, or what of it is to pay."""

    TOTAL = "TOTAL"
    DUE = "DUE"


@dataclass(frozen=True, slots=True)
class PriceChanged:
    """The total, or what is to pay, is above what the buyer expects; ``causes`` say why."""

    expected: Money
    actual: Money
    of: PriceGuard = PriceGuard.TOTAL
    causes: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """The same in words, with what is known of the cause."""
        subject = "The total" if self.of is PriceGuard.TOTAL else "What is to pay"
        actual, expected = self.actual, self.expected.amount
        sentence = f"{subject} is now {actual.amount} {actual.currency.code} instead of {expected}."
        return " ".join((sentence, *self.causes))


@dataclass(frozen=True, slots=True)
class OutOfStock:
    """There is not enough of a variant."""

    variant_id: str
    available_quantity: int

    @property
    def reason(self) -> str:
        """The same in a sentence for the buyer."""
        if self.available_quantity <= 0:
            return "This is sold out; nothing was bought."
        return f"Only {self.available_quantity} of these are left; nothing was bought."


@dataclass(frozen=True, slots=True)
class AddressInsufficient:
    """Nothing can be delivered to the address, or there is none."""

    user_errors: tuple[UserError, ...]


@dataclass(frozen=True, slots=True)
class SignInRequired:
    """No purchaser is known."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReauthenticationRequired:
    """The purchaser must sign in again."""

    reason: str


@dataclass(frozen=True, slots=True)
class IdempotencyConflict:
    """The key was used for another request."""

    reason: str


@dataclass(frozen=True, slots=True)
class PurchaseInProgress:
    """The same request is still under way; ask again after so many milliseconds."""

    poll_after: int

    @property
    def reason(self) -> str:
        """The same in a sentence for the buyer."""
        return "This purchase is still under way; ask again in a moment."


@dataclass(frozen=True, slots=True)
class LimitExceeded:
    """A cap stands in the way."""

    reason: str


@dataclass(frozen=True, slots=True)
class InvalidPurchase:
    """The request is wrong."""

    user_errors: tuple[UserError, ...]


PurchaseRefusal: TypeAlias = (
    PaymentDeclined
    | PriceChanged
    | OutOfStock
    | AddressInsufficient
    | SignInRequired
    | ReauthenticationRequired
    | IdempotencyConflict
    | LimitExceeded
    | InvalidPurchase
)
PurchaseOutcome: TypeAlias = (
    OrderPlaced | PaymentActionRequired | PurchaseInProgress | PurchaseRefusal
)
