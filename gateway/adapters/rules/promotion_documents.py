"""The format of promotions and tier prices in rule files."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self, TypeAlias

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from gateway.adapters.rules.document_values import AreaText, Code, Entry, Name, Prices
from gateway.engine.tax.tax_tables import CustomerKind

MAX_PROMOTIONS = 1_000
"""A file with more promotions, or more tier prices, is refused."""
MAX_SCOPE_NAMES = 1_000
MAX_UNITS = 1_000_000
MAX_USES = 1_000_000_000
MAX_USES_BY_BUYER = 100

PercentOffGoods: TypeAlias = Annotated[
    Decimal, Field(gt=0, le=100, description="25 is a quarter of the price.")
]
Units: TypeAlias = Annotated[int, Field(ge=1, le=MAX_UNITS)]
ScopeNames: TypeAlias = Annotated[list[Name], Field(min_length=1, max_length=MAX_SCOPE_NAMES)]

GroupName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\S{1,64}$")]


class Combination(StrEnum):
    """With what a promotion applies together."""

    ALL = "ALL"
    NONE = "NONE"


class ScopeEntry(Entry):
    """The goods that it is for: those of one of the products, collections and tags."""

    products: ScopeNames | None = Field(default=None, description="Handles of products.")
    collections: ScopeNames | None = Field(default=None, description="Handles of collections.")
    tags: ScopeNames | None = Field(default=None, description="Tags of products.")
    not_on_sale: bool = Field(
        default=False, description="Without goods that cost less than their compare-at price."
    )


class EffectEntry(Entry):
    """What is taken off; of several kinds exactly one."""

    percent: PercentOffGoods | None = Field(
        default=None, description="Off the goods; with cheapest or buy and get, off those units."
    )
    amount: Prices | None = None
    cheapest: Units | None = Field(default=None, description="So many of the cheapest units.")
    buy: Units | None = Field(default=None, description="Of so many, with get, get are reduced.")
    get: Units | None = None
    of: ScopeEntry | None = Field(
        default=None, description="What is got; absent: of the same goods as what is bought."
    )
    free_shipping: bool = False
    methods: list[Code] | None = Field(
        default=None, min_length=1, description="Free by these methods; absent: by all."
    )

    @model_validator(mode="after")
    def _require_one_effect(self) -> Self:
        if (self.buy is None) != (self.get is None):
            raise ValueError("buy and get go together")
        has_units = self.cheapest is not None or self.buy is not None
        effects = (
            self.percent if not has_units else None,
            self.amount,
            self.cheapest,
            self.buy,
            self.free_shipping or None,
        )
        if sum(effect is not None for effect in effects) != 1:
            raise ValueError(
                "takes exactly one of percent, amount, cheapest, buy and get, and free_shipping"
            )
        if self.of is not None and self.get is None:
            raise ValueError("of belongs to buy and get")
        if self.methods is not None and not self.free_shipping:
            raise ValueError("methods belong to free_shipping")
        return self


class MinimumEntry(Entry):
    """What the goods that it is for must be worth."""

    amount: Prices
    before_discounts: bool = Field(
        default=False, description="At their prices; else after the discounts before it."
    )


class ConditionalEntry(Entry):
    """An entry that holds on certain days, for certain goods, customers and destinations."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    label: Name | None = Field(default=None, description="What buyers see; absent: the name.")
    first_day: date | None = Field(default=None, alias="from", description="The first day.")
    end_day: date | None = Field(
        default=None, alias="to", description="The first day it no longer holds."
    )
    scope: ScopeEntry = ScopeEntry()
    customers: list[CustomerKind | GroupName] | None = Field(
        default=None, description="Kinds of customers, and names of groups; absent: all."
    )
    areas: list[AreaText] | None = Field(
        default=None, min_length=1, description="Absent: everywhere."
    )


class PromotionEntry(ConditionalEntry):
    """What is taken off certain goods, or off shipping, while its conditions hold."""

    code: Code | None = Field(default=None, description="Only for buyers who enter it.")
    off: EffectEntry
    minimum: MinimumEntry | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_USES)] | None = Field(
        default=None, description="How often it can be used in all."
    )
    limit_per_buyer: Annotated[int, Field(ge=1, le=MAX_USES_BY_BUYER)] | None = Field(
        default=None, description="How often by one purchaser or e-mail address."
    )
    priority: int = Field(default=0, description="Those with a lower one come first.")
    combines: Combination | list[Name] = Field(
        default=Combination.ALL,
        description="The promotions, by name, and coupons, by code, that it applies together with.",
    )


class TierEntry(Entry):
    """The price of one unit from a quantity on; exactly one of price and percent (off)."""

    from_quantity: Units
    price: Prices | None = None
    percent: PercentOffGoods | None = None

    @model_validator(mode="after")
    def _require_one_price(self) -> Self:
        if (self.price is None) == (self.percent is None):
            raise ValueError("takes exactly one of price and percent")
        return self


class TierPricesEntry(ConditionalEntry):
    """Prices of goods by quantity, or for certain customers."""

    prices: list[TierEntry] = Field(min_length=1, max_length=100)
