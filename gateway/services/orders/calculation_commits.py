"""Commits and reversals: what the merchant's own calculator is told of orders (R84).

A commit says all that stands of an order, and takes the place of everything that was told of it
before. A reversal takes back the order, or what one refund gives back of it. Nothing of it names a
person (R85), so that it is sealed for the gateway itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.engine.addresses.address import Destination
from gateway.engine.money import Currency, Money
from gateway.engine.orders.amounts import LineAmount, TaxedShare
from gateway.engine.orders.order import Order, OrderChange, OrderStatus
from gateway.engine.orders.refunds import Refund
from gateway.engine.orders.repricing import order_terms
from gateway.engine.pricing.calculated_purchase import anonymous_destination
from gateway.services.dependencies import Dependencies
from gateway.services.ordered_calls import OrderedCall, OrderedCallDelivery, post_ordered_call
from gateway.services.orders.delivery_details import load_delivery
from gateway.services.orders.order_money import amounts_of
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database, ReadSession, UnitOfWork, VersionConflict
from gateway.services.ports.operator_endpoints import OperatorEndpoint
from gateway.services.ports.outbox import MessageKind
from gateway.services.ports.payment_operations import (
    PaymentOperation,
    PaymentOperationKind,
    PaymentOperationState,
)
from gateway.services.ports.refunds import RefundStatus

COMMITTED_CHANGES = frozenset(
    {
        OrderChange.PLACED,
        OrderChange.JOINED,
        OrderChange.LINE_CHANGED,
        OrderChange.ADDRESS_CHANGED,
    }
)
"""After these an order has other figures than were told."""
MAX_SEQUENCE = 99_999


class _Type(StrEnum):
    """The types of what a calculator is told."""

    COMMIT = "commit"
    REVERSE = "reverse"


@dataclass(frozen=True, slots=True)
class _ToldRefund:
    """What was given back of an order at once, by a refund or by somebody at the provider."""

    id: str
    shares: Refund


async def report_change(
    order: Order,
    change: OrderChange,
    work: UnitOfWork,
    dependencies: Dependencies,
    destination: Destination | None = None,
) -> None:
    """Tell the calculator of ``order`` after ``change``, if that matters to it.

    ``destination`` is where it goes, if that is not stored yet.

    Raises:
        VersionConflict: something else was told of the order at the same time.

    """
    if not dependencies.policy.calls_calculator:
        return
    if change in COMMITTED_CHANGES:
        await _post_commit(order, work, dependencies, destination)
    elif change is OrderChange.CANCELLED:
        sequence = await _next_sequence(order.id, work)
        data = _whole_sale(order, await _load_skus(order, work)) | {"refund": None}
        await _post(_Type.REVERSE, order, sequence, data, work, dependencies)


async def report_undone_refund(order_id: str, work: UnitOfWork, dependencies: Dependencies) -> None:
    """Tell the calculator what stands of an order, of which less was given back than was told.

    Raises:
        VersionConflict: something else was told of the order at the same time.

    """
    order = await _find_told(order_id, work, dependencies)
    if order is not None:
        await _post_commit(order, work, dependencies)


async def report_refund(
    order_id: str, id: str, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Tell the calculator what the refund ``id`` has given back of an order, if anything.

    ``id`` may be an operation of somebody at the provider, too. Of a refund that failed on one
    charge, what another charge gave back is an amount of no line.

    Raises:
        VersionConflict: something else was told of the order at the same time.

    """
    order = await _find_told(order_id, work, dependencies)
    if order is None:
        return
    for given_back in await _list_given_back(order, work):
        if given_back.id == id:
            await _post_refund(order, given_back, work, dependencies)


async def _find_told(
    order_id: str, reading: ReadSession, dependencies: Dependencies
) -> Order | None:
    """The order, if a calculator is told of it; all of one that is cancelled was taken back."""
    if not dependencies.policy.calls_calculator:
        return None
    order = await reading.orders.find(order_id)
    return None if order is None or order.status is OrderStatus.CANCELLED else order


async def _post_commit(
    order: Order,
    work: UnitOfWork,
    dependencies: Dependencies,
    destination: Destination | None = None,
) -> None:
    sequence = await _next_sequence(order.id, work)
    skus = await _load_skus(order, work)
    refunds = [
        _refund(given_back, skus, order.currency)
        for given_back in await _list_given_back(order, work)
    ]
    if destination is None:
        destination = await _load_destination(order, work, dependencies)
    data = {
        "destination": _place(destination),
        "customer": {"kind": order_terms(order).customer.value},
        **_whole_sale(order, skus),
        "refund": None,
        "refunds": refunds,
    }
    await _post(_Type.COMMIT, order, sequence, data, work, dependencies)


async def _post_refund(
    order: Order, given_back: _ToldRefund, work: UnitOfWork, dependencies: Dependencies
) -> None:
    sequence = await _next_sequence(order.id, work)
    details = _refund(given_back, await _load_skus(order, work), order.currency)
    amounts = {name: details[name] for name in ("amount", "tax")}
    data = {
        "lines": details["lines"],
        "shipping": details["shipping"],
        "total": amounts,
        "refund": {"id": given_back.id} | amounts,
    }
    await _post(_Type.REVERSE, order, sequence, data, work, dependencies)


async def _list_given_back(order: Order, reading: ReadSession) -> tuple[_ToldRefund, ...]:
    """What was given back of ``order``: what is only on its way is left out."""
    refunds = [
        _ToldRefund(refund.id, refund.shares)
        for refund in await reading.refunds.list_for_orders([order.id])
        if refund.status is RefundStatus.COMPLETED
    ]
    told_ids = {refund.id for refund in refunds}
    operations = await reading.payment_operations.list_for(order.id)
    amounts = _sum_unlisted(operations, told_ids)
    total = amounts_of(order).total
    return (
        *refunds,
        *(
            _ToldRefund(id, Refund((), TaxedShare(), total.take(minor)))
            for id, minor in amounts.items()
        ),
    )


def _sum_unlisted(
    operations: Iterable[PaymentOperation], listed_ids: set[str]
) -> Mapping[str, int]:
    """What was given back by no refund that came about, minor units, by the id to tell it by."""
    amounts: dict[str, int] = {}
    for operation in operations:
        is_done = operation.state is PaymentOperationState.DONE
        if operation.kind is PaymentOperationKind.REFUND and is_done:
            id = operation.subject_id or operation.id
            if id not in listed_ids:
                amounts[id] = amounts.get(id, 0) + operation.amount.minor
    return amounts


# -- what is told


async def _load_skus(order: Order, reading: ReadSession) -> Mapping[str, str]:
    """The SKUs of the order's lines, by line id; those of variants that are gone are empty."""
    variant_ids = {line.variant_id for line in order.lines}
    variants = await reading.catalogue.load_variants(sorted(variant_ids))
    return {
        line.id: (variants[line.variant_id].sku or "") if line.variant_id in variants else ""
        for line in order.lines
    }


async def _load_destination(
    order: Order, reading: ReadSession, dependencies: Dependencies
) -> Destination | None:
    """Where ``order`` goes; None where the buyer's data was erased."""
    delivery = await load_delivery(order.id, reading, dependencies)
    return None if delivery is None else delivery.address.destination


def _place(destination: Destination | None) -> dict[str, str | None] | None:
    """What a calculator learns of ``destination``, as in its questions."""
    anonymous = anonymous_destination(destination)
    if anonymous is None:
        return None
    return {
        "country": anonymous.country,
        "region": anonymous.region,
        "postalCode": anonymous.postal_code,
    }


def _whole_sale(order: Order, skus: Mapping[str, str]) -> dict[str, object]:
    amounts = amounts_of(order)
    return _sale(amounts.lines, amounts.shipping, amounts.total, skus, order.currency)


def _sale(
    lines: Iterable[LineAmount],
    shipping: TaxedShare,
    total: TaxedShare,
    skus: Mapping[str, str],
    currency: Currency,
) -> dict[str, object]:
    return {
        "lines": [
            {
                "id": line.line_id,
                "sku": skus.get(line.line_id, ""),
                "quantity": line.quantity,
                **_net_and_tax(line.total, currency),
            }
            for line in lines
        ],
        "shipping": _net_and_tax(shipping, currency),
        "total": {"amount": _amount(total.gross, currency), "tax": _amount(total.tax, currency)},
    }


def _refund(
    given_back: _ToldRefund, skus: Mapping[str, str], currency: Currency
) -> dict[str, object]:
    shares = given_back.shares
    lines = [LineAmount(line.line_id, line.quantity, line.total) for line in shares.lines]
    sale = _sale(lines, shares.shipping, shares.total, skus, currency)
    return {
        "id": given_back.id,
        "amount": _amount(shares.total.gross, currency),
        "tax": _amount(shares.total.tax, currency),
        "lines": sale["lines"],
        "shipping": sale["shipping"],
    }


def _net_and_tax(share: TaxedShare, currency: Currency) -> dict[str, str]:
    return {
        "net": _amount(share.gross - share.tax, currency),
        "tax": _amount(share.tax, currency),
    }


def _amount(minor: int, currency: Currency) -> str:
    return f"{Money(minor, currency).amount:f}"


# -- posting and sending


async def _next_sequence(order_id: str, reading: ReadSession) -> int:
    """The number of what is told next of the order.

    It is asked for before what is told is read: then whoever tells something meanwhile takes the
    same number, and one of the two has to look again.
    """
    # What was sent keeps its row, so that no number is given twice.
    last_key = await reading.outbox.find_last_key(
        _dedupe_key(order_id, 1), _dedupe_key(order_id, MAX_SEQUENCE)
    )
    return 1 if last_key is None else int(last_key.rpartition("-")[2]) + 1


async def _post(
    type: _Type,
    order: Order,
    sequence: int,
    data: Mapping[str, object],
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Add what is told of ``order`` to the outbox.

    Raises:
        VersionConflict: something else was told of the order at the same time.

    """
    now = dependencies.clock.now()
    payload = {
        "type": type,
        "timestamp": now.isoformat(),
        "data": {
            "orderNumber": order.number,
            "sequence": sequence,
            "currency": order.currency.code,
            "calculatedBy": order.figures.calculated_by,
            "reference": order.figures.calculation_reference,
            **data,
        },
    }
    call = OrderedCall(
        dependencies.ids.new("cal"), MessageKind.CALCULATION, order.id, sequence, now, payload
    )
    if not await post_ordered_call(call, _dedupe_key(order.id, sequence), work, dependencies):
        raise VersionConflict(order.id)


def _dedupe_key(order_id: str, sequence: int) -> str:
    # Numbers of one length stand in their order in every collation.
    return f"calculation-{order_id}-{sequence:05}"


def calculation_delivery(
    database: Database, clock: Clock, endpoint: OperatorEndpoint
) -> OrderedCallDelivery:
    """What tells the merchant's calculator of each order, one message after the other."""
    return OrderedCallDelivery(database, clock, endpoint, _dedupe_key)
