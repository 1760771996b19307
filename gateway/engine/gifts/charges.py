"""What a gift costs its giver: an estimate, a cap, a hold or a mandate, at last a final total."""

from dataclasses import dataclass, replace
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
class PendingHold:
    """A hold of ``amount`` on a method, asked for under ``key``, of which no end is known yet.

    It is kept before the provider is asked: whoever finds it looks it up by the same key.
    ``shown``: the giver was asked to confirm it with the bank.
    """

    key: str
    method_id: str
    amount: Money
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Charges:
    """A gift's charges.

    ``held`` is authorised at the provider under ``charge_id``; ``needed`` is what the place found
    would cost, while it awaits the giver's consent; ``check_at`` is when to look whether the giver
    has confirmed ``pending_hold`` at ``action_url``; ``attempts`` counts the holds that came to
    nothing; ``capturing`` says that a dispatch is under way, which excludes a cancellation.
    ``stray_keys`` and ``stray_charges`` are holds, by key and by the provider's id, that are no
    longer wanted and still to be let go.
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
    pending_hold: PendingHold | None = None
    stray_keys: tuple[str, ...] = ()
    stray_charges: tuple[str, ...] = ()

    @property
    def strays(self) -> bool:
        """Whether holds are still to be let go."""
        return bool(self.stray_keys or self.stray_charges)

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


def with_pending(charges: Charges, pending: PendingHold) -> Charges:
    """``charges`` about to ask for ``pending``, which takes the place of an earlier one."""
    return replace(without_pending(charges), pending_hold=pending)


def without_pending(charges: Charges) -> Charges:
    """``charges`` without their pending hold, which is still to be let go."""
    quiet = replace(charges, action_url=None, check_at=None)
    if charges.pending_hold is None:
        return quiet
    return replace(
        quiet,
        pending_hold=None,
        attempts=charges.attempts + 1,
        stray_keys=(*charges.stray_keys, charges.pending_hold.key),
    )


def with_hold(charges: Charges, charge_id: str, held: Money) -> Charges:
    """``charges``, their pending hold there as ``charge_id``; an earlier one is to be let go."""
    before = charges.charge_id
    replaced = () if before in {None, charge_id} else (before,)
    return replace(
        charges,
        charge_id=charge_id,
        held=held,
        pending_hold=None,
        action_url=None,
        check_at=None,
        stray_charges=(*charges.stray_charges, *(each for each in replaced if each)),
    )


def without_strays(charges: Charges) -> Charges:
    """``charges`` once what was no longer wanted is let go."""
    return replace(charges, stray_keys=(), stray_charges=())
