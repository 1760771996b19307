"""Refunds: money of an order given back by line, shipping or amount, in part and repeated.

What is captured goes back to the charges first. What stored value paid goes back to it only when
the whole of what was due is captured and nothing of it is left, so that no refund makes store
credit of money that can still go back the way it came.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.engine.money import Money, allocate
from gateway.engine.orders.amounts import LineAmount, OrderAmounts, TaxedShare
from gateway.engine.orders.shipments import LineQuantity
from gateway.engine.user_errors import ErrorCode, ErrorCollector, InputPath, UserError

_LINES, _AMOUNT = ("input", "lines"), ("input", "amount")
_ORDER = ("input", "orderId")


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What is to be given back: ``lines``, or an ``amount`` with tax, minor units.

    Both None: all that is left. No lines but ``shipping``: shipping alone.
    """

    lines: tuple[LineQuantity, ...] | None = None
    shipping: bool = False
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class RefundLine:
    """So many of a line, and what is given back for them."""

    line_id: str
    quantity: int
    total: TaxedShare


@dataclass(frozen=True, slots=True)
class Refund:
    """What is given back at once: of lines, of shipping, and altogether.

    ``stored_value`` of the total goes back to stored value, the rest to the charges, minor units.
    """

    lines: tuple[RefundLine, ...]
    shipping: TaxedShare
    total: TaxedShare
    stored_value: int = 0

    @property
    def charged(self) -> int:
        """What goes back to the charges, minor units."""
        return self.total.gross - self.stored_value


@dataclass(frozen=True, slots=True)
class _Remainder:
    """What of an order is not refunded; ``adjustments`` are neither of a line nor of shipping."""

    lines: tuple[LineAmount, ...]
    shipping: TaxedShare
    adjustments: TaxedShare
    total: TaxedShare
    charged: int
    stored_value: int

    @property
    def refundable(self) -> int:
        return min(self.charged + self.stored_value, self.total.gross)


def plan_refund(
    request: RefundRequest, amounts: OrderAmounts, captured: int, earlier: Iterable[Refund]
) -> Refund | tuple[UserError, ...]:
    """The refund that ``request`` asks for, or why there is none.

    ``captured`` is what was ever captured, minor units; ``earlier`` are the refunds of the order
    without those that failed.

    Lines take what their remaining quantity has left, unit by unit. An amount takes its tax pro
    rata of all that is left. Where amounts were refunded before, all that is left is split over
    what lines and shipping have left; lines that come to more than is left are refused. All that
    is left of an order that is captured in part is an amount: no line is refunded by it.
    """
    left = _remainder(amounts, captured, tuple(earlier))
    errors = ErrorCollector()
    if left.refundable <= 0:
        message = f"Nothing is left to refund: {_money(captured, amounts)} was captured."
        return (UserError(ErrorCode.NOT_MODIFIABLE, _ORDER, message),)
    refund = _select_refund(request, left, amounts, errors)
    if refund is None or errors.errors:
        return tuple(errors.errors)
    stored_value = max(refund.total.gross - left.charged, 0)
    return Refund(refund.lines, refund.shipping, refund.total, stored_value)


def _select_refund(
    request: RefundRequest, left: _Remainder, amounts: OrderAmounts, errors: ErrorCollector
) -> Refund | None:
    if request.amount is not None:
        if request.lines is not None or request.shipping:
            errors.add(_AMOUNT, "Either an amount is refunded, or lines and shipping.")
            return None
        return _refund_amount(request.amount, left, amounts, errors)
    if request.lines is None:
        return _refund_remainder(left)
    if not request.lines and not request.shipping:
        errors.add(_LINES, "Name the lines to refund, or shipping.")
        return None
    return _refund_lines(request, left, amounts, errors)


def _refund_amount(
    amount: int, left: _Remainder, amounts: OrderAmounts, errors: ErrorCollector
) -> Refund | None:
    if amount <= 0:
        errors.add(_AMOUNT, f"The amount must be positive, not {_money(amount, amounts)}.")
        return None
    if _exceeds(amount, left, amounts, _AMOUNT, errors):
        return None
    return Refund((), TaxedShare(), left.total.take(amount))


def _refund_lines(
    request: RefundRequest, left: _Remainder, amounts: OrderAmounts, errors: ErrorCollector
) -> Refund | None:
    counts = count_quantities(
        request.lines or (), {line.line_id: line.quantity for line in left.lines}, "refund", errors
    )
    if errors.errors:
        return None
    lines = tuple(
        RefundLine(
            line.line_id,
            counts[line.line_id],
            line.total.take_units(counts[line.line_id], line.quantity),
        )
        for line in left.lines
        if line.line_id in counts
    )
    shipping = left.shipping if request.shipping else TaxedShare()
    total = _sum_shares((*(line.total for line in lines), shipping))
    path = _LINES if lines else ("input", "shipping")
    if 0 < total.gross - left.refundable <= amounts.rounded_off:
        lines, shipping = _take_remainder(lines, shipping, left.refundable)
        total = TaxedShare(left.refundable, min(total.tax, left.total.tax))
    if total.gross == 0:
        errors.add(path, f"There is nothing to give back for it: {_money(0, amounts)} is left.")
        return None
    if _exceeds(total.gross, left, amounts, path, errors):
        return None
    least_tax = total.gross - (left.total.gross - left.total.tax)
    tax = min(max(total.tax, least_tax), left.total.tax)
    return _with_tax(lines, shipping, TaxedShare(), TaxedShare(total.gross, tax))


def _take_remainder(
    lines: tuple[RefundLine, ...], shipping: TaxedShare, gross: int
) -> tuple[tuple[RefundLine, ...], TaxedShare]:
    """``lines`` and ``shipping`` at ``gross`` altogether, a little less than they come to.

    What was to pay was rounded down, so that not all of them was paid.
    """
    parts = [line.total.gross for line in lines] + [shipping.gross]
    *line_amounts, shipping_amount = allocate(gross, parts)
    return (
        tuple(
            RefundLine(line.line_id, line.quantity, line.total.take(amount))
            for line, amount in zip(lines, line_amounts, strict=True)
        ),
        shipping.take(shipping_amount),
    )


def _refund_remainder(left: _Remainder) -> Refund:
    """All that is left; it names lines only where nothing of the order remains after it."""
    if left.refundable < left.total.gross:
        return Refund((), TaxedShare(), left.total.take(left.refundable))
    parts = (*(line.total for line in left.lines), left.shipping, left.adjustments)
    gross = allocate(left.refundable, [part.gross for part in parts])
    *line_shares, shipping, adjustments = (
        part.take(share) for part, share in zip(parts, gross, strict=True)
    )
    lines = tuple(
        RefundLine(line.line_id, line.quantity, share)
        for line, share in zip(left.lines, line_shares, strict=True)
        if line.quantity > 0
    )
    return _with_tax(lines, shipping, adjustments, left.total.take(left.refundable))


def _with_tax(
    lines: tuple[RefundLine, ...], shipping: TaxedShare, adjustments: TaxedShare, total: TaxedShare
) -> Refund:
    """The refund with the tax of ``total``, split over its parts where theirs is another."""
    parts = (*(line.total for line in lines), shipping, adjustments)
    taxes = [part.tax for part in parts]
    if sum(taxes) != total.tax:
        weights = taxes if any(taxes) else [part.gross for part in parts]
        taxes = list(allocate(total.tax, weights))
    taxed_lines = tuple(
        RefundLine(line.line_id, line.quantity, TaxedShare(line.total.gross, tax))
        for line, tax in zip(lines, taxes, strict=False)
    )
    return Refund(taxed_lines, TaxedShare(shipping.gross, taxes[-2]), total)


def count_quantities(
    lines: Sequence[LineQuantity], available: dict[str, int], verb: str, errors: ErrorCollector
) -> dict[str, int]:
    """How many of each line are asked for; what cannot be had of ``available`` is refused.

    ``verb`` says what is done with them, as in "refund".
    """
    counts: dict[str, int] = {}
    for index, line in enumerate(lines):
        path: InputPath = (*_LINES, str(index))
        if line.line_id not in available:
            errors.add((*path, "lineId"), f"There is no line {line.line_id}.", ErrorCode.NOT_FOUND)
            continue
        remaining = available[line.line_id] - counts.get(line.line_id, 0)
        if line.quantity <= 0:
            message = f"The quantity must be positive, not {line.quantity}."
            errors.add((*path, "quantity"), message)
        elif line.quantity > remaining:
            message = f"{line.quantity} are more than the {remaining} left to {verb}."
            errors.add((*path, "quantity"), message)
        else:
            counts[line.line_id] = counts.get(line.line_id, 0) + line.quantity
    return counts


def _remainder(amounts: OrderAmounts, captured: int, earlier: Sequence[Refund]) -> _Remainder:
    refunded = _sum_shares(refund.total for refund in earlier)
    whole_lines = _sum_shares(line.total for line in amounts.lines)
    adjustments = amounts.total.less(whole_lines.plus(amounts.shipping))
    of_lines = _sum_shares(line.total for refund in earlier for line in refund.lines)
    of_shipping = _sum_shares(refund.shipping for refund in earlier)
    is_whole_captured = captured >= amounts.due
    stored_value = amounts.stored_value - sum(refund.stored_value for refund in earlier)
    return _Remainder(
        tuple(_remaining_line(line, earlier) for line in amounts.lines),
        amounts.shipping.less(of_shipping),
        adjustments.less(refunded.less(of_lines.plus(of_shipping))),
        amounts.total.less(refunded),
        max(captured - sum(refund.charged for refund in earlier), 0),
        max(stored_value, 0) if is_whole_captured else 0,
    )


def _remaining_line(line: LineAmount, earlier: Iterable[Refund]) -> LineAmount:
    refunds = [part for refund in earlier for part in refund.lines if part.line_id == line.line_id]
    return LineAmount(
        line.line_id,
        max(line.quantity - sum(part.quantity for part in refunds), 0),
        line.total.less(_sum_shares(part.total for part in refunds)),
    )


def _sum_shares(shares: Iterable[TaxedShare]) -> TaxedShare:
    total = TaxedShare()
    for share in shares:
        total = total.plus(share)
    return total


def _exceeds(
    amount: int, left: _Remainder, amounts: OrderAmounts, path: InputPath, errors: ErrorCollector
) -> bool:
    if amount <= left.refundable:
        return False
    left_amount = _money(left.refundable, amounts)
    errors.add(path, f"{_money(amount, amounts)} is more than the {left_amount} left to refund.")
    return True


def _money(minor: int, amounts: OrderAmounts) -> str:
    return f"{Money(minor, amounts.currency).amount} {amounts.currency.code}"
