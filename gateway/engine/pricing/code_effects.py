"""What the codes of a purchase do: whether each applies, why not, and what it takes off or pays."""

from gateway.engine.money import Money
from gateway.engine.pricing.discount_codes import (
    AppliedCodes,
    CartCode,
    EnteredCode,
    allocate_stored_value,
)
from gateway.engine.pricing.pipeline import ORDER_DISCOUNTS, SHIPPING
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.promotions import FreeShipping, Promotion, PromotionOutcome
from gateway.engine.pricing.runs import StrategyFailed
from gateway.engine.user_errors import RequestWarning, WarningCode


def describe_codes(priced: PricedPurchase, applied_codes: AppliedCodes) -> tuple[CartCode, ...]:
    """The codes that were entered, with the effect of each on ``priced``, in their order."""
    return tuple(
        _describe_code(priced, applied_codes, entered_code)
        for entered_code in applied_codes.entered_codes
    )


def list_refused_codes(
    priced: PricedPurchase, applied_codes: AppliedCodes
) -> tuple[RequestWarning, ...]:
    """A warning for each code that does not exist or does not apply to ``priced``."""
    promotion_codes = (
        _describe_code(priced, applied_codes, entered_code)
        for entered_code in applied_codes.entered_codes
        if isinstance(entered_code.definition, Promotion)
    )
    return applied_codes.warnings + tuple(
        RequestWarning(WarningCode.CODE_NOT_APPLICABLE, code.code, code.reason)
        for code in promotion_codes
        if code.reason is not None
    )


def _describe_code(
    priced: PricedPurchase, applied_codes: AppliedCodes, entered_code: EnteredCode
) -> CartCode:
    if isinstance(entered_code.definition, Promotion):
        return _describe_promotion_code(priced, entered_code, entered_code.definition)
    reason = entered_code.refusal_reason
    try:
        amount = (
            _code_amount(priced, applied_codes, entered_code.definition.code)
            if reason is None
            else None
        )
    except StrategyFailed:
        amount = None
    return CartCode(entered_code.typed, entered_code.kind, reason is None, reason, amount)


def _describe_promotion_code(
    priced: PricedPurchase, entered_code: EnteredCode, promotion: Promotion
) -> CartCode:
    outcome = _promotion_outcome(priced, promotion)
    reason = outcome.reason and f"{outcome.reason[0].upper()}{outcome.reason[1:]}."
    return CartCode(
        entered_code.typed,
        entered_code.kind,
        outcome.is_applied,
        reason,
        Money(outcome.amount_off, priced.currency) if outcome.is_applied else None,
    )


def _promotion_outcome(priced: PricedPurchase, promotion: Promotion) -> PromotionOutcome:
    """What ``promotion`` took, computed as far as that needs."""
    try:
        if isinstance(promotion.off, FreeShipping):
            outcomes = priced.ledger_after(SHIPPING).shipping.promotion_outcomes
        else:
            outcomes = priced.ledger_after(ORDER_DISCOUNTS).promotion_outcomes
    except StrategyFailed:
        return PromotionOutcome(promotion, reason="it cannot be computed now")
    return next(outcome for outcome in outcomes if outcome.promotion.name == promotion.name)


def _code_amount(priced: PricedPurchase, applied_codes: AppliedCodes, code: str) -> Money | None:
    """The amount that a valid code takes off or pays; None while the tax is not known."""
    currency = priced.currency
    if all(stored_value.code != code for stored_value in applied_codes.stored_values):
        reduction = sum(each.amount.minor for each in priced.adjustments if each.code == code)
        return Money(-reduction, currency)
    paid = priced.paid_by_stored_value
    if paid is None:
        return None
    payments = allocate_stored_value(applied_codes.stored_values, paid.minor)
    return Money(sum(payment.minor for payment in payments if payment.code == code), currency)
