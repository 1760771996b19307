"""Returns: what may come back, and what came."""

from dataclasses import replace

from gateway.engine.orders.returns import (
    OrderReturn,
    ReturnLine,
    ReturnStatus,
    advance_return,
    newly_received,
    request_return,
    returnable_quantities,
)
from gateway.engine.orders.shipments import LineQuantity
from gateway.engine.user_errors import ErrorCode, UserError

REQUESTED = OrderReturn(ReturnStatus.REQUESTED, (ReturnLine("a", 2), ReturnLine("b", 1)))
APPROVED = replace(REQUESTED, status=ReturnStatus.APPROVED)
DELIVERED = {"a": 3, "b": 1, "c": 0}


def advance(
    current: OrderReturn, status: ReturnStatus, *lines: tuple[str, int]
) -> OrderReturn | tuple[UserError, ...]:
    return advance_return(current, status, tuple(LineQuantity(*line) for line in lines) or None)


def test_what_was_delivered_can_be_returned_once() -> None:  # R125
    asked = request_return((LineQuantity("a", 2), LineQuantity("b", 1)), DELIVERED, ())
    assert asked == REQUESTED
    assert returnable_quantities(DELIVERED, (REQUESTED,)) == {"a": 1, "b": 0, "c": 0}
    assert request_return((LineQuantity("a", 2), LineQuantity("c", 1)), DELIVERED, [REQUESTED]) == (
        UserError(
            ErrorCode.INVALID_INPUT,
            ("input", "lines", "0", "quantity"),
            "2 are more than the 1 left to return.",
        ),
        UserError(
            ErrorCode.INVALID_INPUT,
            ("input", "lines", "1", "quantity"),
            "1 are more than the 0 left to return.",
        ),
    )


def test_a_declined_return_and_what_never_came_can_be_asked_for_again() -> None:  # R125
    declined = replace(REQUESTED, status=ReturnStatus.DECLINED)
    closed = OrderReturn(ReturnStatus.CLOSED, (ReturnLine("a", 2, received=1),))
    assert returnable_quantities(DELIVERED, (declined, closed)) == {"a": 2, "b": 1, "c": 0}


def test_a_return_names_lines_of_the_order() -> None:  # R125
    assert request_return((), DELIVERED, ()) == (
        UserError(ErrorCode.INVALID_INPUT, ("input", "lines"), "Name the lines to return."),
    )
    path = ("input", "lines", "0", "lineId")
    assert request_return((LineQuantity("z", 1),), DELIVERED, ()) == (
        UserError(ErrorCode.NOT_FOUND, path, "There is no line z."),
    )


def test_what_comes_in_adds_up() -> None:  # R125
    partly = advance(APPROVED, ReturnStatus.RECEIVED, ("a", 1))
    assert partly == OrderReturn(
        ReturnStatus.RECEIVED, (ReturnLine("a", 2, received=1), ReturnLine("b", 1))
    )
    assert isinstance(partly, OrderReturn)
    assert newly_received(APPROVED, partly) == (LineQuantity("a", 1),)
    received = advance(partly, ReturnStatus.RECEIVED)
    assert isinstance(received, OrderReturn)
    assert newly_received(partly, received) == (LineQuantity("a", 1), LineQuantity("b", 1))
    path = ("input", "lines", "0", "quantity")
    assert advance(partly, ReturnStatus.RECEIVED, ("a", 2)) == (
        UserError(ErrorCode.INVALID_INPUT, path, "2 are more than the 1 left to receive."),
    )
    assert advance(received, ReturnStatus.RECEIVED) == (
        UserError(ErrorCode.INVALID_INPUT, ("input", "lines"), "Nothing came in: 0 are missing."),
    )
    assert advance(received, ReturnStatus.CLOSED) == replace(received, status=ReturnStatus.CLOSED)


def test_a_return_goes_from_status_to_status() -> None:  # R125
    allowed = {
        (current, status)
        for current in ReturnStatus
        for status in ReturnStatus
        if isinstance(advance(replace(REQUESTED, status=current), status), OrderReturn)
    }
    assert {(current.value, status.value) for current, status in allowed} == {
        ("REQUESTED", "APPROVED"),
        ("REQUESTED", "DECLINED"),
        ("APPROVED", "RECEIVED"),
        ("APPROVED", "CLOSED"),
        ("RECEIVED", "RECEIVED"),
        ("RECEIVED", "CLOSED"),
    }
    message = "The return is REQUESTED: it cannot become RECEIVED."
    assert advance(REQUESTED, ReturnStatus.RECEIVED) == (
        UserError(ErrorCode.NOT_MODIFIABLE, ("input", "status"), message),
    )


def test_lines_say_what_came_in_and_nothing_else() -> None:  # R125
    message = "Lines say what came in: they go with RECEIVED alone."
    assert advance(REQUESTED, ReturnStatus.APPROVED, ("a", 1)) == (
        UserError(ErrorCode.INVALID_INPUT, ("input", "lines"), message),
    )
