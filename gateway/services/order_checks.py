"""Checks that what is kept of orders holds together, page by page, beside a gateway that runs."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.engine.orders.invariants import check_order, check_shipment
from gateway.engine.orders.order import Order, first_list_position
from gateway.engine.orders.order_records import (
    ChargeRecord,
    Invariant,
    OrderRecord,
    RefundEntry,
    ReturnEntry,
    Violation,
)
from gateway.engine.orders.payments import ChargeStage
from gateway.services.checkout.drafts import decode_order_result
from gateway.services.checkout.recovery import RESULT_LIFETIME
from gateway.services.orders.order_money import STAGES
from gateway.services.ports.database import Database, ReadSession
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payment_operations import (
    PaymentOperation,
    PaymentOperationKind,
    PaymentOperationState,
)
from gateway.services.ports.purchase_attempts import PurchaseAttempt
from gateway.services.ports.refunds import OrderRefund, RefundStatus, StoredReturn

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_ROWS_PER_PAGE = 100
"""Orders, shipments or purchase attempts that are looked at together."""
MAX_EVENTS_PER_ORDER = 10_000
"""Events of one order that are looked at."""


@dataclass(frozen=True, slots=True)
class OrderCheck:
    """A check of what was placed, packed or bought from ``since`` on; None: of everything.

    ``now`` tells which purchase attempts are kept still. ``report_progress`` hears how many rows a
    page had.
    """

    database: Database
    now: datetime
    since: datetime | None = None
    report_progress: Callable[[int], None] = lambda _: None

    async def find_violations(self) -> AsyncIterator[Violation]:
        """What is wrong, as it is come upon."""
        for check_pages in (self._check_orders, self._check_shipments, self._check_attempts):
            async for violations in check_pages():
                for violation in violations:
                    yield violation

    async def _check_orders(self) -> AsyncIterator[tuple[Violation, ...]]:
        position: int | None = None
        while True:
            async with self.database.read() as reading:
                orders = await reading.order_search.list_orders(None, position, MAX_ROWS_PER_PAGE)
            page = [order for order in orders if self._is_included(order.placed_at)]
            yield await self._check_page([order.id for order in page], self._check_order_page)
            if len(page) < MAX_ROWS_PER_PAGE:
                return
            position = page[-1].list_position

    async def _check_shipments(self) -> AsyncIterator[tuple[Violation, ...]]:
        """Shipments by themselves; what their orders say of them is checked with the orders."""
        position: int | None = None
        first_position = 0 if self.since is None else first_list_position(self.since)
        while True:
            async with self.database.read() as reading:
                shipments = await reading.shipments.list_page(None, MAX_ROWS_PER_PAGE, position)
            page = [parcel for parcel in shipments if parcel.list_position >= first_position]
            self.report_progress(len(page))
            yield tuple(violation for parcel in page for violation in check_shipment(parcel))
            if len(page) < MAX_ROWS_PER_PAGE:
                return
            position = page[-1].list_position

    async def _check_attempts(self) -> AsyncIterator[tuple[Violation, ...]]:
        instant = EPOCH if self.since is None else self.since
        # Attempts of that very instant, which the next page has again.
        checked_ids: frozenset[str] = frozenset()
        while True:
            limit = MAX_ROWS_PER_PAGE + len(checked_ids)
            async with self.database.read() as reading:
                page = await reading.purchase_attempts.list_settled(instant, limit)
            attempt_ids = [attempt.id for attempt in page if attempt.id not in checked_ids]
            yield await self._check_page(attempt_ids, self._check_attempt_page)
            if len(page) < limit:
                return
            instant = page[-1].created_at
            checked_ids = frozenset(attempt.id for attempt in page if attempt.created_at == instant)

    def _is_included(self, instant: datetime) -> bool:
        return self.since is None or instant >= self.since

    async def _check_page(
        self,
        ids: Sequence[str],
        check_page: Callable[[Sequence[str], ReadSession], Awaitable[tuple[Violation, ...]]],
    ) -> tuple[Violation, ...]:
        """What is wrong both times: between two statements a running gateway may change rows."""
        self.report_progress(len(ids))
        if not ids:
            return ()
        async with self.database.read() as reading:
            violations = await check_page(ids, reading)
            if not violations:
                return ()
            suspect_ids = sorted({violation.subject_id for violation in violations})
            second_violations = set(await check_page(suspect_ids, reading))
        return tuple(violation for violation in violations if violation in second_violations)

    # -- orders

    async def _check_order_page(
        self, order_ids: Sequence[str], reading: ReadSession
    ) -> tuple[Violation, ...]:
        records = await load_order_records(order_ids, reading)
        return (
            *(violation for record in records for violation in check_order(record)),
            *await self._check_purchases(records, reading),
        )

    async def _check_purchases(
        self, records: Iterable[OrderRecord], reading: ReadSession
    ) -> tuple[Violation, ...]:
        """Whether the purchases of orders became part of them, as far as attempts are kept."""
        purchases = [
            (record.order, purchase_id)
            for record in records
            for purchase_id in sorted(_purchase_ids(record))
        ]
        attempts = {
            attempt.id: attempt
            for attempt in await reading.purchase_attempts.find_many(
                [purchase_id for _, purchase_id in purchases]
            )
        }
        return tuple(
            Violation(Invariant.PURCHASES, order.id, sentence)
            for order, purchase_id in purchases
            for sentence in self._check_purchase(order, purchase_id, attempts.get(purchase_id))
        )

    def _check_purchase(
        self, order: Order, purchase_id: str, attempt: PurchaseAttempt | None
    ) -> Iterator[str]:
        if attempt is None:
            if order.placed_at > self.now - RESULT_LIFETIME:
                yield f"Its purchase {purchase_id} is not kept."
        elif (order_id := _order_id_of(attempt)) != order.id:
            yield f"Its purchase {purchase_id} is {attempt.state} and became order {order_id}."

    # -- purchase attempts

    async def _check_attempt_page(
        self, attempt_ids: Sequence[str], reading: ReadSession
    ) -> tuple[Violation, ...]:
        attempts = await reading.purchase_attempts.find_many(attempt_ids)
        order_ids = {attempt.id: _order_id_of(attempt) for attempt in attempts}
        orders = await reading.orders.find_many([id for id in order_ids.values() if id is not None])
        kept_ids = {order.id for order in orders}
        return tuple(
            Violation(
                Invariant.PURCHASES, attempt_id, f"It became order {order_id}, which is not kept."
            )
            for attempt_id, order_id in sorted(order_ids.items())
            if order_id is not None and order_id not in kept_ids
        )


def _purchase_ids(record: OrderRecord) -> set[str]:
    ids = {line.purchase_id for line in record.order.lines}
    ids |= {charge.purchase_id for charge in record.charges}
    return {purchase_id for purchase_id in ids if purchase_id is not None}


def _order_id_of(attempt: PurchaseAttempt) -> str | None:
    result = None if attempt.result is None else decode_order_result(attempt.result)
    return None if result is None else result.order_id


# -- what is kept of orders


async def load_order_records(
    order_ids: Sequence[str], reading: ReadSession
) -> tuple[OrderRecord, ...]:
    """Those of these orders that there are with all that is kept for them."""
    orders = await reading.orders.find_many(order_ids)
    events = await reading.orders.list_events_of(order_ids, 0, MAX_EVENTS_PER_ORDER)
    payments = await reading.order_payments.list_for_orders(order_ids)
    operations = await reading.payment_operations.list_for_orders(order_ids)
    shipments = await reading.shipments.list_for_orders(order_ids)
    refunds = await reading.refunds.list_for_orders(order_ids)
    returns = await reading.returns.list_for_orders(order_ids)
    return tuple(
        OrderRecord(
            order,
            tuple(
                charge_record(payment, operations)
                for payment in payments
                if payment.order_id == order.id
            ),
            tuple(shipment for shipment in shipments if order.id in shipment.order_ids),
            events.get(order.id, ()),
            tuple(
                _refund_entry(refund)
                for refund in refunds
                if refund.order_id == order.id and refund.status is not RefundStatus.FAILED
            ),
            tuple(_return_entry(record) for record in returns if record.order_id == order.id),
        )
        for order in orders
    )


def _refund_entry(refund: OrderRefund) -> RefundEntry:
    counts = {line.line_id: line.quantity for line in refund.lines}
    return RefundEntry(refund.id, refund.amount.minor, counts)


def _return_entry(record: StoredReturn) -> ReturnEntry:
    return ReturnEntry(record.id, {line.line_id: line.received for line in record.lines})


def charge_record(payment: OrderPayment, operations: Iterable[PaymentOperation]) -> ChargeRecord:
    """A charge with what the provider was told to do with it."""

    def sum_of(kind: PaymentOperationKind, state: PaymentOperationState) -> int:
        return sum(
            operation.amount.minor
            for operation in operations
            if (operation.payment_id, operation.kind, operation.state) == (payment.id, kind, state)
        )

    capture, refund = PaymentOperationKind.CAPTURE, PaymentOperationKind.REFUND
    pending, done = PaymentOperationState.PENDING, PaymentOperationState.DONE
    return ChargeRecord(
        id=payment.id,
        amount=payment.amount.minor,
        held_amount=payment.held_minor,
        captured=payment.captured_minor,
        refunded=payment.refunded_minor,
        stage=STAGES.get(payment.state, ChargeStage.STANDING),
        purchase_id=payment.purchase_id,
        capturing=sum_of(capture, pending),
        refunding=sum_of(refund, pending),
        captures=sum_of(capture, done),
        refunds=sum_of(refund, done),
    )
