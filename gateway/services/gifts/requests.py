"""Requests for gifts, before they are checked."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from gateway.engine.gifts.gift import PartialAddress


@dataclass(frozen=True, slots=True)
class GiftCaller:
    """The caller who makes or changes a gift: a purchaser, or a partner whose purchaser pays."""

    purchaser_id: str
    partner_id: str | None = None

    @property
    def scope(self) -> str:
        """The scope in which the caller's idempotency keys are unique."""
        return self.partner_id or self.purchaser_id

    def owns(self, giver_id: str, partner_id: str | None) -> bool:
        """Whether a gift of this giver, created by this partner if any, is the caller's.

        A giver owns all gifts that they pay for; a partner owns only those that it created.
        """
        is_payer = self.purchaser_id == giver_id
        return is_payer and self.partner_id in {None, partner_id}


@dataclass(frozen=True, slots=True)
class RecipientDetails:
    """One recipient as the giver typed them."""

    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    postal: PartialAddress | None = field(default=None, repr=False)
    hints: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class GiftRequest:
    """One gift to each of ``recipients``.

    ``sender`` is the name that they see; None: that of the purchaser.
    """

    variant_id: str
    recipients: tuple[RecipientDetails, ...]
    idempotency_key: str
    quantity: int = 1
    message: str | None = field(default=None, repr=False)
    wrap: str | None = None
    anonymous: bool = False
    scheduled_for: datetime | None = None
    expires_at: datetime | None = None
    contact_recipient: bool = True
    charge_cap: Decimal | None = None
    payment_method_id: str | None = None
    sender: str | None = field(default=None, repr=False)
