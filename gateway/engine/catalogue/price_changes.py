"""Changes of the prices of a variant in one currency, by staff."""

from dataclasses import dataclass, replace

from gateway.engine.catalogue.product_cells import MAX_PRICE_MINOR
from gateway.engine.catalogue.products import Variant
from gateway.engine.money import Currency, Money
from gateway.engine.user_errors import ErrorCollector, InputPath, UserError

PRICE_PATH: InputPath = ("input", "price")
COMPARE_AT_PATH: InputPath = ("input", "compareAtPrice")


@dataclass(frozen=True, slots=True)
class PriceChange:
    """New prices of a variant in ``currency``, in minor units. None leaves a price unchanged.

    ``price`` is the variant's own price, for a bundle without its components, as in imports.
    ``compare_at_price`` is the earlier price of one unit, for a bundle with its components.
    """

    currency: Currency
    price: int | None = None
    compare_at_price: int | None = None
    removes_compare_at: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing."""
        return self.price is None and self.compare_at_price is None and not self.removes_compare_at

    def apply_to(self, variant: Variant) -> Variant:
        """Return ``variant`` with the new prices."""
        code = self.currency.code
        prices = variant.prices if self.price is None else {**variant.prices, code: self.price}
        compare_at_prices = dict(variant.compare_at_prices or {})
        if self.removes_compare_at:
            compare_at_prices.pop(code, None)
        if self.compare_at_price is not None:
            compare_at_prices[code] = self.compare_at_price
        return replace(variant, prices=prices, compare_at_prices=compare_at_prices or None)


def price_change_errors(change: PriceChange, variant: Variant) -> tuple[UserError, ...]:
    """All errors of ``change`` for ``variant``, with the figures; empty if it is possible."""
    collector = ErrorCollector()
    if change.is_empty:
        collector.add(PRICE_PATH, "Give `price`, `compareAtPrice` or both.")
    for path, minor in (
        (PRICE_PATH, change.price),
        (COMPARE_AT_PATH, change.compare_at_price),
    ):
        if minor is not None and minor > MAX_PRICE_MINOR:
            most = Money(MAX_PRICE_MINOR, change.currency)
            collector.add(path, f"A price is at most {_format(most)}.")
    if change.compare_at_price is not None and not collector.errors:
        _check_compare_at(change, variant, collector)
    return tuple(collector.errors)


def _check_compare_at(change: PriceChange, variant: Variant, collector: ErrorCollector) -> None:
    price = change.apply_to(variant).price(change.currency.code)
    if price is None:
        message = f"It has no price in {change.currency.code} to compare with."
        collector.add(COMPARE_AT_PATH, message)
    elif change.compare_at_price is not None and change.compare_at_price <= price:
        message = f"It must be above the price, which is {_format(Money(price, change.currency))}."
        collector.add(COMPARE_AT_PATH, message)


def _format(money: Money) -> str:
    return f"{money.amount} {money.currency.code}"


def describe_change(change: PriceChange, before: Variant, after: Variant) -> dict[str, str | int]:
    """The details of the change for the log: currency, old and new prices in minor units."""
    code = change.currency.code
    detail: dict[str, str | int] = {"currency": code}
    prices = {
        "priceBefore": (change.price is not None, before.prices.get(code)),
        "priceAfter": (change.price is not None, after.prices.get(code)),
        "compareAtPriceBefore": (_changes_compare_at(change), _compare_at(before, code)),
        "compareAtPriceAfter": (_changes_compare_at(change), _compare_at(after, code)),
    }
    for name, (is_changed, minor) in prices.items():
        if is_changed and minor is not None:
            detail[name] = minor
    return detail


def _changes_compare_at(change: PriceChange) -> bool:
    return change.compare_at_price is not None or change.removes_compare_at


def _compare_at(variant: Variant, code: str) -> int | None:
    return (variant.compare_at_prices or {}).get(code)
