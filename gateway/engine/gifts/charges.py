"""The charges of a gift: estimate, cap, hold or mandate, and the final total."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.engine.money import Money

CHECK_INTERVAL = timedelta(seconds=10)
"""Time between two questions to the payment provider whether the giver has confirmed a payment."""
CARD_HOLD_LIFETIME = timedelta(days=6)
"""A gift that may take longer uses a mandate, where the provider does not say how long holds last.

Card networks end most authorizations after seven days.
"""
RENEWAL_MARGIN = timedelta(hours=12)
"""How long before its end the hold of a gift that is to be dispatched is renewed."""


class ChargeState(StrEnum):
    """Whether the charges of a gift are an estimate or final."""

    ESTIMATED = "ESTIMATED"
    FINAL = "FINAL"


class GiftPaymentState(StrEnum):
    """The state of the giver's payment."""

    HELD = "HELD"
    MANDATE = "MANDATE"
    CAPTURED = "CAPTURED"
    RELEASED = "RELEASED"
    REFUNDED = "REFUNDED"


@dataclass(frozen=True, slots=True)
class PendingHold:
    """A hold of ``amount`` that was requested under ``key`` and has no known result yet.

    It is stored before the provider is asked, so that after a crash the hold is found by the same
    key. ``shown``: the giver was asked to confirm it with the bank.
    """

    key: str
    method_id: str
    amount: Money
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Charges:
    """The charges of a gift.

    ``low`` and ``high`` are the limits of the estimate, ``cap`` is the giver's maximum.
    ``held`` is the amount held at the provider under ``charge_id``, until ``held_until`` (None:
    it does not end by itself). ``renewals`` counts the holds that were asked for because one
    would end. ``needed`` is the cost that waits for the giver's consent. ``check_at`` is the
    time to ask whether the giver has confirmed ``pending_hold`` at ``action_url``. ``attempts``
    counts failed holds. ``capturing``: a dispatch is in progress, so the gift cannot be
    cancelled. ``stray_keys`` and ``stray_charges`` are the stray holds, by idempotency key and
    by the provider's id.
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
    held_until: datetime | None = None
    renewals: int = 0

    @property
    def has_stray_holds(self) -> bool:
        """Whether there are holds that are no longer needed and still to be released."""
        return bool(self.stray_keys or self.stray_charges)

    @property
    def state(self) -> ChargeState:
        """FINAL once the address is resolved, else ESTIMATED."""
        return ChargeState.FINAL if self.final is not None else ChargeState.ESTIMATED

    @property
    def has_money_to_return(self) -> bool:
        """Whether money is held or captured that must be given back if the gift fails."""
        return self.payment in {GiftPaymentState.HELD, GiftPaymentState.CAPTURED}


def initial_payment_state(lifetime: timedelta, hold_lifetime: timedelta | None) -> GiftPaymentState:
    """HELD if a hold lasts as long as a gift of ``lifetime`` may, else MANDATE.

    ``hold_lifetime`` is how long the provider's holds last; None if it does not say.
    """
    longest = CARD_HOLD_LIFETIME if hold_lifetime is None else hold_lifetime
    return GiftPaymentState.HELD if lifetime <= longest else GiftPaymentState.MANDATE


def hold_amount(high_estimate: Money, cap: Money) -> Money:
    """The amount to hold when a gift is created: the high estimate, at most the giver's cap."""
    return min(high_estimate, cap, key=lambda each: each.minor)


def is_within_cap(charges: Charges, final_total: Money) -> bool:
    """Whether ``final_total`` is at most the giver's cap."""
    return final_total.minor <= charges.cap.minor


def with_pending_hold(charges: Charges, pending_hold: PendingHold) -> Charges:
    """Return ``charges`` with ``pending_hold``. A hold that was pending becomes a stray hold."""
    return replace(without_pending_hold(charges), pending_hold=pending_hold)


def without_pending_hold(charges: Charges) -> Charges:
    """Return ``charges`` with the pending hold turned into a stray hold."""
    cleared_charges = replace(charges, action_url=None, check_at=None)
    if charges.pending_hold is None:
        return cleared_charges
    return replace(
        cleared_charges,
        pending_hold=None,
        attempts=charges.attempts + 1,
        stray_keys=(*charges.stray_keys, charges.pending_hold.key),
    )


def with_hold(
    charges: Charges, charge_id: str, held_amount: Money, held_until: datetime | None = None
) -> Charges:
    """Return ``charges`` with ``held_amount`` held as ``charge_id``; another hold becomes stray."""
    previous_charge_id = charges.charge_id
    replaced_charge_ids = () if previous_charge_id in {None, charge_id} else (previous_charge_id,)
    return replace(
        charges,
        charge_id=charge_id,
        held=held_amount,
        held_until=held_until,
        pending_hold=None,
        action_url=None,
        check_at=None,
        stray_charges=(*charges.stray_charges, *(each for each in replaced_charge_ids if each)),
    )


def without_hold(charges: Charges) -> Charges:
    """Return ``charges`` with nothing held; what the provider may still hold becomes stray."""
    ended_charge_ids = () if charges.charge_id is None else (charges.charge_id,)
    return replace(
        charges,
        charge_id=None,
        held=None,
        held_until=None,
        stray_charges=(*charges.stray_charges, *ended_charge_ids),
    )


def without_stray_holds(charges: Charges) -> Charges:
    """Return ``charges`` after all stray holds are released."""
    return replace(charges, stray_keys=(), stray_charges=())
