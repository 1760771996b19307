"""Changes of stock and prices by staff."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.engine.catalogue.price_changes import (
    PriceChange,
    describe_change,
    price_change_errors,
)
from gateway.engine.catalogue.products import Variant
from gateway.engine.catalogue.stock_adjustments import (
    VARIANT_PATH,
    adjustment_error,
    adjustment_size_error,
)
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.jobs import DUE_TOPIC
from gateway.services.outcomes import Outcome
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.request_keys import (
    IdempotentRequest,
    find_result,
    record_result,
    request_scope,
)
from gateway.services.staff_actions import (
    StaffMember,
    reason_error,
    record_staff_action,
    require_staff,
)

STOCK_ADJUST, VARIANT_UPDATE = "stockAdjust", "variantUpdate"


@dataclass(frozen=True, slots=True)
class StockAdjustment:
    """A change of the stock of a variant, up or down; ``reason`` is for the log."""

    variant_id: str
    by: int
    reason: str | None = None


async def adjust_stock(
    adjustment: StockAdjustment,
    idempotency_key: str,
    *,
    caller: Caller,
    dependencies: Dependencies,
) -> Outcome[Variant]:
    """Change the stock of a variant as staff; returns the variant after the change.

    An increase starts a run of selection. Errors: FORBIDDEN for other callers, NOT_MODIFIABLE if
    the stock has no limit, and OUT_OF_STOCK if orders have reserved it.
    """
    member = require_staff(caller)
    if isinstance(member, UserError):
        return Outcome(user_errors=(member,))
    request = IdempotentRequest(
        request_scope(caller),
        idempotency_key,
        STOCK_ADJUST,
        {
            "variantId": adjustment.variant_id,
            "by": adjustment.by,
            "reason": adjustment.reason,
        },
    )
    input_errors = (adjustment_size_error(adjustment.by), reason_error(adjustment.reason))
    async with dependencies.database.begin() as work:
        errors = tuple(error for error in input_errors if error is not None)
        earlier_result = None
        if not errors:
            earlier_result = await find_result(request, work=work, dependencies=dependencies)
            errors = _errors_of(earlier_result)
        if not errors and earlier_result is None:
            errors = await _adjust(adjustment, member, work, dependencies)
            if not errors:
                await record_result(
                    request, adjustment.variant_id, work=work, dependencies=dependencies
                )
        variant = await _load_variant(adjustment.variant_id, work)
    if not errors and earlier_result is None and adjustment.by > 0:
        await dependencies.wakeups.announce(DUE_TOPIC)
    return Outcome(variant, errors)


async def _adjust(
    adjustment: StockAdjustment,
    member: StaffMember,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> tuple[UserError, ...]:
    """Change the stock and record it; returns the errors that prevent it."""
    stock = await work.stock.lock(adjustment.variant_id)
    if stock is None:
        return (_not_found(),)
    error = adjustment_error(stock, adjustment.by)
    if error is not None or stock.available is None:
        return () if error is None else (error,)
    await work.stock.adjust(adjustment.variant_id, adjustment.by)
    detail = {
        "by": adjustment.by,
        "availableBefore": stock.available,
        "availableAfter": stock.available + adjustment.by,
    }
    await record_staff_action(
        work,
        member,
        STOCK_ADJUST,
        adjustment.variant_id,
        adjustment.reason,
        detail,
        dependencies=dependencies,
    )
    if adjustment.by > 0:
        await work.selection_requests.request(dependencies.clock.now())
    return ()


async def update_prices(
    variant_id: str,
    change: PriceChange,
    idempotency_key: str | None,
    *,
    caller: Caller,
    dependencies: Dependencies,
) -> Outcome[Variant]:
    """Change a variant's prices in one currency as staff; returns the variant after the change.

    Carts with the variant are priced again, with a warning. Orders keep their prices.
    """
    member = require_staff(caller)
    if isinstance(member, UserError):
        return Outcome(user_errors=(member,))
    request = IdempotentRequest(
        request_scope(caller),
        idempotency_key,
        VARIANT_UPDATE,
        {
            "variantId": variant_id,
            "currency": change.currency.code,
            "price": change.price,
            "compareAtPrice": change.compare_at_price,
            "removesCompareAt": change.removes_compare_at,
        },
    )
    async with dependencies.database.begin() as work:
        earlier_result = await find_result(request, work=work, dependencies=dependencies)
        variant = await _lock_variant(variant_id, work)
        if variant is None:
            return Outcome(user_errors=_errors_of(earlier_result) or (_not_found(),))
        if earlier_result is not None:
            return Outcome(variant, _errors_of(earlier_result))
        errors = price_change_errors(change, variant)
        if errors:
            return Outcome(variant, errors)
        changed_variant = change.apply_to(variant)
        await work.catalogue.save_prices(changed_variant)
        detail = describe_change(change, variant, changed_variant)
        await record_staff_action(
            work, member, VARIANT_UPDATE, variant_id, None, detail, dependencies=dependencies
        )
        await record_result(request, variant_id, work=work, dependencies=dependencies)
        return Outcome(await _load_variant(variant_id, work))


async def refuse(
    variant_id: str, errors: Sequence[UserError], dependencies: Dependencies
) -> Outcome[Variant]:
    """The outcome of invalid input of staff, with the variant as it is."""
    async with dependencies.database.read() as reading:
        return Outcome(await _load_variant(variant_id, reading), tuple(errors))


async def _lock_variant(variant_id: str, work: UnitOfWork) -> Variant | None:
    """Lock the prices of a variant until the transaction ends; returns the variant."""
    variant = await _load_variant(variant_id, work)
    if variant is None:
        return None
    await work.catalogue.lock_variants([variant.product_id])
    return await _load_variant(variant_id, work)


async def _load_variant(variant_id: str, reading: ReadSession) -> Variant | None:
    return (await reading.catalogue.load_variants([variant_id])).get(variant_id)


def _errors_of(result: str | UserError | None) -> tuple[UserError, ...]:
    return (result,) if isinstance(result, UserError) else ()


def _not_found() -> UserError:
    return UserError(ErrorCode.NOT_FOUND, VARIANT_PATH, "There is no such variant.")
