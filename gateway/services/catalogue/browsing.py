"""Prices of variants as pages show them."""

from typing import Protocol

from gateway.engine.catalogue.products import Variant
from gateway.engine.money import Currency, Money
from gateway.services.policy import Policy
from gateway.services.ports.currencies import Currencies


class BrowsingDependencies(Protocol):
    """The dependencies of browsing."""

    @property
    def policy(self) -> Policy:
        """The merchant's policies."""
        ...

    @property
    def currencies(self) -> Currencies:
        """The currencies in use."""
        ...


def shop_price(
    variant: Variant, dependencies: BrowsingDependencies, currency_code: str | None = None
) -> Money:
    """The price of one in a currency, else in the merchant's, else in the variant's first one."""
    asked_currency = currency_code and dependencies.currencies.find(currency_code)
    if asked_currency and variant.price(asked_currency.code) is not None:
        return variant_price(variant, asked_currency, dependencies.currencies)
    return variant_price(variant, dependencies.policy.currency, dependencies.currencies)


def shop_compare_at_price(
    variant: Variant, dependencies: BrowsingDependencies, currency_code: str | None = None
) -> Money | None:
    """The earlier price of one, in the currency of its price; None unless it is higher."""
    currency = shop_price(variant, dependencies, currency_code).currency
    minor = variant.compare_at_price(currency.code)
    return None if minor is None else Money(minor, currency)


def variant_price(variant: Variant, currency: Currency, currencies: Currencies) -> Money:
    """The price of one in ``currency``, else in the variant's first currency.

    Raises:
        LookupError: the variant has no price.

    """
    minor = variant.price(currency.code)
    if minor is not None:
        return Money(minor, currency)
    for code in sorted(variant.prices):
        minor, fallback_currency = variant.price(code), currencies.find(code)
        if minor is not None and fallback_currency is not None:
            return Money(minor, fallback_currency)
    raise LookupError(f"{variant.sku or variant.id} has no price")
