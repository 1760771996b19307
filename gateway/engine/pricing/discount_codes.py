"""Discount codes and stored value: which codes apply to a purchase, and why others do not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.money import Currency, Money
from gateway.engine.pricing.calculations import CalculatedCode
from gateway.engine.pricing.discounts import AmountOff, OrderDiscount, PercentOff
from gateway.engine.pricing.promotions import Promotion
from gateway.engine.user_errors import RequestWarning, WarningCode
from gateway.engine.validity import ALWAYS, Validity

AmountsOff: TypeAlias = Mapping[str, AmountOff]
"""The reduction by currency code."""

ALREADY_USED_MESSAGE = "This code was used before; it counts once."
"""The refusal of a code that a purchaser may use once and has used."""


@dataclass(frozen=True, slots=True)
class Coupon:
    """A discount on the order's items for a buyer who enters ``code``.

    ``minimums`` are the least subtotals by currency code, in minor units. ``currencies`` of None
    means all.
    """

    code: str
    label: str
    off: PercentOff | AmountsOff
    minimums: Mapping[str, int] = field(default_factory=dict)
    currencies: frozenset[str] | None = None
    validity: Validity = ALWAYS
    once_per_purchaser: bool = False

    def discount_in(self, currency: str) -> AmountOff | PercentOff | None:
        """The discount in this currency; None if the coupon does not apply to it."""
        if self.currencies is not None and currency not in self.currencies:
            return None
        return self.off if isinstance(self.off, PercentOff) else self.off.get(currency)


@dataclass(frozen=True, slots=True)
class StoredValue:
    """Prepaid money behind ``code``. ``balance`` is in minor units."""

    code: str
    currency: str
    balance: int
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class StoredValuePayment:
    """An amount, in minor units, paid from the stored value of ``code``."""

    code: str
    minor: int


def allocate_stored_value(
    stored_values: Iterable[StoredValue], minor: int
) -> tuple[StoredValuePayment, ...]:
    """Split a payment of ``minor`` units over stored values, in their order.

    The payments sum to less than ``minor`` if the balances are too small.
    """
    payments: list[StoredValuePayment] = []
    for stored_value in stored_values:
        amount = min(minor, stored_value.balance)
        minor -= amount
        if amount > 0:
            payments.append(StoredValuePayment(stored_value.code, amount))
    return tuple(payments)


@dataclass(frozen=True, slots=True)
class CodeContext:
    """The facts that codes depend on: the items' subtotal (minor units), the day, used codes.

    ``has_discountable_items``: at least one of them may be reduced.
    """

    currency: Currency
    subtotal: int
    day: date
    used_codes: frozenset[str] = frozenset()
    has_discountable_items: bool = True


class CodeKind(StrEnum):
    """The kind of a code: a discount code or stored value."""

    DISCOUNT = "DISCOUNT"
    STORED_VALUE = "STORED_VALUE"


CodeDefinition: TypeAlias = Coupon | StoredValue | Promotion | CalculatedCode
"""What a code stands for."""


@dataclass(frozen=True, slots=True)
class EnteredCode:
    """An existing code as it was entered and as it is defined.

    ``refusal_reason`` says why it does not apply; None if it applies, and for the code of a
    promotion, which only its strategy judges.
    """

    typed: str
    definition: CodeDefinition
    refusal_reason: str | None = None

    @property
    def kind(self) -> CodeKind:
        """The kind of the code."""
        is_stored_value = isinstance(self.definition, StoredValue)
        return CodeKind.STORED_VALUE if is_stored_value else CodeKind.DISCOUNT


@dataclass(frozen=True, slots=True)
class CartCode:
    """A code of a cart and its effect. ``amount`` is what it takes off or pays; None if unknown."""

    code: str
    kind: CodeKind
    applied: bool
    reason: str | None
    amount: Money | None


@dataclass(frozen=True, slots=True)
class AppliedCodes:
    """The result of applying codes: discounts and stored values in order, and warnings.

    ``entered_codes`` are all codes that exist, whether they apply or not.
    """

    discounts: tuple[OrderDiscount, ...] = ()
    stored_values: tuple[StoredValue, ...] = ()
    warnings: tuple[RequestWarning, ...] = ()
    entered_codes: tuple[EnteredCode, ...] = ()

    @property
    def has_stored_value_code(self) -> bool:
        """Whether a code of stored value was entered, even one with a balance of zero."""
        return any(
            entered_code.kind is CodeKind.STORED_VALUE for entered_code in self.entered_codes
        )

    @property
    def stored_value_total(self) -> int | None:
        """The sum of the balances in minor units; None if no such code applies."""
        return (
            sum(stored_value.balance for stored_value in self.stored_values)
            if self.stored_values
            else None
        )


def select_promotions(
    promotions: Iterable[Promotion], codes: Iterable[str]
) -> tuple[Promotion, ...]:
    """Those of ``promotions`` to try, in their order: without a code, or with one of ``codes``."""
    keys = set(map(normalize_code, codes))
    return tuple(
        promotion
        for promotion in promotions
        if promotion.code is None or normalize_code(promotion.code) in keys
    )


def normalize_code(code: str) -> str:
    """Return the form of ``code`` in which codes are compared: trimmed, in capitals."""
    return code.strip().upper()


def apply_codes(
    codes: Iterable[str],
    coupons: Iterable[Coupon],
    stored_values: Iterable[StoredValue],
    context: CodeContext,
    promotions: Iterable[Promotion] = (),
    calculated_codes: Iterable[CalculatedCode] = (),
) -> AppliedCodes:
    """Apply ``codes`` in order. A code that is entered twice counts once.

    Codes of ``promotions`` are known here, and judged when the purchase is priced. Of a code that
    only ``calculated_codes`` have, the merchant's calculator has judged.
    """
    definitions: dict[str, CodeDefinition] = {
        normalize_code(calculated.code): calculated for calculated in calculated_codes
    }
    definitions |= {
        normalize_code(promotion.code): promotion for promotion in promotions if promotion.code
    }
    definitions |= {normalize_code(definition.code): definition for definition in stored_values}
    definitions |= {normalize_code(definition.code): definition for definition in coupons}
    entered = {
        normalize_code(code): (code, definitions.get(normalize_code(code))) for code in codes
    }
    reasons = {key: refusal_reason(definition, context) for key, (_, definition) in entered.items()}
    return AppliedCodes(
        discounts=tuple(
            _order_discount(definition, context.currency)
            for key, (_, definition) in entered.items()
            if isinstance(definition, Coupon | CalculatedCode) and reasons[key] is None
        ),
        stored_values=tuple(
            definition
            for key, (_, definition) in entered.items()
            if isinstance(definition, StoredValue) and reasons[key] is None
        ),
        warnings=tuple(
            RequestWarning(WarningCode.CODE_NOT_APPLICABLE, entered[key][0], reason)
            for key, reason in reasons.items()
            if reason is not None
        ),
        entered_codes=tuple(
            EnteredCode(typed.strip(), definition, reasons[key])
            for key, (typed, definition) in entered.items()
            if definition is not None
        ),
    )


def refusal_reason(code: CodeDefinition | None, context: CodeContext) -> str | None:
    """Why ``code`` does not apply, as a message for the buyer; None if it applies."""
    if code is None:
        return "There is no such code."
    if isinstance(code, Promotion):
        return None
    if isinstance(code, CalculatedCode):
        return None if code.applied else code.reason or "This code does not apply."
    if not code.validity.includes(context.day):
        return _validity_reason(code.validity, context.day)
    if isinstance(code, StoredValue):
        return _stored_value_reason(code, context)
    return _coupon_reason(code, context)


def _validity_reason(validity: Validity, day: date) -> str:
    if validity.start is not None and day < validity.start:
        return f"This code is valid from {validity.start.isoformat()}."
    return "This code is no longer valid."


def _stored_value_reason(stored_value: StoredValue, context: CodeContext) -> str | None:
    if stored_value.currency != context.currency.code:
        return f"This code pays in {stored_value.currency} only."
    return None if stored_value.balance > 0 else "Nothing is left on this code."


def _coupon_reason(coupon: Coupon, context: CodeContext) -> str | None:
    currency = context.currency
    if coupon.discount_in(currency.code) is None:
        return f"This code is not for purchases in {currency.code}."
    if coupon.once_per_purchaser and normalize_code(coupon.code) in context.used_codes:
        return ALREADY_USED_MESSAGE
    minimum = coupon.minimums.get(currency.code, 0)
    if context.subtotal < minimum:
        amount = Money(minimum, currency).amount
        return f"This code needs items worth at least {amount} {currency.code}."
    if not context.has_discountable_items:
        return "Nothing in the cart can be reduced by a code."
    return None


def _order_discount(coupon: Coupon | CalculatedCode, currency: Currency) -> OrderDiscount:
    if isinstance(coupon, CalculatedCode):
        return OrderDiscount(AmountOff(coupon.minor), coupon.code, coupon.code)
    discount = coupon.discount_in(currency.code)
    if discount is None:
        raise LookupError(f"{coupon.code} takes nothing off in {currency.code}")
    return OrderDiscount(discount, coupon.label, coupon.code)
