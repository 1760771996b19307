"""What can be asked to change of an order, and what it comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Protocol

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.carts import MAX_LINE_QUANTITY
from gateway.engine.identity.assurance import Assurance
from gateway.engine.orders.changes import (
    ORDER_PATH,
    QUANTITY_PATH,
    OrderNotShippable,
    RepricedOrder,
    change_quantity,
    reprice_order,
    scheduled_lines,
)
from gateway.engine.orders.lines import OrderLine
from gateway.engine.orders.order import Order, OrderChange, OrderStatus
from gateway.engine.orders.price_limits import PriceLimits
from gateway.engine.orders.repricing import order_terms
from gateway.engine.pricing.calculations import BY_TABLE
from gateway.engine.pricing.discount_codes import StoredValuePayment
from gateway.engine.user_errors import ErrorCode, InputPath, UserError
from gateway.services.dependencies import Dependencies
from gateway.services.identity.address_checks import check_address
from gateway.services.identity.addresses import find_address
from gateway.services.identity.callers import Caller
from gateway.services.orders import access
from gateway.services.orders.delivery_details import Delivery, destination_key, load_delivery
from gateway.services.orders.joining import load_order_market
from gateway.services.orders.order_calculations import calculate_order, load_skus
from gateway.services.orders.order_money import sum_captured
from gateway.services.ports.database import ReadSession

LINE_UPDATE, ADDRESS_SET, CANCEL = "orderLineUpdate", "orderAddressSet", "orderCancel"
ADDRESS_ID_PATH: InputPath = ("input", "addressId")
ADDRESS_PATH: InputPath = ("input", "address")


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A change of an order as it will be stored.

    ``delivery`` is the delivery after it, None where the buyer's data was erased. ``returned`` goes
    back to codes of stored value. ``purchase_id`` is the purchase that a further charge counts to.
    ``detail`` says what is changed, for staff.
    """

    repriced: RepricedOrder
    change: OrderChange
    delivery: Delivery | None
    returned: tuple[StoredValuePayment, ...]
    purchase_id: str | None
    detail: str

    @property
    def order(self) -> Order:
        """The order after the change, at the version before it."""
        return self.repriced.after


@dataclass(frozen=True, slots=True)
class PreviewedOrder(Order):
    """An order as a change would leave it, and where it would go; it is not stored."""

    address: PostalAddress | None = field(default=None, repr=False)


def preview_order(planned: PlannedChange, order: Order) -> PreviewedOrder:
    """``order``, which ``planned`` comes to, with its address."""
    values = {slot.name: getattr(order, slot.name) for slot in fields(Order)}
    delivery = planned.delivery
    return PreviewedOrder(**values, address=None if delivery is None else delivery.address)


class OrderEdit(Protocol):
    """Something to change of an order."""

    @property
    def operation(self) -> str:
        """The mutation's name."""
        ...

    @property
    def may_cost_more(self) -> bool:
        """Whether the order may cost more by it than now, where that is expected."""
        ...

    def body(self) -> Mapping[str, object]:
        """What makes it the same request, as values that JSON can write."""
        ...

    def authority_error(
        self, order: Order, caller: Caller, dependencies: Dependencies, *, is_opened: bool
    ) -> UserError | None:
        """Why a caller who may see ``order`` may not do this; None where they may."""
        ...

    async def plan(
        self, order: Order, reading: ReadSession, dependencies: Dependencies
    ) -> PlannedChange | tuple[UserError, ...]:
        """What it comes to, or why it is refused.

        The merchant's calculator is asked nothing here: ``dependencies`` have its earlier answers.

        Raises:
            CalculationRequired: it was not asked about the order as it would be.

        """
        ...


@dataclass(frozen=True, slots=True)
class LineEdit:
    """Another quantity of a line; 0 removes it."""

    line_id: str
    quantity: int
    operation: str = LINE_UPDATE
    may_cost_more: bool = True

    def body(self) -> Mapping[str, object]:
        """The line and its quantity."""
        return {"lineId": self.line_id, "quantity": self.quantity}

    def authority_error(
        self,
        order: Order,  # noqa: ARG002 - who may see it may do this
        caller: Caller,  # noqa: ARG002
        dependencies: Dependencies,  # noqa: ARG002
        *,
        is_opened: bool,  # noqa: ARG002
    ) -> UserError | None:
        """Nothing: who may see an order may change its lines."""
        return None

    async def plan(
        self, order: Order, reading: ReadSession, dependencies: Dependencies
    ) -> PlannedChange | tuple[UserError, ...]:
        """The order with the other quantity."""
        if not 0 <= self.quantity <= MAX_LINE_QUANTITY:
            message = f"The quantity must be between 0 and {MAX_LINE_QUANTITY:,}."
            return (UserError(ErrorCode.INVALID_INPUT, QUANTITY_PATH, message),)
        lines = change_quantity(order, self.line_id, self.quantity)
        line = order.find_line(self.line_id)
        if isinstance(lines, UserError) or line is None:
            return (lines,) if isinstance(lines, UserError) else ()
        detail = f"{line.item.name}: {line.quantity} -> {self.quantity}"
        return await _plan_lines(order, lines, line.purchase_id, detail, reading, dependencies)


@dataclass(frozen=True, slots=True)
class CancelEdit:
    """Cancelling all that is in no parcel."""

    operation: str = CANCEL
    may_cost_more: bool = False

    def body(self) -> Mapping[str, object]:
        """Nothing more than the order."""
        return {}

    def authority_error(
        self,
        order: Order,  # noqa: ARG002 - who may see it may do this
        caller: Caller,  # noqa: ARG002
        dependencies: Dependencies,  # noqa: ARG002
        *,
        is_opened: bool,  # noqa: ARG002
    ) -> UserError | None:
        """Nothing: who may see an order may cancel it."""
        return None

    async def plan(
        self, order: Order, reading: ReadSession, dependencies: Dependencies
    ) -> PlannedChange | tuple[UserError, ...]:
        """The order with what is in parcels, or cancelled."""
        lines = scheduled_lines(order)
        detail = "what was in no parcel was cancelled" if lines else "cancelled"
        return await _plan_lines(
            order, lines, None, detail, reading, dependencies, may_raise_shipping=False
        )


async def _plan_lines(
    order: Order,
    lines: tuple[OrderLine, ...],
    purchase_id: str | None,
    detail: str,
    reading: ReadSession,
    dependencies: Dependencies,
    *,
    may_raise_shipping: bool = True,
) -> PlannedChange | tuple[UserError, ...]:
    delivery = await load_delivery(order.id, reading, dependencies)
    if not lines:
        cancelled = RepricedOrder(order, replace(order, status=OrderStatus.CANCELLED))
        return PlannedChange(cancelled, OrderChange.CANCELLED, delivery, (), None, detail)
    if delivery is None:
        return (_erased_error(),)
    repriced = await _reprice(
        order, lines, delivery, reading, dependencies, may_raise_shipping=may_raise_shipping
    )
    if isinstance(repriced, UserError):
        return (repriced,)
    return _plan_repriced(repriced, OrderChange.LINE_CHANGED, delivery, purchase_id, detail)


async def _reprice(
    order: Order,
    lines: tuple[OrderLine, ...],
    delivery: Delivery,
    reading: ReadSession,
    dependencies: Dependencies,
    *,
    may_raise_shipping: bool = True,
) -> RepricedOrder | UserError:
    """``order`` with ``lines``, sent as ``delivery`` says; or why it cannot be.

    Raises:
        CalculationRequired: the merchant's calculator was not asked about it yet.

    """
    market, destination = await load_order_market(order, reading), delivery.address.destination
    calculated = BY_TABLE
    if dependencies.calculator is not None:
        calculated = await calculate_order(
            order,
            lines,
            destination=destination,
            market=market,
            skus=await load_skus(lines, reading),
            calculator=dependencies.calculator,
            tax_id=delivery.customer.tax_id,
        )
    limits = PriceLimits(await sum_captured(order, reading), may_raise_shipping)
    try:
        return reprice_order(
            order,
            lines,
            destination=destination,
            market=market,
            calculated=calculated,
            limits=limits,
        )
    except OrderNotShippable as error:
        return UserError(ErrorCode.ADDRESS_INSUFFICIENT, None, str(error))


def _plan_repriced(
    repriced: RepricedOrder,
    change: OrderChange,
    delivery: Delivery,
    purchase_id: str | None,
    detail: str,
) -> PlannedChange:
    remaining, returned = _split_stored(delivery.stored, repriced.returned_stored_value)
    return PlannedChange(
        repriced, change, replace(delivery, stored=remaining), returned, purchase_id, detail
    )


def _split_stored(
    stored: tuple[StoredValuePayment, ...], returned_minor: int
) -> tuple[tuple[StoredValuePayment, ...], tuple[StoredValuePayment, ...]]:
    """What of ``stored`` stays, and what goes back: of the codes that paid last."""
    remaining: list[StoredValuePayment] = []
    returned: list[StoredValuePayment] = []
    for payment in reversed(stored):
        back = min(payment.minor, returned_minor)
        returned_minor -= back
        if back:
            returned.append(replace(payment, minor=back))
        if payment.minor > back:
            remaining.append(replace(payment, minor=payment.minor - back))
    return tuple(reversed(remaining)), tuple(returned)


def _erased_error() -> UserError:
    message = "The buyer's data was erased: the order can only be cancelled."
    return UserError(ErrorCode.NOT_MODIFIABLE, ORDER_PATH, message)


@dataclass(frozen=True, slots=True)
class AddressEdit:
    """Another address: a purchaser's own by its id, or a guest's as typed.

    ``confirm_warnings`` accepts one that is only doubtful.
    """

    address_id: str | None = None
    address: PostalAddress | None = field(default=None, repr=False)
    confirm_warnings: bool = False
    operation: str = ADDRESS_SET
    may_cost_more: bool = True

    def body(self) -> Mapping[str, object]:
        """The address."""
        address = self.address
        typed = None
        if address is not None:
            typed = {part.name: str(getattr(address, part.name)) for part in fields(address)}
        return {
            "addressId": self.address_id,
            "address": typed,
            "confirmWarnings": self.confirm_warnings,
        }

    def authority_error(
        self, order: Order, caller: Caller, dependencies: Dependencies, *, is_opened: bool
    ) -> UserError | None:
        """Staff may; a purchaser with a recent sign-in; a guest who holds the mailed link."""
        if access.is_staff(caller):
            return None
        if order.purchaser_id is None:
            message = "Open the order by the link in its mail, then change its address."
            error = UserError(ErrorCode.SIGN_IN_REQUIRED, None, message)
            return None if is_opened else error
        return caller.assurance_error(
            Assurance.RECENT,
            now=dependencies.clock.now(),
            recent=dependencies.policy.reauthenticate_after,
        )

    async def plan(
        self, order: Order, reading: ReadSession, dependencies: Dependencies
    ) -> PlannedChange | tuple[UserError, ...]:
        """The order priced for the other address; what is in a parcel keeps its own."""
        if any(line.scheduled > 0 for line in order.lines):
            message = "Part of the order is in a parcel: it can no longer go elsewhere."
            return (UserError(ErrorCode.NOT_MODIFIABLE, ORDER_PATH, message),)
        address = await self._find_address(order, reading, dependencies)
        if not isinstance(address, PostalAddress):
            return address
        delivery = await load_delivery(order.id, reading, dependencies)
        if delivery is None:
            return (_erased_error(),)
        moved_delivery = replace(delivery, address=address)
        repriced = await _reprice(order, order.lines, moved_delivery, reading, dependencies)
        if isinstance(repriced, UserError):
            path = ADDRESS_PATH if self.address_id is None else ADDRESS_ID_PATH
            return (replace(repriced, field=path),)
        key = destination_key(
            address,
            delivery.method,
            dependencies.cipher,
            delivery.customer,
            order_terms(order).standing,
        )
        return _plan_repriced(
            replace(repriced, after=replace(repriced.after, destination_key=key)),
            OrderChange.ADDRESS_CHANGED,
            moved_delivery,
            order.lines[0].purchase_id,
            "another address",
        )

    async def _find_address(
        self, order: Order, reading: ReadSession, dependencies: Dependencies
    ) -> PostalAddress | tuple[UserError, ...]:
        if (self.address_id is None) == (self.address is None):
            message = "Give either `addressId` or `address`."
            return (UserError(ErrorCode.INVALID_INPUT, ADDRESS_ID_PATH, message),)
        if self.address is not None:
            if order.purchaser_id is not None:
                message = "Give one of the purchaser's addresses by its id."
                return (UserError(ErrorCode.INVALID_INPUT, ADDRESS_PATH, message),)
            outcome = check_address(
                self.address,
                ADDRESS_PATH,
                confirmed=self.confirm_warnings,
                countries=dependencies.countries,
                phones=dependencies.identity.phones,
            )
            return outcome.user_errors if outcome.value is None else outcome.value
        if order.purchaser_id is None:
            message = "A guest's order has no saved addresses: give `address`."
            return (UserError(ErrorCode.INVALID_INPUT, ADDRESS_ID_PATH, message),)
        saved_address = await find_address(
            self.address_id or "", order.purchaser_id, reading=reading, cipher=dependencies.cipher
        )
        if saved_address is None:
            message = "You have no such address."
            return (UserError(ErrorCode.NOT_FOUND, ADDRESS_ID_PATH, message),)
        return saved_address.postal
