"""The money of an order: what is held, captured and refunded, and what follows from it.

Stored value pays last: charges are captured up to what is due, in the full worth of what leaves,
and what stored value paid covers the end of the order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.engine.orders.amounts import OrderAmounts


class ChargeStage(StrEnum):
    """What has become of one charge; what is captured or held stands in its amounts."""

    STANDING = "STANDING"
    RELEASED = "RELEASED"
    FAILED = "FAILED"


class PaymentStage(StrEnum):
    """How the money of a whole order stands; a word of the public API (OrderPaymentState)."""

    NOTHING_DUE = "NOTHING_DUE"
    HELD = "HELD"
    PARTIALLY_CAPTURED = "PARTIALLY_CAPTURED"
    CAPTURED = "CAPTURED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    RELEASED = "RELEASED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class OrderCharge:
    """One charge of one purchase, minor units.

    ``held_amount`` is what can still be captured, ``captured`` what ever was, ``refunded`` of that
    what was given back.
    """

    id: str
    purchase_id: str | None
    held_amount: int = 0
    captured: int = 0
    refunded: int = 0
    stage: ChargeStage = ChargeStage.STANDING


@dataclass(frozen=True, slots=True)
class ChargeShare:
    """So much of a charge, minor units: to capture, to release or to refund."""

    charge_id: str
    amount: int


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """The money of an order, minor units: ``due`` is what charges have to pay.

    ``charges`` stand in the order they were made.
    """

    due: int
    charges: tuple[OrderCharge, ...]

    @property
    def held_amount(self) -> int:
        """What can still be captured."""
        return sum(charge.held_amount for charge in self.charges)

    @property
    def captured(self) -> int:
        """What was ever captured."""
        return sum(charge.captured for charge in self.charges)

    @property
    def refunded(self) -> int:
        """What was given back of it."""
        return sum(charge.refunded for charge in self.charges)

    @property
    def outstanding(self) -> int:
        """Due less what is held or captured; refunds do not change it."""
        return self.due - self.held_amount - self.captured

    @property
    def stage(self) -> PaymentStage:
        """How it stands; CAPTURED and REFUNDED mean the whole."""
        if self.captured > 0:
            return self._captured_stage()
        if self.held_amount > 0:
            return PaymentStage.HELD
        stages = {charge.stage for charge in self.charges}
        if ChargeStage.FAILED in stages and self.due > 0:
            return PaymentStage.FAILED
        if stages:
            return PaymentStage.RELEASED
        return PaymentStage.FAILED if self.due > 0 else PaymentStage.NOTHING_DUE

    def _captured_stage(self) -> PaymentStage:
        if self.refunded >= self.captured and self.held_amount == 0:
            return PaymentStage.REFUNDED
        if self.refunded > 0:
            return PaymentStage.PARTIALLY_REFUNDED
        is_whole = self.captured >= self.due
        return PaymentStage.CAPTURED if is_whole else PaymentStage.PARTIALLY_CAPTURED


def amount_to_charge(new_due: int, money: OrderMoney) -> int:
    """What a joining purchase or a dearer change is charged, never below zero, minor units."""
    return max(new_due - money.held_amount - money.captured, 0)


def plan_capture(
    amounts: OrderAmounts,
    dispatched: Mapping[str, int],
    leaving: Mapping[str, int],
    money: OrderMoney,
) -> tuple[ChargeShare, ...]:
    """What is captured when ``leaving`` goes out, the oldest charge first; no more than is held."""
    return take_in_order(
        amount_to_capture(amounts, dispatched, leaving, money),
        [(charge.id, charge.held_amount) for charge in money.charges],
    )


def amount_to_capture(
    amounts: OrderAmounts,
    dispatched: Mapping[str, int],
    leaving: Mapping[str, int],
    money: OrderMoney,
) -> int:
    """What has to be captured before ``leaving`` goes out, held or not, minor units.

    ``dispatched`` has left before; both count by line id. What leaves first takes what of shipping
    is not captured yet, the last dispatch the rest of what is due.
    """
    left_counts = {
        line.line_id: dispatched.get(line.line_id, 0) + leaving.get(line.line_id, 0)
        for line in amounts.lines
    }
    target = amount_earned(amounts, left_counts)
    return max(min(target, money.due) - money.captured, 0)


def amount_earned(amounts: OrderAmounts, left_counts: Mapping[str, int]) -> int:
    """What may be captured once so many of the lines have left the house, minor units.

    Shares of a line are cumulative, so that its last unit takes the rest of it.
    """
    if not any(left_counts.values()):
        return 0
    if all(left_counts.get(line.line_id, 0) >= line.quantity for line in amounts.lines):
        return amounts.due
    worth = sum(
        line.total.gross * min(left_counts.get(line.line_id, 0), line.quantity) // line.quantity
        for line in amounts.lines
        if line.quantity > 0
    )
    return min(worth + amounts.shipping.gross, amounts.due)


def plan_release(money: OrderMoney) -> tuple[ChargeShare, ...]:
    """What is held too much and will not be captured, the newest charge first."""
    return take_in_order(
        max(-money.outstanding, 0),
        [(charge.id, charge.held_amount) for charge in reversed(money.charges)],
    )


def plan_charge_refunds(amount: int, money: OrderMoney) -> tuple[ChargeShare, ...]:
    """``amount`` to give back over the charges that were captured, the oldest first."""
    return take_in_order(
        amount, [(charge.id, charge.captured - charge.refunded) for charge in money.charges]
    )


def take_in_order(amount: int, available: Iterable[tuple[str, int]]) -> tuple[ChargeShare, ...]:
    """``amount`` taken of charges in their order, by what is ``available`` of each."""
    shares = []
    for charge_id, limit in available:
        share = min(amount, max(limit, 0))
        if share > 0:
            shares.append(ChargeShare(charge_id, share))
            amount -= share
    return tuple(shares)
