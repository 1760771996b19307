"""Draft orders, and all outcomes of a purchase."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.money import Money
from gateway.engine.orders.lines import DraftLine, OrderTerms
from gateway.engine.orders.order import ActionChannel, Order
from gateway.engine.pricing.calculations import CalculationOutcome
from gateway.engine.pricing.discount_codes import StoredValuePayment
from gateway.engine.pricing.promotions import PromotionUse
from gateway.engine.pricing.purchase_details import CONSUMER, Attribute, TaxCustomer
from gateway.engine.pricing.snapshots import PurchaseSnapshot
from gateway.engine.user_errors import UserError


@dataclass(frozen=True, slots=True)
class Buyer:
    """The buyer: a purchaser, or a guest with an e-mail address.

    ``client_id`` is the client in use, None without one.
    """

    purchaser_id: str | None
    client_id: str | None
    email: str | None = field(default=None, repr=False)
    signed_in: bool = False


@dataclass(frozen=True, slots=True)
class CartVersion:
    """The id of a cart and one version of it."""

    id: str
    version: int


@dataclass(frozen=True, slots=True)
class OneClickConsent:
    """The buyer's wish to enable one-click purchases on the client in use.

    They will use this address and this payment method. ``client_digest`` is the digest of the
    client identifier.
    """

    address_id: str
    payment_method_id: str
    client_digest: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlannedJoining:
    """The order that a purchase was planned to join, and what was asked for that.

    ``calculated`` is what the merchant's calculator says of the order's lines, as they were in
    ``order_version``, together with those of the purchase.
    """

    order_id: str
    order_version: int
    calculated: CalculationOutcome


@dataclass(frozen=True, slots=True)
class DraftOrder:
    """An order as it will be if its payment succeeds.

    ``due`` is the amount to charge, ``stored`` the payments from stored value. ``demand`` is the
    quantity taken from stock by variant id. ``codes`` are the discount codes in use, ``once`` those
    that a purchaser may use only once, ``promotions`` those whose uses are counted. ``method`` is
    the provider's token. ``clicked`` is the variant whose one-click button was pressed. ``note``
    and ``attributes`` are the buyer's words, ``customer`` is as whom the buyer is taxed.
    ``joining`` is the order that it joins if that has not changed until it is paid; None: the
    merchant's calculator was not asked about one. Drafts of older versions have no ``lines`` and
    ``terms``.
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
    promotions: tuple[PromotionUse, ...] = ()
    cart: CartVersion | None = None
    consent: OneClickConsent | None = None
    clicked: str | None = None
    lines: tuple[DraftLine, ...] = ()
    terms: OrderTerms | None = None
    note: str | None = field(default=None, repr=False)
    attributes: tuple[Attribute, ...] = field(default=(), repr=False)
    customer: TaxCustomer = CONSUMER
    joining: PlannedJoining | None = None

    @property
    def is_payer_present(self) -> bool:
        """Whether the buyer is at a checkout and can be sent to their bank at once.

        Who checks a cart out is; who clicks pays by a method that was agreed on before.
        """
        return self.cart is not None


class AttemptState(StrEnum):
    """The progress of a purchase. Each state is stored, so that a crash does not lose it."""

    CHARGING = "CHARGING"
    AWAITING_ACTION = "AWAITING_ACTION"
    SETTLED = "SETTLED"


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """The order of the purchase, which can be undone until ``undo_until``.

    ``merged_into`` is the same order if the purchase was added to an open order. ``line_id`` is the
    first line of the purchase; None if it is not known any more.
    """

    order: Order
    undo_until: datetime
    merged_into: Order | None = None
    line_id: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentActionRequired:
    """The payer must confirm the payment at the URL first.

    ``client_secret`` is the payer's alone, and kept nowhere.
    """

    redirect_url: str | None
    client_secret: str | None = field(repr=False)
    expires_at: datetime

    @property
    def reason(self) -> str:
        """What the buyer is asked to do."""
        return "Your bank asks you to confirm this payment; nothing is bought until you do."


@dataclass(frozen=True, slots=True)
class PaymentDeclined:
    """The payment provider refused the payment."""

    reason: str


PRICE_CHANGED_ADVICE = "Nothing was bought; buy again if you agree."


class PriceGuard(StrEnum):
    """The promised amount: the total, or the amount left to pay."""

    TOTAL = "TOTAL"
    DUE = "DUE"


@dataclass(frozen=True, slots=True)
class PriceChanged:
    """The total, or the amount left to pay, is higher than expected. ``causes`` are messages."""

    expected: Money
    actual: Money
    of: PriceGuard = PriceGuard.TOTAL
    causes: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """The message for the buyer, with the known causes and what to do."""
        subject = "The total" if self.of is PriceGuard.TOTAL else "What is to pay"
        actual, expected = self.actual, self.expected.amount
        sentence = f"{subject} is now {actual.amount} {actual.currency.code} instead of {expected}."
        return " ".join((sentence, *self.causes, PRICE_CHANGED_ADVICE))


@dataclass(frozen=True, slots=True)
class OutOfStock:
    """A variant is not available in the requested quantity."""

    variant_id: str
    available_quantity: int

    @property
    def reason(self) -> str:
        """The same in a sentence for the buyer."""
        if self.available_quantity <= 0:
            return "This is sold out; nothing was bought. Choose something else."
        left = self.available_quantity
        return f"Only {left} of these are left; nothing was bought. Take {left} at most."


@dataclass(frozen=True, slots=True)
class AddressInsufficient:
    """The address is missing, or goods cannot be delivered to it."""

    user_errors: tuple[UserError, ...]

    @property
    def reason(self) -> str:
        """The same in sentences for the buyer."""
        return " ".join(error.message for error in self.user_errors)


@dataclass(frozen=True, slots=True)
class SignInRequired:
    """The purchase needs a sign-in, because no purchaser is known."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReauthenticationRequired:
    """The purchaser must sign in again."""

    reason: str


@dataclass(frozen=True, slots=True)
class IdempotencyConflict:
    """The idempotency key was used for a different request."""

    reason: str


@dataclass(frozen=True, slots=True)
class PurchaseInProgress:
    """The same request is still in progress. Repeat it after ``poll_after`` milliseconds."""

    poll_after: int

    @property
    def reason(self) -> str:
        """The same in a sentence for the buyer."""
        return "This purchase is still under way; ask again in a moment."


@dataclass(frozen=True, slots=True)
class LimitExceeded:
    """The purchase exceeds a limit."""

    reason: str


@dataclass(frozen=True, slots=True)
class InvalidPurchase:
    """The request has errors in its input."""

    user_errors: tuple[UserError, ...]

    @property
    def reason(self) -> str:
        """The same in sentences for the buyer."""
        return " ".join(error.message for error in self.user_errors)


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
