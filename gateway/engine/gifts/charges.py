"""What a gift costs its giver: an estimate, a cap, a hold or a mandate, at last a final total."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.engine.money import Money

CHECK_EVERY = timedelta(seconds=10)
"""How often the provider is asked whether the giver has confirmed a payment."""
CARD_HOLD = timedelta(days=6)
"""How long a card authorisation is relied on; card networks let go of most after seven days."""


class ChargeState(StrEnum):
    """Whether a gift's charges are an estimate or settled."""

    ESTIMATED = "ESTIMATED"
    FINAL = "FINAL"


class GiftPaymentState(StrEnum):
    """Where the giver's money stands."""

    HELD = "HELD"
    MANDATE = "MANDATE"
    CAPTURED = "CAPTURED"
    RELEASED = "RELEASED"
    REFUNDED = "REFUNDED"


@dataclass(frozen=True, slots=True)
class Charges:
    """A gift's charges.

    ``held`` is authorised at the provider under ``charge_id``; ``needed`` is what the place found
    would cost, while it awaits the giver's consent; ``check_at`` is when to look whether the giver
    has confirmed at ``action_url``; ``attempts`` counts refusals; ``capturing`` says that a
    dispatch is under way, which excludes a cancellation.
    """

    low: Money
    high: Money
    cap: Money
    payment: GiftPaymentState
    payment_method_id: str
    charge_id: str | None = None
    held: Money | None = None
    needed: Money | None = None
    final: Money | None = None
    action_url: str | None = None
    check_at: datetime | None = None
    attempts: int = 0
    capturing: bool = False

    @property
    def state(self) -> ChargeState:
        """FINAL from resolution on."""
        return ChargeState.FINAL if self.final is not None else ChargeState.ESTIMATED

    @property
    def owed_back(self) -> bool:
        """Whether money is held or taken, to be given back when the gift fails."""
        return self.payment in {GiftPaymentState.HELD, GiftPaymentState.CAPTURED}


def first_payment_state(life: timedelta) -> GiftPaymentState:
    """HELD where a hold outlives the gift's ``life``, else MANDATE."""
    return GiftPaymentState.HELD if life <= CARD_HOLD else GiftPaymentState.MANDATE


def hold_amount(high: Money, cap: Money) -> Money:
    """What is held at creation: the estimate's upper end, at most the giver's cap."""
    return min(high, cap, key=lambda each: each.minor)


def within_cap(charges: Charges, final: Money) -> bool:
    """Whether the giver has consented to ``final``."""
    return final.minor <= charges.cap.minor
