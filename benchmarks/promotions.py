"""What promotions add to pricing: 1,000 lines and as many promotions as are asked for."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from benchmarks.reporting import markdown
from gateway.engine.money import Currency
from gateway.engine.pricing.discounts import AmountOff, PercentOff
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.promotions import (
    ALL_GOODS,
    BuyAndGet,
    CheapestOff,
    PriceTier,
    Promotion,
    PromotionEffect,
    PromotionScope,
    TierPrices,
    collection_scope_key,
    order_promotions,
    product_scope_key,
)
from gateway.engine.pricing.purchase import Item, Purchase

LINES = 1_000
COLLECTIONS = 50
REPEATS = 5
USD = Currency("USD", 2)
EFFECTS: tuple[PromotionEffect, ...] = (
    PercentOff(Decimal(10)),
    {"USD": AmountOff(500)},
    CheapestOff(),
    BuyAndGet(2, 1),
    TierPrices((PriceTier(2, PercentOff(Decimal(5))),)),
)


def promotions_table(count: int) -> str:
    """A row for each kind of ``count`` promotions: the CPU time until all discounts are known."""
    own = [_promotion(number, _own_scope(number)) for number in range(count)]
    kinds: dict[str, Iterable[Promotion]] = {
        "none": (),
        f"{count}, of goods that are not there": [
            replace(promotion, scope=_scope("nothing")) for promotion in own
        ],
        f"{count}, each of a product or a collection": own,
        f"{count}, each of the whole order": [
            replace(promotion, scope=ALL_GOODS) for promotion in own
        ],
    }
    rows = [(kind, f"{_milliseconds(promotions):.1f}") for kind, promotions in kinds.items()]
    return markdown(("promotions", "ms"), rows)


def _milliseconds(promotions: Iterable[Promotion]) -> float:
    """The least CPU time, in milliseconds, of pricing anew."""
    purchase = Purchase(
        USD,
        tuple(map(_item, range(LINES))),
        date(2026, 11, 2),
        promotions=order_promotions(promotions),
    )
    return (
        min(_cpu_seconds(lambda: PricedPurchase(purchase).discount_total) for _ in range(REPEATS))
        * 1_000
    )


def _cpu_seconds(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return time.process_time() - start


def _item(number: int) -> Item:
    keys = {
        product_scope_key(f"p{number // 2}"),
        collection_scope_key(f"c{number % COLLECTIONS}"),
    }
    price = 100 + number * 7919 % 9900
    return Item(f"v{number}", "Goods", price, 1 + number % 4, scope_keys=frozenset(keys))


def _promotion(number: int, scope: PromotionScope) -> Promotion:
    return Promotion(f"P{number}", "Promotion", EFFECTS[number % len(EFFECTS)], scope=scope)


def _own_scope(number: int) -> PromotionScope:
    if number % 2:
        return _scope(product_scope_key(f"p{number}"))
    return _scope(collection_scope_key(f"c{number % COLLECTIONS}"))


def _scope(key: str) -> PromotionScope:
    return PromotionScope(frozenset({key}))
