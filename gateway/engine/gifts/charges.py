"""What a gift costs its giver: an estimate, a cap, a hold or a mandate, at last a final total."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.engine.money import Money

CHECK_INTERVAL = timedelta(seconds=10)
"""How often the provider is asked whether the giver has confirmed a payment."""
CARD_HOLD_LIFETIME = timedelta(days=6)
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
    def has_stray_holds(self) -> bool:
        """Whether holds are still to be let go."""
        return bool(self.stray_keys or self.stray_charges)

    @property
    def state(self) -> ChargeState:
        """FINAL from resolution on."""
        return ChargeState.FINAL if self.final is not None else ChargeState.ESTIMATED

    @property
    def has_money_to_return(self) -> bool:
        """Whether money is held or taken, to be given back when the gift fails."""
        return self.payment in {GiftPaymentState.HELD, GiftPaymentState.CAPTURED}


def initial_payment_state(lifetime: timedelta) -> GiftPaymentState:
    """HELD where a hold outlives the gift's ``lifetime``, else MANDATE."""
    return GiftPaymentState.HELD if lifetime <= CARD_HOLD_LIFETIME else GiftPaymentState.MANDATE


def hold_amount(high_estimate: Money, cap: Money) -> Money:
    """What is held at creation: the estimate's upper end, at most the giver's cap."""
    return min(high_estimate, cap, key=lambda each: each.minor)


def is_within_cap(charges: Charges, final_total: Money) -> bool:
    """Whether the giver has consented to ``final_total``."""
    return final_total.minor <= charges.cap.minor


def with_pending_hold(charges: Charges, pending_hold: PendingHold) -> Charges:
    """``charges`` about to ask for ``pending_hold``, which takes the place of an earlier one."""
    return replace(without_pending_hold(charges), pending_hold=pending_hold)


def without_pending_hold(charges: Charges) -> Charges:
    """``charges`` without their pending hold, which is still to be let go."""
    cleared_charges = replace(charges, action_url=None, check_at=None)
    if charges.pending_hold is None:
        return cleared_charges
    return replace(
        cleared_charges,
        pending_hold=None,
        attempts=charges.attempts + 1,
        stray_keys=(*charges.stray_keys, charges.pending_hold.key),
    )


def with_hold(charges: Charges, charge_id: str, held_amount: Money) -> Charges:
    """``charges``, their pending hold there as ``charge_id``; an earlier one is to be let go."""
    previous_charge_id = charges.charge_id
    replaced_charge_ids = () if previous_charge_id in {None, charge_id} else (previous_charge_id,)
    return replace(
        charges,
        charge_id=charge_id,
        held=held_amount,
        pending_hold=None,
        action_url=None,
        check_at=None,
        stray_charges=(*charges.stray_charges, *(each for each in replaced_charge_ids if each)),
    )


def without_stray_holds(charges: Charges) -> Charges:
    """``charges`` once what was no longer wanted is let go."""
    return replace(charges, stray_keys=(), stray_charges=())
