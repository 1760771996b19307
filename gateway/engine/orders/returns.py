"""Returns: what a buyer sends back of what was delivered, and how far that has come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.engine.orders.refunds import count_quantities
from gateway.engine.orders.shipments import LineQuantity
from gateway.engine.user_errors import ErrorCode, ErrorCollector, UserError


class ReturnStatus(StrEnum):
    """How far a return has come; RECEIVED also while only a part of it came in."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    RECEIVED = "RECEIVED"
    CLOSED = "CLOSED"


_NEXT_STATUSES = {
    ReturnStatus.REQUESTED: frozenset({ReturnStatus.APPROVED, ReturnStatus.DECLINED}),
    ReturnStatus.APPROVED: frozenset({ReturnStatus.RECEIVED, ReturnStatus.CLOSED}),
    ReturnStatus.DECLINED: frozenset(),
    ReturnStatus.RECEIVED: frozenset({ReturnStatus.RECEIVED, ReturnStatus.CLOSED}),
    ReturnStatus.CLOSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """So many of an order's line that are to come back, and how many ``received`` did."""

    line_id: str
    quantity: int
    received: int = 0


@dataclass(frozen=True, slots=True)
class OrderReturn:
    """A return of lines of one order."""

    status: ReturnStatus
    lines: tuple[ReturnLine, ...]

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen: an answer, or goods that have not come in."""
        if self.status is ReturnStatus.RECEIVED:
            return any(line.received < line.quantity for line in self.lines)
        return self.status in {ReturnStatus.REQUESTED, ReturnStatus.APPROVED}

    def count_claims(self, line_id: str) -> int:
        """How many of the line can be in no other return: none if it was declined.

        A closed one keeps what came in.
        """
        if self.status is ReturnStatus.DECLINED:
            return 0
        is_closed = self.status is ReturnStatus.CLOSED
        return sum(
            line.received if is_closed else line.quantity
            for line in self.lines
            if line.line_id == line_id
        )


def returnable_quantities(
    delivered: Mapping[str, int], returns: Iterable[OrderReturn]
) -> dict[str, int]:
    """How many of each line can be returned: ``delivered`` less what is in ``returns``."""
    earlier = tuple(returns)
    return {
        line_id: max(quantity - sum(one_return.count_claims(line_id) for one_return in earlier), 0)
        for line_id, quantity in delivered.items()
    }


def request_return(
    lines: Sequence[LineQuantity], delivered: Mapping[str, int], returns: Iterable[OrderReturn]
) -> OrderReturn | tuple[UserError, ...]:
    """The return that a buyer asks for, or why it cannot be.

    ``delivered`` counts by the id of every line of the order, zero where none came.
    """
    errors = ErrorCollector()
    if not lines:
        errors.add(("input", "lines"), "Name the lines to return.")
    counts = count_quantities(lines, returnable_quantities(delivered, returns), "return", errors)
    if errors.errors:
        return tuple(errors.errors)
    return OrderReturn(
        ReturnStatus.REQUESTED,
        tuple(ReturnLine(line_id, quantity) for line_id, quantity in counts.items()),
    )


def advance_return(
    current: OrderReturn, status: ReturnStatus, lines: Sequence[LineQuantity] | None = None
) -> OrderReturn | tuple[UserError, ...]:
    """The return in ``status``, or why it cannot come there.

    ``lines`` say what came in with RECEIVED, and add up; None: all that is still to come.
    """
    if status not in _NEXT_STATUSES[current.status]:
        message = f"The return is {current.status}: it cannot become {status}."
        return (UserError(ErrorCode.NOT_MODIFIABLE, ("input", "status"), message),)
    errors = ErrorCollector()
    if status is not ReturnStatus.RECEIVED:
        if lines:
            errors.add(("input", "lines"), "Lines say what came in: they go with RECEIVED alone.")
            return tuple(errors.errors)
        return replace(current, status=status)
    missing = {line.line_id: line.quantity - line.received for line in current.lines}
    counts = missing if lines is None else count_quantities(lines, missing, "receive", errors)
    if not errors.errors and not any(counts.values()):
        errors.add(("input", "lines"), f"Nothing came in: {sum(missing.values())} are missing.")
    if errors.errors:
        return tuple(errors.errors)
    received = (
        replace(line, received=line.received + counts.get(line.line_id, 0))
        for line in current.lines
    )
    return replace(current, status=status, lines=tuple(received))


def newly_received(before: OrderReturn, after: OrderReturn) -> tuple[LineQuantity, ...]:
    """What came in between: to be refunded and restocked."""
    earlier = {line.line_id: line.received for line in before.lines}
    return tuple(
        LineQuantity(line.line_id, line.received - earlier.get(line.line_id, 0))
        for line in after.lines
        if line.received > earlier.get(line.line_id, 0)
    )
