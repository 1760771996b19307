"""The use case that says as whom a cart's buyer is taxed: a consumer, a business, an exempt one."""

from dataclasses import dataclass, field, replace

from gateway.engine.carts import Cart
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.purchase_details import CONSUMER, TaxCustomer, TaxIdState
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.engine.user_errors import ErrorCode, InputPath, UserError
from gateway.services.cart_access import can_access
from gateway.services.cart_edits import (
    CART_PATH,
    NOT_FOUND_MESSAGE,
    CartReference,
    EditResult,
    edit_cart,
)
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.identity.tax_exemptions import find_tax_exemption
from gateway.services.outcomes import Outcome
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.tax_ids import Registration, TaxId, TaxIdProblem

KIND_PATH: InputPath = ("input", "kind")
TAX_ID_PATH: InputPath = ("input", "taxId")
NOT_EXEMPT_MESSAGE = (
    "Only purchasers whom the shop has marked are exempt from tax, once they have signed in."
)
_PROBLEM_MESSAGES = {
    TaxIdProblem.MALFORMED: "This is no tax id: its form or its check digits are not right.",
    TaxIdProblem.UNKNOWN_COUNTRY: "Of which country this tax id is cannot be told, or its form is "
    "not known here. Begin it with the country's code, or set the cart's destination first.",
}
_STATES = {
    Registration.REGISTERED: TaxIdState.CONFIRMED,
    Registration.UNAVAILABLE: TaxIdState.UNAVAILABLE,
    Registration.NOT_KEPT: TaxIdState.FORMAT_ONLY,
}


@dataclass(frozen=True, slots=True)
class CustomerRequest:
    """As whom a buyer wants to be taxed; ``tax_id`` as it was typed."""

    kind: CustomerKind
    tax_id: str | None = field(default=None, repr=False)


async def set_customer(
    reference: CartReference,
    request: CustomerRequest,
    *,
    caller: Caller,
    dependencies: Dependencies,
) -> Outcome[PricedCart]:
    """Set as whom the cart's buyer is taxed.

    The register of tax ids is asked before the transaction, and only for a cart that the caller
    may change.
    """
    async with dependencies.database.read() as reading:
        cart = await reading.carts.find(reference.id)
    if cart is None or not can_access(cart, caller):
        return _refuse(ErrorCode.NOT_FOUND, CART_PATH, NOT_FOUND_MESSAGE)
    customer = await check_customer(request, cart, dependencies)
    if isinstance(customer, UserError):
        return Outcome(user_errors=(customer,))

    async def edit(cart: Cart, work: UnitOfWork) -> EditResult:
        if customer.kind is CustomerKind.EXEMPT:
            error = await _exemption_error(caller, work, dependencies)
            if error is not None:
                return EditResult(errors=(error,))
        return EditResult(replace(cart, customer=customer))

    return await edit_cart(reference, edit, caller=caller, dependencies=dependencies)


async def check_customer(
    request: CustomerRequest, cart: Cart, dependencies: Dependencies
) -> TaxCustomer | UserError:
    """The customer whom ``request`` describes, with what the register says of their tax id."""
    text = (request.tax_id or "").strip()
    if request.kind is CustomerKind.CONSUMER:
        message = "A consumer has no tax id: leave it out, or buy as a BUSINESS."
        return UserError(ErrorCode.INVALID_INPUT, TAX_ID_PATH, message) if text else CONSUMER
    if not text:
        message = "A business is taxed by its tax id: give it, or buy as a CONSUMER."
        is_business = request.kind is CustomerKind.BUSINESS
        return (
            UserError(ErrorCode.INVALID_INPUT, TAX_ID_PATH, message)
            if is_business
            else TaxCustomer(request.kind)
        )
    country = None if cart.destination is None else cart.destination.country
    tax_id = dependencies.tax_ids.parse(text, country)
    if isinstance(tax_id, TaxIdProblem):
        return UserError(ErrorCode.INVALID_INPUT, TAX_ID_PATH, _PROBLEM_MESSAGES[tax_id])
    return await _look_up(request.kind, tax_id, dependencies)


async def _look_up(
    kind: CustomerKind, tax_id: TaxId, dependencies: Dependencies
) -> TaxCustomer | UserError:
    register = dependencies.tax_id_register
    if register is None:
        return TaxCustomer(kind, tax_id.text, TaxIdState.FORMAT_ONLY, tax_id.country)
    answer = await register.look_up(tax_id)
    if answer.registration is Registration.UNREGISTERED:
        message = "This tax id is not registered. Correct it, or buy as a CONSUMER."
        return UserError(ErrorCode.INVALID_INPUT, TAX_ID_PATH, message)
    state = _STATES[answer.registration]
    return TaxCustomer(kind, tax_id.text, state, tax_id.country, answer.consultation)


async def _exemption_error(
    caller: Caller, work: UnitOfWork, dependencies: Dependencies
) -> UserError | None:
    """That the caller is not exempt from tax; None where the shop has marked them."""
    authentication = caller.authentication
    purchaser_id = None if authentication is None else authentication.purchaser_id
    reason = await find_tax_exemption(purchaser_id, reading=work, cipher=dependencies.cipher)
    if reason is not None:
        return None
    return UserError(ErrorCode.FORBIDDEN, KIND_PATH, NOT_EXEMPT_MESSAGE)


def _refuse(code: ErrorCode, path: InputPath, message: str) -> Outcome[PricedCart]:
    return Outcome(user_errors=(UserError(code, path, message),))
