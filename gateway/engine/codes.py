"""Codes a buyer enters: discount codes and stored value, which fit a purchase, and why not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.discounts import AmountOff, OrderDiscount, PercentOff
from gateway.engine.money import Currency, Money
from gateway.engine.problems import Caution, WarningCode
from gateway.engine.validity import ALWAYS, Validity

AmountsOff: TypeAlias = Mapping[str, AmountOff]
"""What is taken off, by currency code."""

USED_BEFORE = "This code was used before; it counts once."


@dataclass(frozen=True, slots=True)
class Coupon:
    """A discount on the order's items for whoever knows ``code``.

    ``minimums`` are subtotals in minor units by currency code; ``currencies`` of None is all.
    """

    code: str
    label: str
    off: PercentOff | AmountsOff
    minimums: Mapping[str, int] = field(default_factory=dict)
    currencies: frozenset[str] | None = None
    validity: Validity = ALWAYS
    once_per_purchaser: bool = False

    def discount(self, currency: str) -> AmountOff | PercentOff | None:
        """What it takes off in that currency; None where it is not for it."""
        if self.currencies is not None and currency not in self.currencies:
            return None
        return self.off if isinstance(self.off, PercentOff) else self.off.get(currency)


@dataclass(frozen=True, slots=True)
class StoredValue:
    """Money paid in before, which ``code`` pays with; ``balance`` in minor units."""

    code: str
    currency: str
    balance: int
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class Draw:
    """So many minor units paid from the stored value of ``code``."""

    code: str
    minor: int


def draws(stored: Iterable[StoredValue], minor: int) -> tuple[Draw, ...]:
    """What pays ``minor`` units, or as much of it as there is: the first codes first."""
    found: list[Draw] = []
    for each in stored:
        taken = min(minor, each.balance)
        minor -= taken
        if taken > 0:
            found.append(Draw(each.code, taken))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What codes look at: the items' subtotal in minor units, the day, the codes used before."""

    currency: Currency
    subtotal: int
    on: date
    used_before: frozenset[str] = frozenset()


class CodeKind(StrEnum):
    """What a code is: a discount, or money paid in before."""

    DISCOUNT = "DISCOUNT"
    STORED_VALUE = "STORED_VALUE"


@dataclass(frozen=True, slots=True)
class EnteredCode:
    """A code that exists, as typed and as kept; ``misfit`` is why it does not apply."""

    typed: str
    known: Coupon | StoredValue
    misfit: str | None = None

    @property
    def kind(self) -> CodeKind:
        """What it is."""
        return CodeKind.DISCOUNT if isinstance(self.known, Coupon) else CodeKind.STORED_VALUE


@dataclass(frozen=True, slots=True)
class CartCode:
    """A code of a cart, and what it does there: ``amount`` is what it takes off or pays."""

    code: str
    kind: CodeKind
    applied: bool
    reason: str | None
    amount: Money | None


@dataclass(frozen=True, slots=True)
class Fit:
    """What entered codes bring: discounts and stored value in the order given, and misfits.

    ``entered`` are all those that exist, whether they apply or not.
    """

    discounts: tuple[OrderDiscount, ...] = ()
    stored: tuple[StoredValue, ...] = ()
    cautions: tuple[Caution, ...] = ()
    entered: tuple[EnteredCode, ...] = ()

    @property
    def names_stored_value(self) -> bool:
        """Whether a code of stored value was entered, be there anything left on it or not."""
        return any(each.kind is CodeKind.STORED_VALUE for each in self.entered)

    @property
    def stored_value(self) -> int | None:
        """What can be paid with, minor units; None where no such code was entered."""
        return sum(each.balance for each in self.stored) if self.stored else None


def code_key(code: str) -> str:
    """The form by which a code is found: however it is spaced at its ends and whatever its case."""
    return code.strip().upper()


def fitting(
    codes: Iterable[str],
    coupons: Iterable[Coupon],
    stored: Iterable[StoredValue],
    occasion: Occasion,
) -> Fit:
    """Which of ``codes`` fit the occasion; a code entered twice counts once."""
    known: dict[str, Coupon | StoredValue] = {code_key(each.code): each for each in stored}
    known |= {code_key(each.code): each for each in coupons}
    found = {code_key(code): (code, known.get(code_key(code))) for code in codes}
    misfits = {key: misfit(each, occasion) for key, (_, each) in found.items()}
    return Fit(
        discounts=tuple(
            _order_discount(each, occasion.currency)
            for key, (_, each) in found.items()
            if isinstance(each, Coupon) and misfits[key] is None
        ),
        stored=tuple(
            each
            for key, (_, each) in found.items()
            if isinstance(each, StoredValue) and misfits[key] is None
        ),
        cautions=tuple(
            Caution(WarningCode.CODE_NOT_APPLICABLE, found[key][0], why)
            for key, why in misfits.items()
            if why is not None
        ),
        entered=tuple(
            EnteredCode(typed.strip(), each, misfits[key])
            for key, (typed, each) in found.items()
            if each is not None
        ),
    )


def misfit(code: Coupon | StoredValue | None, occasion: Occasion) -> str | None:
    """Why ``code`` cannot be used, in words for the buyer; None if it can."""
    if code is None:
        return "There is no such code."
    if not code.validity.holds(occasion.on):
        return _out_of_date(code.validity, occasion.on)
    if isinstance(code, StoredValue):
        return _unpayable(code, occasion)
    return _unearned(code, occasion)


def _out_of_date(validity: Validity, on: date) -> str:
    if validity.start is not None and on < validity.start:
        return f"This code is valid from {validity.start.isoformat()}."
    return "This code is no longer valid."


def _unpayable(stored: StoredValue, occasion: Occasion) -> str | None:
    if stored.currency != occasion.currency.code:
        return f"This code pays in {stored.currency} only."
    return None if stored.balance > 0 else "Nothing is left on this code."


def _unearned(coupon: Coupon, occasion: Occasion) -> str | None:
    currency = occasion.currency
    if coupon.discount(currency.code) is None:
        return f"This code is not for purchases in {currency.code}."
    if coupon.once_per_purchaser and code_key(coupon.code) in occasion.used_before:
        return USED_BEFORE
    least = coupon.minimums.get(currency.code, 0)
    if occasion.subtotal < least:
        amount = Money(least, currency).amount
        return f"This code needs items worth at least {amount} {currency.code}."
    return None


def _order_discount(coupon: Coupon, currency: Currency) -> OrderDiscount:
    discount = coupon.discount(currency.code)
    if discount is None:
        raise LookupError(f"{coupon.code} takes nothing off in {currency.code}")
    return OrderDiscount(discount, coupon.label, coupon.code)
