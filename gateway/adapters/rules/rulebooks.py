"""Conversion of rule documents to rulebooks of the engine."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.reference.region_names import COUNTRIES_WITH_PROVINCE_CODES
from gateway.adapters.rules.charge_entries import (
    FeeEntry,
    PricesAbroad,
    RateEntry,
    ShippingTaxEntry,
)
from gateway.adapters.rules.document_values import DatedEntry, Prices, to_minor_units
from gateway.adapters.rules.documents import (
    AlternateEntry,
    CouponEntry,
    MarketEntry,
    MethodEntry,
    RuleDocument,
    RuleEntry,
    StoredValueEntry,
    TableEntry,
    TaxEntry,
)
from gateway.adapters.rules.promotions import build_promotions
from gateway.engine.areas.area import Area, RegionArea, WorldArea
from gateway.engine.areas.notation import parse_area
from gateway.engine.areas.regions import build_region_area
from gateway.engine.pricing.discount_codes import Coupon, StoredValue
from gateway.engine.pricing.discounts import AmountOff, PercentOff
from gateway.engine.pricing.purchase import (
    ChargeTaxSource,
    ExtraCharge,
    FixedRates,
    charge_tax_source,
)
from gateway.engine.pricing.purchase_details import Seller
from gateway.engine.pricing.shipping import (
    FlatPrice,
    Pickup,
    PriceByArea,
    PriceByWeight,
    ShippingMethod,
    ShippingPrice,
)
from gateway.engine.rulebook.destination_terms import (
    Fee,
    MultiCurrencyFee,
    PayableStep,
    ShippingTaxRule,
)
from gateway.engine.rulebook.rulebook import MarketTerms, MultiCurrencyMethod, Rulebook
from gateway.engine.tax.charge_sharing import ChargeTaxMethod
from gateway.engine.tax.line_tax import TaxRate
from gateway.engine.tax.rounding import RoundingPolicy
from gateway.engine.tax.tax_tables import (
    DEFAULT_TABLE,
    TaxRule,
    TaxTable,
    TaxTables,
    normalize_table_name,
)
from gateway.engine.validity import Validity

COUNTRIES = CountryDataSet()


def build_rulebook(document: RuleDocument) -> Rulebook:
    """The rulebook that ``document`` describes."""
    return Rulebook(
        tax_tables=_tax_tables(document.tax),
        terms=tuple(map(_market_terms, document.markets)),
        methods=tuple(map(_multi_currency_method, document.shipping)),
        coupons=tuple(map(_coupon, document.coupons)),
        shipping_tax=_shipping_tax_rules(document.shipping_tax),
        fees=tuple(map(_multi_currency_fee, document.fees)),
        stored_values=tuple(map(_stored_value, document.stored_value)),
        promotions=build_promotions(document.promotions, document.tiers, _parse_area),
        seller=Seller(document.seller.country, document.seller.trust_format),
    )


def _validity(entry: DatedEntry) -> Validity:
    return Validity(entry.valid_from, entry.valid_to)


def _parse_areas(texts: Iterable[str]) -> tuple[Area, ...]:
    return tuple(map(_parse_area, texts))


@lru_cache(maxsize=4_096)
def _parse_area(text: str) -> Area:
    """The area that ``text`` names; a region has all codes that addresses use for it."""
    parsed_area = parse_area(text)
    if not isinstance(parsed_area, RegionArea):
        return parsed_area
    rules = COUNTRIES.rules_for(parsed_area.country)
    if rules is None:
        return parsed_area
    has_own_postal_codes = not rules.regions or rules.country in COUNTRIES_WITH_PROVINCE_CODES
    return build_region_area(parsed_area, rules, has_own_postal_codes=has_own_postal_codes)


def _tax_tables(entry: TaxEntry) -> TaxTables:
    return TaxTables(
        _tax_table(DEFAULT_TABLE, entry.default),
        {
            normalize_table_name(name): _tax_table(name, table)
            for name, table in entry.alternates.items()
        },
    )


def _tax_table(name: str, entry: TableEntry) -> TaxTable:
    rules = tuple(
        _tax_rule(f"{name}-{position}", rule_entry)
        for position, rule_entry in enumerate(entry.rules, 1)
    )
    is_standalone = isinstance(entry, AlternateEntry) and entry.standalone
    return TaxTable(name, rules, standalone=is_standalone, mode=entry.mode)


def _tax_rule(default_id: str, entry: RuleEntry) -> TaxRule:
    return TaxRule(
        areas=_parse_areas(entry.areas),
        percent=entry.percent,
        name=entry.name,
        shipping_taxed=entry.shipping_taxed,
        compound=entry.compound,
        categories=None if entry.categories is None else frozenset(entry.categories),
        customers=None if entry.customers is None else frozenset(entry.customers),
        validity=_validity(entry),
        reason=entry.reason,
        id=entry.id or default_id,
        mode=entry.mode,
        piece_price_from=_minor_amounts(entry.piece_price_from),
        piece_price_below=_minor_amounts(entry.piece_price_below),
        within_base=entry.within_base,
    )


def _minor_amounts(prices: Prices | None) -> tuple[tuple[str, int], ...]:
    return tuple((code, int(minor)) for code, minor in (prices or {}).items())


def _market_terms(entry: MarketEntry) -> MarketTerms:
    rounding = entry.rounding
    return MarketTerms(
        currency=entry.currency,
        includes_tax=entry.prices_include_tax,
        rounding=RoundingPolicy(rounding.mode, rounding.level, rounding.per_rate, rounding.side),
        validity=_validity(entry),
        home=_parse_areas(entry.home or ()) if entry.prices_abroad is PricesAbroad.NET else (),
        payable_steps=_payable_steps(entry),
        shipping_tax=_shipping_tax_rules(entry.shipping_tax),
    )


def _payable_steps(entry: MarketEntry) -> tuple[PayableStep, ...]:
    steps, currency = entry.payable_step, entry.currency
    if steps is None or currency is None:
        return ()
    if not isinstance(steps, list):
        return (PayableStep(to_minor_units(steps, currency)),)
    return tuple(
        PayableStep(to_minor_units(each.step, currency), _parse_areas(each.areas)) for each in steps
    )


def _shipping_tax_rules(entries: Iterable[ShippingTaxEntry]) -> tuple[ShippingTaxRule, ...]:
    return tuple(
        ShippingTaxRule(
            _parse_areas(entry.areas),
            _charge_tax_source(entry.method or ChargeTaxMethod.TABLE, entry.rates),
            None if entry.customers is None else frozenset(entry.customers),
            _validity(entry),
        )
        for entry in entries
    )


def _charge_tax_source(
    method: ChargeTaxMethod, rates: Iterable[RateEntry] | None
) -> ChargeTaxSource:
    if rates is None:
        return charge_tax_source(method)
    return FixedRates(
        tuple(
            TaxRate(rate.name, rate.percent, rate.compound, within_base=rate.within_base)
            for rate in rates
        )
    )


def _multi_currency_fee(entry: FeeEntry) -> MultiCurrencyFee:
    return MultiCurrencyFee(
        by_currency={code: _fee_in_currency(entry, code) for code in entry.amount},
        validity=_validity(entry),
        follows_market=entry.includes_tax is None,
    )


def _fee_in_currency(entry: FeeEntry, currency: str) -> Fee:
    goods_from = (entry.goods_from or {}).get(currency)
    goods_below = (entry.goods_below or {}).get(currency)
    return Fee(
        ExtraCharge(
            entry.name,
            int(entry.amount[currency]),
            bool(entry.includes_tax),
            _charge_tax_source(entry.tax_method, entry.tax_rates),
        ),
        areas=(WorldArea(),) if entry.areas is None else _parse_areas(entry.areas),
        goods_from=None if goods_from is None else int(goods_from),
        goods_below=None if goods_below is None else int(goods_below),
        for_digital=entry.for_digital,
    )


def _multi_currency_method(entry: MethodEntry) -> MultiCurrencyMethod:
    methods_by_currency = {
        code: _method_in_currency(entry, code) for code in _method_currencies(entry)
    }
    return MultiCurrencyMethod(
        by_currency=methods_by_currency,
        validity=_validity(entry),
        fallback=_method_in_currency(entry, None) if entry.pickup else None,
        follows_market=entry.includes_tax is None,
    )


def _method_currencies(entry: MethodEntry) -> Iterable[str]:
    price_lists = [each.price for each in (*(entry.by_weight or ()), *(entry.by_area or ()))]
    return entry.flat or next(iter(price_lists), {})


def _method_in_currency(entry: MethodEntry, currency: str | None) -> ShippingMethod:
    free_from = (entry.free_from or {}).get(currency or "")
    return ShippingMethod(
        id=entry.id,
        name=entry.name,
        price=_shipping_price(entry, currency),
        includes_tax=bool(entry.includes_tax),
        allowed=None if entry.allowed is None else _parse_areas(entry.allowed),
        excluded=_parse_areas(entry.excluded),
        takes_oversize=entry.takes_oversize,
        free_from=None if free_from is None else int(free_from),
    )


def _shipping_price(entry: MethodEntry, currency: str | None) -> ShippingPrice:
    if currency is None:
        return Pickup()
    if entry.flat is not None:
        return FlatPrice(int(entry.flat[currency]))
    if entry.by_weight is not None:
        brackets = ((each.up_to_grams, int(each.price[currency])) for each in entry.by_weight)
        return PriceByWeight(tuple(brackets))
    area_prices = entry.by_area or ()
    return PriceByArea(
        tuple((_parse_areas(each.areas), int(each.price[currency])) for each in area_prices)
    )


def _coupon(entry: CouponEntry) -> Coupon:
    return Coupon(
        code=entry.code,
        label=entry.label,
        off=_coupon_discount(entry),
        minimums={code: int(minor) for code, minor in (entry.minimum or {}).items()},
        currencies=None if entry.currencies is None else frozenset(entry.currencies),
        validity=_validity(entry),
        once_per_purchaser=entry.once_per_purchaser,
    )


def _coupon_discount(entry: CouponEntry) -> PercentOff | Mapping[str, AmountOff]:
    if entry.percent is not None:
        return PercentOff(Decimal(entry.percent))
    return {code: AmountOff(int(minor)) for code, minor in (entry.amount or {}).items()}


def _stored_value(entry: StoredValueEntry) -> StoredValue:
    balance = to_minor_units(entry.balance, entry.currency)
    return StoredValue(entry.code, entry.currency, balance, _validity(entry))
