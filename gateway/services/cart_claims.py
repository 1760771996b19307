"""The use case that makes a cart the caller's own: claiming, and merging with the earlier cart."""

from dataclasses import replace

from gateway.engine.cart_merging import CartsNotMergeable, merge_carts
from gateway.engine.carts import Cart, build_purchase
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.discount_codes import normalize_code
from gateway.engine.user_errors import ErrorCode, RequestWarning, UserError
from gateway.services.cart_access import cart_owner
from gateway.services.cart_calculations import judges_codes
from gateway.services.cart_edits import (
    CART_PATH,
    MAX_CART_CODES,
    CartReference,
    EditResult,
    find_editable_cart,
    save_edit,
)
from gateway.services.carts import load_pricing_context
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import DuplicateKey, UnitOfWork

MAX_CLAIM_TRIES = 10
"""How often a claim begins anew while the same client claims other carts."""
ERASED_MESSAGE = "This account was erased. Sign in anew to claim a cart."
EARLIER_CART_LOCKED_MESSAGE = (
    "Your earlier cart is being bought. Claim this one when that is finished."
)


async def claim_cart(
    reference: CartReference, *, caller: Caller, dependencies: Dependencies
) -> Outcome[PricedCart]:
    """Make the cart the caller's own: the purchaser's after a sign-in, else the client's.

    What the caller's earlier cart has moves into it, and the earlier cart is deleted. Nothing is
    changed if not all of it can move.
    """
    for _ in range(MAX_CLAIM_TRIES):
        try:
            async with dependencies.database.begin() as work:
                return await _claim_in_transaction(reference, caller, work, dependencies)
        except DuplicateKey:
            # The caller has claimed another cart meanwhile: that is the earlier one now.
            continue
    message = "You are claiming other carts at the same time. Try again."
    return error_outcome(ErrorCode.VERSION_CONFLICT, CART_PATH, message)


async def _claim_in_transaction(
    reference: CartReference, caller: Caller, work: UnitOfWork, dependencies: Dependencies
) -> Outcome[PricedCart]:
    owner = cart_owner(caller)
    # Claims of one purchaser wait for each other, and for the erasure of the account.
    if owner.purchaser_id is not None and not await work.purchasers.lock(owner.purchaser_id):
        return error_outcome(ErrorCode.SIGN_IN_REQUIRED, None, ERASED_MESSAGE)
    cart = await find_editable_cart(reference, caller, work)
    if isinstance(cart, UserError):
        return Outcome(user_errors=(cart,))
    claimed_cart = replace(cart, purchaser_id=owner.purchaser_id, client_id=owner.client_id)
    edit_result = EditResult(claimed_cart)
    earlier_cart = None if claimed_cart == cart else await work.carts.find_of_for_update(owner)
    if earlier_cart is not None:
        edit_result = await _merge(claimed_cart, earlier_cart, work, dependencies)
        if edit_result.cart is not None:
            await work.carts.delete(earlier_cart.id)
    return await save_edit(cart, edit_result, work, dependencies)


async def _merge(
    claimed_cart: Cart, earlier_cart: Cart, work: UnitOfWork, dependencies: Dependencies
) -> EditResult:
    if not earlier_cart.is_editable:
        error = UserError(ErrorCode.NOT_MODIFIABLE, CART_PATH, EARLIER_CART_LOCKED_MESSAGE)
        return EditResult(errors=(error,))
    try:
        merged_cart = merge_carts(claimed_cart, earlier_cart)
    except CartsNotMergeable as error:
        return EditResult(errors=(UserError(ErrorCode.INVALID_INPUT, CART_PATH, str(error)),))
    return await _without_unfit_codes(merged_cart, claimed_cart, work, dependencies)


async def _without_unfit_codes(
    merged_cart: Cart, claimed_cart: Cart, work: UnitOfWork, dependencies: Dependencies
) -> EditResult:
    """``merged_cart`` with the claimed cart's codes, and those of the earlier one that apply."""
    if merged_cart.codes == claimed_cart.codes:
        return EditResult(merged_cart)
    if judges_codes(dependencies):
        # Which apply, the calculator says when the cart is shown.
        return _with_codes(merged_cart, merged_cart.codes)
    context = await load_pricing_context(merged_cart, work, dependencies)
    priced_cart = PricedCart(merged_cart, build_purchase(merged_cart, context))
    own_keys = set(map(normalize_code, claimed_cart.codes))
    unfit_keys = {normalize_code(warning.target or "") for warning in priced_cart.refused_codes}
    kept_codes = tuple(
        code
        for code in merged_cart.codes
        if normalize_code(code) in own_keys or normalize_code(code) not in unfit_keys
    )
    warnings = tuple(
        warning
        for warning in priced_cart.refused_codes
        if normalize_code(warning.target or "") not in own_keys
    )
    return _with_codes(merged_cart, kept_codes, warnings)


def _with_codes(
    merged_cart: Cart, codes: tuple[str, ...], warnings: tuple[RequestWarning, ...] = ()
) -> EditResult:
    if len(codes) > MAX_CART_CODES:
        message = (
            f"This cart and your earlier cart have {len(codes)} codes together, of at most "
            f"{MAX_CART_CODES}. Remove some first."
        )
        return EditResult(errors=(UserError(ErrorCode.INVALID_INPUT, CART_PATH, message),))
    return EditResult(replace(merged_cart, codes=codes), warnings=warnings)
