"""Promotions: what they take off, of which goods, for whom, and which of them combine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from gateway.engine.areas.area import Area
from gateway.engine.pricing.discounts import AmountOff, PercentOff
from gateway.engine.validity import ALWAYS, Validity
from gateway.engine.values import value_object

ON_SALE = "on sale"
"""The scope key of goods that cost less than they did before."""

WHOLE_PRICE = PercentOff(Decimal(100))


def product_scope_key(handle: str) -> str:
    """The scope key of the goods of a product."""
    return f"product {handle.casefold()}"


def collection_scope_key(handle: str) -> str:
    """The scope key of the goods in a collection."""
    return f"collection {handle.casefold()}"


def tag_scope_key(tag: str) -> str:
    """The scope key of the goods whose product has a tag."""
    return f"tag {tag.casefold()}"


@dataclass(frozen=True, slots=True)
class PromotionScope:
    """The goods that a promotion is for: those with one of ``keys``; None means all.

    ``not_on_sale`` leaves out goods that cost less than they did before.
    """

    keys: frozenset[str] | None = None
    not_on_sale: bool = False

    @property
    def needs_products(self) -> bool:
        """Whether it names products, their collections or their tags."""
        return self.keys is not None


ALL_GOODS = PromotionScope()


@dataclass(frozen=True, slots=True)
class CheapestOff:
    """A percentage off the cheapest ``units`` of the goods."""

    units: int = 1
    off: PercentOff = WHOLE_PRICE


@dataclass(frozen=True, slots=True)
class BuyAndGet:
    """Of so many units that are ``buy`` and ``get`` together, ``get`` are reduced.

    All units of the goods count together, and the cheapest are reduced. With a scope in ``of``, the
    cheapest of those goods are reduced in place of them: ``get`` for each ``buy`` units of goods
    that are not among them.
    """

    buy: int
    get: int
    off: PercentOff = WHOLE_PRICE
    of: PromotionScope | None = None


@dataclass(frozen=True, slots=True)
class FreeShipping:
    """Shipping costs nothing by the methods with these ids; None means by all."""

    method_ids: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class PriceTier:
    """The price of one unit, in minor units by currency, from so many units of a variant on.

    Or, in place of prices, a percentage off.
    """

    from_quantity: int
    price: Mapping[str, int] | PercentOff


@dataclass(frozen=True, slots=True)
class TierPrices:
    """Prices by quantity: the tier with the highest quantity that is reached applies.

    The lines of one variant count together. A price that is not lower changes nothing.
    """

    tiers: tuple[PriceTier, ...]


AmountsByCurrency: TypeAlias = Mapping[str, AmountOff]
"""The reduction by currency code."""
PromotionEffect: TypeAlias = (
    PercentOff | AmountsByCurrency | CheapestOff | BuyAndGet | FreeShipping | TierPrices
)


@dataclass(frozen=True, slots=True)
class Promotion:
    """What is taken off certain goods, or off shipping, while its conditions hold.

    With a ``code`` it is for buyers who enter that. ``minimums`` are what the goods in its scope
    must be worth, in minor units by currency code: after all discounts before it, or at the prices
    of the goods if ``minimum_before_discounts``. ``customers`` are kinds of customers or customer
    groups, ``areas`` destinations; None means all. ``limit`` is how often it can be used in all,
    ``limit_per_buyer`` how often by one buyer. Those with a lower ``priority`` come first.
    ``combines`` names the promotions and coupon codes that it applies together with; None means
    all.
    """

    name: str
    label: str
    off: PromotionEffect
    code: str | None = None
    validity: Validity = ALWAYS
    scope: PromotionScope = ALL_GOODS
    minimums: Mapping[str, int] = field(default_factory=dict)
    minimum_before_discounts: bool = False
    customers: frozenset[str] | None = None
    areas: tuple[Area, ...] | None = None
    limit: int | None = None
    limit_per_buyer: int | None = None
    priority: int = 0
    combines: frozenset[str] | None = None

    @property
    def is_limited(self) -> bool:
        """Whether its uses are counted."""
        return self.limit is not None or self.limit_per_buyer is not None

    @property
    def needs_products(self) -> bool:
        """Whether it is for certain products, collections or tags."""
        scopes = (self.scope, self.off.of if isinstance(self.off, BuyAndGet) else None)
        return any(scope is not None and scope.needs_products for scope in scopes)

    @property
    def is_price(self) -> bool:
        """Whether it is the price of goods, which every promotion combines with."""
        return isinstance(self.off, TierPrices)

    def is_offered_in(self, currency: str) -> bool:
        """Whether it has the amounts that it needs in this currency."""
        if self.minimums and currency not in self.minimums:
            return False
        match self.off:
            case TierPrices(tiers):
                return any(
                    isinstance(tier.price, PercentOff) or currency in tier.price for tier in tiers
                )
            case Mapping():
                return currency in self.off
        return True

    def accepts(self, name: str) -> bool:
        """Whether it can apply together with the promotion or coupon code ``name``."""
        return self.combines is None or name in self.combines


def combine(promotion: Promotion, another: Promotion) -> bool:
    """Whether both can apply to one purchase: each must accept the second one."""
    if promotion.is_price or another.is_price:
        return True
    return promotion.accepts(another.name) and another.accepts(promotion.name)


def order_promotions(promotions: Iterable[Promotion]) -> tuple[Promotion, ...]:
    """``promotions`` in the order in which they apply: prices, then by priority, then as given."""
    return tuple(sorted(promotions, key=lambda each: (not each.is_price, each.priority)))


@value_object
class UsedUpPromotion:
    """A promotion that cannot be used any more, by its name, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class PromotionUse:
    """A use of a limited promotion by a purchase, of which it took ``amount_off`` (minor units)."""

    name: str
    amount_off: int
    limit: int | None = None
    limit_per_buyer: int | None = None


def used_up_reason(
    *, limit: int | None, used: int, limit_per_buyer: int | None, used_by_buyer: int
) -> str | None:
    """Why a promotion with these limits and uses cannot be used any more; None if it can."""
    if limit is not None and used >= limit:
        return f"it could be used {_times(limit)} in all, and was"
    if limit_per_buyer is not None and used_by_buyer >= limit_per_buyer:
        return f"one buyer can use it {_times(limit_per_buyer)}"
    return None


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


@value_object
class PromotionOutcome:
    """What a promotion took, in minor units, or why it does not apply: ``reason`` of None.

    ``shares`` are what it changed, zero or less, by node position; free shipping has none.
    """

    promotion: Promotion
    amount_off: int = 0
    shares: tuple[tuple[int, int], ...] = ()
    reason: str | None = None

    @property
    def is_applied(self) -> bool:
        """Whether it took something off."""
        return self.reason is None
