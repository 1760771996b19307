"""The reader of what a list of products is to have."""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Protocol

from gateway.engine.catalogue.product_selections import (
    OptionCondition,
    ProductFilter,
    ProductSelection,
    ProductSort,
)
from gateway.engine.money import Currency
from gateway.resolvers.inputs.products import ProductFilterInput
from gateway.resolvers.pagination import none_if_unset
from gateway.services.catalogue.product_lists import select_products
from gateway.services.pagination import InvalidPage
from gateway.services.policy import Policy
from gateway.services.ports.currencies import Currencies

MAX_MINOR_UNITS = 2**63 - 1


class CurrencyDependencies(Protocol):
    """The shop's currency, and all there are."""

    @property
    def policy(self) -> Policy:
        """The merchant's policies."""
        ...

    @property
    def currencies(self) -> Currencies:
        """The currencies in use."""
        ...


def read_selection(
    query: str | None,
    sort: ProductSort | None,
    conditions: ProductFilterInput | None,
    *,
    dependencies: CurrencyDependencies,
    collection_id: str | None = None,
) -> ProductSelection:
    """The selection of a list's arguments; absent ones may be UNSET.

    Raises:
        InvalidPage: the query is too long, the currency unknown, or the lowest price above the
            highest.

    """
    return select_products(
        none_if_unset(query),
        none_if_unset(sort),
        _read_filter(none_if_unset(conditions), dependencies),
        collection_id,
    )


def _read_filter(
    conditions: ProductFilterInput | None, dependencies: CurrencyDependencies
) -> ProductFilter:
    if conditions is None:
        return ProductFilter(dependencies.policy.currency.code)
    currency = _find_currency(none_if_unset(conditions.currency), dependencies)
    options = none_if_unset(conditions.options) or ()
    return ProductFilter(
        currency=currency.code,
        available=none_if_unset(conditions.available),
        price_min=_minor_units(none_if_unset(conditions.price_min), currency, ROUND_CEILING),
        price_max=_minor_units(none_if_unset(conditions.price_max), currency, ROUND_FLOOR),
        vendors=_values(none_if_unset(conditions.vendors)),
        types=_values(none_if_unset(conditions.types)),
        tags=_values(none_if_unset(conditions.tags)),
        options=tuple(
            OptionCondition(option.name, _values(option.values))
            for option in options
            if option.values
        ),
    )


def _find_currency(code: str | None, dependencies: CurrencyDependencies) -> Currency:
    if code is None:
        return dependencies.policy.currency
    currency = dependencies.currencies.find(code)
    if currency is None:
        raise InvalidPage(f"`filter.currency`: {code} is no currency in use.")
    return currency


def _minor_units(amount: Decimal | None, currency: Currency, rounding: str) -> int | None:
    """``amount`` in minor units, within what prices can be."""
    if amount is None:
        return None
    minor = int(amount.scaleb(currency.digits).to_integral_value(rounding))
    return max(-MAX_MINOR_UNITS, min(minor, MAX_MINOR_UNITS))


def _values(values: Iterable[str] | None) -> tuple[str, ...]:
    """The values, each once and in one order, so that lists that are the same look the same."""
    return tuple(sorted(set(values or ())))
