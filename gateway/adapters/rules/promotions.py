"""Conversion of promotions and tier prices in rule documents to values of the engine."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from gateway.adapters.rules.promotion_documents import (
    Combination,
    ConditionalEntry,
    EffectEntry,
    PromotionEntry,
    ScopeEntry,
    TierEntry,
    TierPricesEntry,
)
from gateway.engine.areas.area import Area
from gateway.engine.pricing.discounts import AmountOff, PercentOff
from gateway.engine.pricing.promotions import (
    WHOLE_PRICE,
    BuyAndGet,
    CheapestOff,
    FreeShipping,
    PriceTier,
    Promotion,
    PromotionEffect,
    PromotionScope,
    TierPrices,
    collection_scope_key,
    product_scope_key,
    tag_scope_key,
)
from gateway.engine.validity import Validity


def build_promotions(
    promotions: Iterable[PromotionEntry],
    tiers: Iterable[TierPricesEntry],
    parse_area: Callable[[str], Area],
) -> tuple[Promotion, ...]:
    """The promotions of a document, tier prices first."""
    return (
        *(_tier_prices(entry, parse_area) for entry in tiers),
        *(_promotion(entry, parse_area) for entry in promotions),
    )


def _promotion(entry: PromotionEntry, parse_area: Callable[[str], Area]) -> Promotion:
    minimum = entry.minimum
    return Promotion(
        name=entry.name,
        label=entry.label or entry.name,
        off=_effect(entry.off),
        code=entry.code,
        validity=_validity(entry),
        scope=_scope(entry.scope),
        minimums={}
        if minimum is None
        else {code: int(minor) for code, minor in minimum.amount.items()},
        minimum_before_discounts=minimum is not None and minimum.before_discounts,
        customers=_customers(entry),
        areas=_areas(entry, parse_area),
        limit=entry.limit,
        limit_per_buyer=entry.limit_per_buyer,
        priority=entry.priority,
        combines=_combination(entry.combines),
    )


def _tier_prices(entry: TierPricesEntry, parse_area: Callable[[str], Area]) -> Promotion:
    return Promotion(
        name=entry.name,
        label=entry.label or entry.name,
        off=TierPrices(tuple(map(_price_tier, entry.prices))),
        validity=_validity(entry),
        scope=_scope(entry.scope),
        customers=_customers(entry),
        areas=_areas(entry, parse_area),
    )


def _price_tier(entry: TierEntry) -> PriceTier:
    if entry.percent is not None:
        return PriceTier(entry.from_quantity, PercentOff(Decimal(entry.percent)))
    prices = {code: int(minor) for code, minor in (entry.price or {}).items()}
    return PriceTier(entry.from_quantity, prices)


def _effect(entry: EffectEntry) -> PromotionEffect:
    off = WHOLE_PRICE if entry.percent is None else PercentOff(Decimal(entry.percent))
    if entry.free_shipping:
        return FreeShipping(None if entry.methods is None else frozenset(entry.methods))
    if entry.cheapest is not None:
        return CheapestOff(entry.cheapest, off)
    if entry.buy is not None and entry.get is not None:
        of = None if entry.of is None else _scope(entry.of)
        return BuyAndGet(entry.buy, entry.get, off, of)
    if entry.amount is not None:
        return {code: AmountOff(int(minor)) for code, minor in entry.amount.items()}
    return off


def _validity(entry: ConditionalEntry) -> Validity:
    return Validity(entry.first_day, entry.end_day)


def _scope(entry: ScopeEntry) -> PromotionScope:
    keys = frozenset(
        (
            *map(product_scope_key, entry.products or ()),
            *map(collection_scope_key, entry.collections or ()),
            *map(tag_scope_key, entry.tags or ()),
        )
    )
    return PromotionScope(keys or None, entry.not_on_sale)


def _customers(entry: ConditionalEntry) -> frozenset[str] | None:
    return None if entry.customers is None else frozenset(entry.customers)


def _areas(entry: ConditionalEntry, parse_area: Callable[[str], Area]) -> tuple[Area, ...] | None:
    return None if entry.areas is None else tuple(map(parse_area, entry.areas))


def _combination(combines: Combination | list[str]) -> frozenset[str] | None:
    match combines:
        case Combination.ALL:
            return None
        case Combination.NONE:
            return frozenset()
        case names:
            return frozenset(names)
