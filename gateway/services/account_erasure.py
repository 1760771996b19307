"""The erasure of an account: the person goes, orders stay without them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from gateway.engine.gifts.charges import GiftPaymentState
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.identity.assurance import Assurance
from gateway.engine.identity.open_affairs import (
    MAX_AFFAIRS_TOLD,
    Affair,
    AffairKind,
    describe_affairs,
)
from gateway.engine.identity.purchasers import Purchaser
from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.orders.payment_states import MOVING_STATES
from gateway.engine.user_errors import ErrorCode
from gateway.services import encryption
from gateway.services.dependencies import Dependencies
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.erasure import discard_messages, erase_ended_gift
from gateway.services.gifts.gift_records import VersionedGift, load_from_records
from gateway.services.gifts.gift_store import announce_change
from gateway.services.gifts.imported_directory import erase_entries
from gateway.services.identity.callers import Authentication, Caller, require_purchaser
from gateway.services.identity.registration import email_indexes, find_purchaser
from gateway.services.jobs import DUE_TOPIC
from gateway.services.kept_invoices import Invoice, InvoiceBuyer, keep_invoice
from gateway.services.orders.delivery_details import load_deliveries
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.account_erasures import ERASED_PURCHASER_ID
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.provider_clearances import ClearanceKind, ProviderClearance
from gateway.services.ports.purchasers import PurchaserRecord
from gateway.services.ports.refunds import RefundStatus

PAGE_SIZE = 50
"""Orders or gifts that are read together."""
ENDED_STATUSES = frozenset({OrderStatus.DELIVERED, OrderStatus.CANCELLED})
INVOICED_PAYMENTS = frozenset({GiftPaymentState.CAPTURED, GiftPaymentState.REFUNDED})


@dataclass(frozen=True, slots=True)
class AccountDependencies:
    """The dependencies of erasing accounts: those of orders and those of gifts."""

    orders: Dependencies
    gifts: GiftDependencies


async def erase_account(
    *, caller: Caller, dependencies: AccountDependencies
) -> tuple[Outcome[Purchaser], Caller]:
    """Erase the caller's account; returns the caller as they are known from then on.

    Requires a recent sign-in. Refused with NOT_MODIFIABLE while something has not ended.
    """
    owner = require_purchaser(
        Assurance.RECENT, caller=caller, dependencies=dependencies.orders.identity
    )
    if owner.value is None:
        return Outcome(user_errors=owner.user_errors), caller
    affairs = await _erase(owner.value, caller.authentication, dependencies)
    if affairs:
        message = describe_affairs(affairs)
        return error_outcome(ErrorCode.NOT_MODIFIABLE, None, message), caller
    return Outcome(), replace(caller, recognised=None, authentication=None)


async def repeat_account_erasures(dependencies: AccountDependencies) -> int:
    """Repeat erasures that a restored backup has undone; returns their number.

    An account whose orders or gifts the backup shows as open is left until they have ended.
    """
    erased_accounts = dependencies.orders.identity.erased_accounts
    repeated_count = 0
    for purchaser_id in await erased_accounts.list_all() if erased_accounts else ():
        async with dependencies.orders.database.read() as reading:
            record = await reading.purchasers.find(purchaser_id)
        if record is not None and not await _erase(purchaser_id, None, dependencies):
            repeated_count += 1
    return repeated_count


async def _erase(
    purchaser_id: str, authentication: Authentication | None, dependencies: AccountDependencies
) -> tuple[Affair, ...]:
    """Erase the account unless something has not ended; returns what has not."""
    base, gift_dependencies = dependencies.orders, dependencies.gifts
    erased_gifts: list[Gift] = []
    async with base.database.begin() as work:
        await work.purchasers.lock(purchaser_id)
        purchaser = await find_purchaser(purchaser_id, reading=work, cipher=base.cipher)
        if purchaser is None:
            return ()
        affairs = await _find_affairs(purchaser_id, work, dependencies)
        if affairs:
            return affairs
        if base.identity.erased_accounts is not None:
            await base.identity.erased_accounts.add(purchaser_id)
        await _keep_order_invoices(purchaser, work, base)
        # Before the orders forget whose they are: bought carts are found by them.
        await work.carts.delete_of_purchaser(purchaser_id)
        await work.order_search.delete_of_purchaser(purchaser_id)
        await work.account_erasures.detach_orders(purchaser_id)
        async for page in gift_pages(purchaser_id, work, gift_dependencies):
            for versioned_gift in page:
                await _erase_gift(versioned_gift, purchaser, work, gift_dependencies)
                erased_gifts.append(versioned_gift.gift)
        await _delete_person(purchaser, authentication, work, base)
    await _discard_copies(purchaser, erased_gifts, dependencies)
    await base.wakeups.announce(DUE_TOPIC)
    return ()


async def _delete_person(
    purchaser: Purchaser,
    authentication: Authentication | None,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Delete all that is kept for ``purchaser``, their key and what directories say of them."""
    cipher, now = dependencies.cipher, dependencies.clock.now()
    for contact in (purchaser.email, purchaser.phone):
        if contact:
            await erase_entries(contact, work=work, cipher=cipher)
    if purchaser.email:
        indexes = email_indexes(purchaser.email, cipher)
        for code_id in await work.account_erasures.delete_codes(indexes):
            await encryption.delete_data_key(code_id, work=work)
    await work.account_erasures.delete_account(purchaser.id, now)
    await work.provider_clearances.add(
        ProviderClearance(purchaser.id, ClearanceKind.CUSTOMER, purchaser.id, None, now), now
    )
    await encryption.delete_data_key(purchaser.id, work=work)
    if authentication is None or authentication.session is None:
        return
    if authentication.provider_token_ends_at is not None:
        # Else the same token would at once open a new account.
        nobody = PurchaserRecord(ERASED_PURCHASER_ID, None, b"")
        await work.purchasers.add(nobody, now)
        await work.sessions.note_signed_out(
            authentication.session, ERASED_PURCHASER_ID, authentication.provider_token_ends_at
        )


async def _discard_copies(
    purchaser: Purchaser, erased_gifts: Sequence[Gift], dependencies: AccountDependencies
) -> None:
    """Delete what is left outside the rows: copies of mails, and pages of the database's files."""
    gift_dependencies = dependencies.gifts
    for gift in erased_gifts:
        await discard_messages(gift, gift_dependencies)
    if gift_dependencies.sent_messages is not None and purchaser.email:
        await gift_dependencies.sent_messages.discard_addressed_to(purchaser.email)
    await dependencies.orders.database.scrub()
    for gift in erased_gifts:
        await announce_change(gift, dependencies=gift_dependencies)


# -- what has not ended


async def _find_affairs(
    purchaser_id: str, work: UnitOfWork, dependencies: AccountDependencies
) -> tuple[Affair, ...]:
    """What of the purchaser's has not ended, a little more than a message tells at most."""
    affairs: list[Affair] = []
    async for affair in _iterate_affairs(purchaser_id, work, dependencies):
        affairs.append(affair)
        if len(affairs) > MAX_AFFAIRS_TOLD:
            break
    return tuple(affairs)


async def _iterate_affairs(
    purchaser_id: str, work: UnitOfWork, dependencies: AccountDependencies
) -> AsyncIterator[Affair]:
    for _ in await work.purchase_attempts.list_open_for(purchaser_id):
        yield Affair(AffairKind.PURCHASE)
    if await work.gift_orders.is_any_unfinished(purchaser_id):
        yield Affair(AffairKind.GIFT_ORDER)
    async for orders in order_pages(purchaser_id, work):
        for affair in await list_order_affairs(orders, work):
            yield affair
    async for gifts in gift_pages(purchaser_id, work, dependencies.gifts):
        for versioned_gift in gifts:
            gift_affair = _gift_affair(versioned_gift.gift)
            if gift_affair is not None:
                yield gift_affair


async def list_order_affairs(orders: Sequence[Order], reading: ReadSession) -> tuple[Affair, ...]:
    """What has not ended of ``orders``: themselves, returns, refunds and payments."""
    numbers = {order.id: order.number for order in orders}
    ids = list(numbers)
    moving_ids = {
        payment.order_id
        for payment in await reading.order_payments.list_for_orders(ids)
        if payment.state in MOVING_STATES
    } | {
        operation.order_id
        for operation in await reading.payment_operations.list_for_orders(ids)
        if operation.is_pending
    }
    return (
        *(
            Affair(AffairKind.ORDER, order.number, order.status)
            for order in orders
            if order.status not in ENDED_STATUSES
        ),
        *(
            Affair(AffairKind.RETURN, numbers[each.order_id], each.status)
            for each in await reading.returns.list_for_orders(ids)
            if each.progress.is_open
        ),
        *(
            Affair(AffairKind.REFUND, numbers[refund.order_id])
            for refund in await reading.refunds.list_for_orders(ids)
            if refund.status is RefundStatus.PENDING
        ),
        *(Affair(AffairKind.PAYMENT, numbers[id]) for id in ids if id in moving_ids),
    )


def _gift_affair(gift: Gift) -> Affair | None:
    """What has not ended of ``gift``: itself, or the money that goes back to its giver."""
    if not gift.settled:
        return Affair(AffairKind.GIFT, gift.tracking_number, gift.status)
    charges = gift.charges
    is_owed = gift.status is not GiftStatus.DELIVERED and charges.has_money_to_return
    if is_owed or charges.has_stray_holds or charges.pending_hold or charges.capturing:
        return Affair(AffairKind.GIFT_PAYMENT, gift.tracking_number)
    return None


def has_ended(gift: Gift) -> bool:
    """Whether ``gift`` and its money are at their end."""
    return _gift_affair(gift) is None


async def order_pages(purchaser_id: str, reading: ReadSession) -> AsyncIterator[tuple[Order, ...]]:
    """The purchaser's orders, page by page."""
    before_position: int | None = None
    while page := await reading.orders.list_by_purchaser(purchaser_id, PAGE_SIZE, before_position):
        yield page
        # Others have their turn between two pages of an account with many orders.
        await asyncio.sleep(0)
        before_position = page[-1].list_position


async def gift_pages(
    purchaser_id: str, reading: ReadSession, dependencies: GiftDependencies
) -> AsyncIterator[list[VersionedGift]]:
    """The gifts that the purchaser gives, page by page."""
    before = None
    while records := await reading.gifts.list_by_giver(purchaser_id, before, PAGE_SIZE):
        yield await load_from_records(records, reading=reading, cipher=dependencies.cipher)
        await asyncio.sleep(0)
        before = (records[-1].created_at, records[-1].id)


# -- what stays


async def _keep_order_invoices(
    purchaser: Purchaser, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Keep who the purchaser's orders were for, of those that were delivered or paid."""
    async for orders in order_pages(purchaser.id, work):
        ids = [order.id for order in orders]
        deliveries = await load_deliveries(ids, work, dependencies)
        paid_ids = _paid_order_ids(await work.order_payments.list_for_orders(ids))
        for order in orders:
            delivery = deliveries.get(order.id)
            is_invoiced = order.status is not OrderStatus.CANCELLED or order.id in paid_ids
            if delivery is not None and is_invoiced:
                await keep_invoice(
                    Invoice(order.id, order.number, order.placed_at),
                    InvoiceBuyer(
                        delivery.address.name,
                        delivery.email or purchaser.email,
                        delivery.address,
                        delivery.customer,
                    ),
                    work=work,
                    cipher=dependencies.cipher,
                )


def _paid_order_ids(payments: Sequence[OrderPayment]) -> set[str]:
    return {payment.order_id for payment in payments if payment.captured_minor}


async def _erase_gift(
    versioned_gift: VersionedGift,
    purchaser: Purchaser,
    work: UnitOfWork,
    dependencies: GiftDependencies,
) -> None:
    """Erase all of a gift that is personal; who paid it is kept for its invoice."""
    gift = versioned_gift.gift
    if gift.charges.payment in INVOICED_PAYMENTS:
        giver = await dependencies.givers.find_giver(purchaser.id, work)
        await keep_invoice(
            Invoice(gift.id, gift.tracking_number, gift.created_at),
            InvoiceBuyer(giver.name if giver else "", purchaser.email),
            work=work,
            cipher=dependencies.cipher,
        )
    await erase_ended_gift(versioned_gift, dependencies.clock.now(), work, dependencies)
