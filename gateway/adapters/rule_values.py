"""Rule documents as the engine's values."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

from gateway.adapters.countries import DataCountries
from gateway.adapters.region_names import PROVINCE_IN_CODE
from gateway.adapters.rule_documents import (
    AlternateEntry,
    CouponEntry,
    Dated,
    MarketEntry,
    MethodEntry,
    RuleDocument,
    RuleEntry,
    StoredValueEntry,
    TableEntry,
    TaxEntry,
    minor_units,
)
from gateway.engine.area_texts import area
from gateway.engine.areas import Area, InRegion
from gateway.engine.codes import Coupon, StoredValue
from gateway.engine.discounts import AmountOff, PercentOff
from gateway.engine.known_areas import code_of
from gateway.engine.rounding import Rounding
from gateway.engine.rulebook import ListedMethod, Rulebook, Terms
from gateway.engine.shipping import (
    FlatPrice,
    Pickup,
    PriceByArea,
    PriceByWeight,
    ShippingMethod,
    ShippingPrice,
)
from gateway.engine.taxes import DEFAULT_TABLE, TaxRule, TaxTable, TaxTables, table_key
from gateway.engine.validity import Validity

COUNTRIES = DataCountries()


def rulebook(document: RuleDocument) -> Rulebook:
    """The rulebook that ``document`` describes."""
    return Rulebook(
        tax_tables=_tables(document.tax),
        terms=tuple(map(_terms, document.markets)),
        methods=tuple(map(_method, document.shipping)),
        coupons=tuple(map(_coupon, document.coupons)),
        stored=tuple(map(_stored, document.stored_value)),
    )


def _validity(entry: Dated) -> Validity:
    return Validity(entry.valid_from, entry.valid_to)


def _areas(texts: Iterable[str]) -> tuple[Area, ...]:
    return tuple(map(_area, texts))


@lru_cache(maxsize=4_096)
def _area(text: str) -> Area:
    """The area that ``text`` names; a region with all codes by which addresses name it."""
    found = area(text)
    if not isinstance(found, InRegion):
        return found
    rules = COUNTRIES.rules(found.country)
    region = rules.region(found.region) if rules else None
    if rules is None or region is None:
        return found
    strict = not rules.regions or rules.country in PROVINCE_IN_CODE
    return InRegion(
        found.country,
        code_of(region),
        also=frozenset({region.code.upper()}),
        codes=region.postal_pattern if strict else None,
    )


def _tables(entry: TaxEntry) -> TaxTables:
    return TaxTables(
        _table(DEFAULT_TABLE, entry.default),
        {table_key(name): _table(name, table) for name, table in entry.alternates.items()},
    )


def _table(name: str, entry: TableEntry) -> TaxTable:
    rules = tuple(_rule(f"{name}-{place}", each) for place, each in enumerate(entry.rules, 1))
    alone = isinstance(entry, AlternateEntry) and entry.standalone
    return TaxTable(name, rules, standalone=alone, mode=entry.mode)


def _rule(id: str, entry: RuleEntry) -> TaxRule:
    return TaxRule(
        areas=_areas(entry.areas),
        percent=entry.percent,
        name=entry.name,
        shipping_taxed=entry.shipping_taxed,
        compound=entry.compound,
        categories=None if entry.categories is None else frozenset(entry.categories),
        customers=None if entry.customers is None else frozenset(entry.customers),
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        reason=entry.reason,
        id=entry.id or id,
        mode=entry.mode,
    )


def _terms(entry: MarketEntry) -> Terms:
    rounding = entry.rounding
    return Terms(
        currency=entry.currency,
        includes_tax=entry.prices_include_tax,
        rounding=Rounding(rounding.mode, rounding.level, rounding.per_rate, rounding.side),
        validity=_validity(entry),
    )


def _method(entry: MethodEntry) -> ListedMethod:
    priced = {code: _priced(entry, code) for code in _currencies(entry)}
    return ListedMethod(
        priced=priced,
        validity=_validity(entry),
        otherwise=_priced(entry, None) if entry.pickup else None,
        as_market=entry.includes_tax is None,
    )


def _currencies(entry: MethodEntry) -> Iterable[str]:
    listed = [each.price for each in (*(entry.by_weight or ()), *(entry.by_area or ()))]
    return entry.flat or next(iter(listed), {})


def _priced(entry: MethodEntry, currency: str | None) -> ShippingMethod:
    free_from = (entry.free_from or {}).get(currency or "")
    return ShippingMethod(
        id=entry.id,
        name=entry.name,
        price=_price(entry, currency),
        includes_tax=bool(entry.includes_tax),
        allowed=None if entry.allowed is None else _areas(entry.allowed),
        excluded=_areas(entry.excluded),
        takes_oversize=entry.takes_oversize,
        free_from=None if free_from is None else int(free_from),
    )


def _price(entry: MethodEntry, currency: str | None) -> ShippingPrice:
    if currency is None:
        return Pickup()
    if entry.flat is not None:
        return FlatPrice(int(entry.flat[currency]))
    if entry.by_weight is not None:
        brackets = ((each.up_to_grams, int(each.price[currency])) for each in entry.by_weight)
        return PriceByWeight(tuple(brackets))
    listed = entry.by_area or ()
    return PriceByArea(tuple((_areas(each.areas), int(each.price[currency])) for each in listed))


def _coupon(entry: CouponEntry) -> Coupon:
    return Coupon(
        code=entry.code,
        label=entry.label,
        off=_off(entry),
        minimums={code: int(minor) for code, minor in (entry.minimum or {}).items()},
        currencies=None if entry.currencies is None else frozenset(entry.currencies),
        validity=_validity(entry),
        once_per_purchaser=entry.once_per_purchaser,
    )


def _off(entry: CouponEntry) -> PercentOff | Mapping[str, AmountOff]:
    if entry.percent is not None:
        return PercentOff(Decimal(entry.percent))
    return {code: AmountOff(int(minor)) for code, minor in (entry.amount or {}).items()}


def _stored(entry: StoredValueEntry) -> StoredValue:
    balance = minor_units(entry.balance, entry.currency)
    return StoredValue(entry.code, entry.currency, balance, _validity(entry))
