"""The format of rule files, as printed by ``gateway rules-schema``."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from gateway.adapters.rules.charge_entries import (
    MAX_FEES,
    FeeEntry,
    PayableSteps,
    PricesAbroad,
    ShippingTaxRules,
    require_within_base,
)
from gateway.adapters.rules.document_values import (
    Amount,
    AreaText,
    Code,
    CountryCode,
    CurrencyCode,
    DatedEntry,
    Entry,
    Name,
    Percent,
    Prices,
    to_minor_units,
)
from gateway.adapters.rules.promotion_documents import (
    MAX_PROMOTIONS,
    PromotionEntry,
    TierPricesEntry,
)
from gateway.engine.money import RoundingMode
from gateway.engine.tax.rounding import RoundedSide, RoundingLevel
from gateway.engine.tax.tax_tables import (
    DEFAULT_TABLE,
    CustomerKind,
    TableMode,
    normalize_table_name,
)

MAX_RULES = 10_000
"""A tax table with more rules is refused."""


class RuleEntry(DatedEntry):
    """A rate for areas."""

    areas: list[AreaText]
    percent: Percent
    name: Name = "tax"
    shipping_taxed: bool = False
    compound: bool = Field(default=False, description="On the amount with the taxes before it.")
    categories: list[Name] | None = Field(default=None, description="Absent: all goods.")
    customers: list[CustomerKind] | None = Field(default=None, description="Absent: all.")
    reason: Name | None = Field(default=None, description="Why there is no tax.")
    piece_price_from: Prices | None = Field(
        default=None, description="For goods of which one costs so much after discounts, or more."
    )
    piece_price_below: Prices | None = Field(
        default=None, description="For goods of which one costs less than this after discounts."
    )
    within_base: bool = Field(
        default=False, description="The tax is a part of its own base: of 100 by 20 % it is 25."
    )
    mode: TableMode | None = Field(default=None, description="For this rule: STACK goes on below.")
    id: Name | None = None

    @model_validator(mode="after")
    def _require_rate_below_base(self) -> Self:
        require_within_base(self.percent, within_base=self.within_base)
        return self

    @model_validator(mode="after")
    def _require_reachable_price(self) -> Self:
        lower, upper = self.piece_price_from or {}, self.piece_price_below or {}
        for code, limit in upper.items():
            if lower.get(code, Decimal(0)) >= limit:
                raise ValueError(f"no piece costs what it asks for in {code}")
        return self


class TableEntry(Entry):
    """Ordered rules: the first that holds the destination decides, or all add up (STACK)."""

    mode: TableMode = TableMode.FIRST_MATCH
    rules: list[RuleEntry] = Field(default=[], max_length=MAX_RULES)


class AlternateEntry(TableEntry):
    """A table that goods select by name; stand-alone: where no rule holds, there is no tax."""

    standalone: bool = False


class TaxEntry(Entry):
    """The tax tables."""

    default: TableEntry = TableEntry()
    alternates: dict[Name, AlternateEntry] = Field(default={})

    @model_validator(mode="after")
    def _require_distinct_names(self) -> Self:
        keys = [DEFAULT_TABLE, *map(normalize_table_name, self.alternates)]
        if len(set(keys)) < len(keys):
            raise ValueError("two tables would be selected by the same name")
        return self


class RoundingEntry(Entry):
    """How tax is rounded."""

    mode: RoundingMode = RoundingMode.HALF_UP
    level: RoundingLevel = RoundingLevel.LINE
    per_rate: bool = True
    side: RoundedSide = RoundedSide.TAX


class MarketEntry(DatedEntry):
    """The terms of purchases in one currency, or (without one) in any other."""

    currency: CurrencyCode | None = None
    prices_include_tax: bool = False
    rounding: RoundingEntry = RoundingEntry()
    prices_abroad: PricesAbroad = Field(
        default=PricesAbroad.GROSS, description="NET: outside home, prices lose the tax of home."
    )
    home: list[AreaText] | None = Field(
        default=None, description="Where prices hold as they are; they have the first area's taxes."
    )
    payable_step: PayableSteps | None = Field(
        default=None, description="What is to pay is a multiple of it, everywhere or by areas."
    )
    shipping_tax: ShippingTaxRules = Field(
        default=[], description="Goes before the shipping_tax of the file."
    )

    @model_validator(mode="after")
    def _require_home(self) -> Self:
        if self.prices_abroad is PricesAbroad.NET and not (self.prices_include_tax and self.home):
            raise ValueError("prices_abroad NET needs home, and prices_include_tax: true")
        return self

    @model_validator(mode="after")
    def _require_exact_steps(self) -> Self:
        steps = self.payable_step
        if steps is not None and self.currency is None:
            raise ValueError("payable_step needs a currency")
        amounts = [entry.step for entry in steps] if isinstance(steps, list) else [steps]
        for amount in amounts:
            if amount is not None:
                to_minor_units(amount, self.currency or "")
        return self


class WeightEntry(Entry):
    """A price up to a weight."""

    up_to_grams: int = Field(ge=0)
    price: Prices


class AreaPriceEntry(Entry):
    """A price for areas."""

    areas: list[AreaText] = Field(min_length=1)
    price: Prices


class MethodEntry(DatedEntry):
    """A way to ship; exactly one of flat, by_weight, by_area and pickup."""

    id: Code
    name: Name
    flat: Prices | None = None
    by_weight: list[WeightEntry] | None = Field(default=None, min_length=1)
    by_area: list[AreaPriceEntry] | None = Field(default=None, min_length=1)
    pickup: bool = False
    allowed: list[AreaText] | None = Field(default=None, description="Absent: everywhere.")
    excluded: list[AreaText] = Field(default=[])
    includes_tax: bool | None = Field(default=None, description="Absent: as the market's prices.")
    takes_oversize: bool = True
    free_from: Prices | None = Field(default=None, description="Free for goods worth so much.")

    @model_validator(mode="after")
    def _require_one_price(self) -> Self:
        price_sources = (self.flat, self.by_weight, self.by_area, self.pickup or None)
        if sum(each is not None for each in price_sources) != 1:
            raise ValueError("takes exactly one of flat, by_weight, by_area and pickup")
        return self

    @model_validator(mode="after")
    def _require_same_currencies(self) -> Self:
        currency_sets = [
            set(each.price) for each in (*(self.by_weight or ()), *(self.by_area or ()))
        ]
        if any(each != currency_sets[0] for each in currency_sets):
            raise ValueError("must be priced in the same currencies throughout")
        return self


class CouponEntry(DatedEntry):
    """A discount code; exactly one of percent and amount."""

    code: Code
    label: Name
    percent: Annotated[Decimal, Field(gt=0, le=1000)] | None = None
    amount: Prices | None = None
    minimum: Prices | None = Field(default=None, description="The least the items must cost.")
    currencies: list[CurrencyCode] | None = Field(default=None, description="Absent: any.")
    once_per_purchaser: bool = False

    @model_validator(mode="after")
    def _require_one_discount(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("takes exactly one of percent and amount")
        return self


class StoredValueEntry(DatedEntry):
    """Stored value, issued when the file is first imported."""

    code: Code
    currency: CurrencyCode
    balance: Amount

    @model_validator(mode="after")
    def _require_exact_balance(self) -> Self:
        to_minor_units(self.balance, self.currency)
        return self


class SellerEntry(Entry):
    """The merchant as tax sees them; a business's tax id counts by it."""

    country: CountryCode | None = Field(
        default=None,
        description="Where the merchant is established: supplies to businesses of other member "
        "states of the European Union are not taxed.",
    )
    trust_format: bool = Field(
        default=False, description="Whether a tax id that nobody confirmed counts by its form."
    )


class RuleDocument(Entry):
    """The rules of a merchant for the Gateway: tax, shipping, codes, rounding."""

    title: Name | None = None
    valid_from: date | None = Field(default=None, description="Absent: the day of the import.")
    seller: SellerEntry = SellerEntry()
    markets: list[MarketEntry] = Field(default=[])
    tax: TaxEntry = TaxEntry()
    shipping: list[MethodEntry] = Field(default=[])
    shipping_tax: ShippingTaxRules = Field(default=[])
    fees: list[FeeEntry] = Field(default=[], max_length=MAX_FEES)
    coupons: list[CouponEntry] = Field(default=[])
    stored_value: list[StoredValueEntry] = Field(default=[])
    promotions: list[PromotionEntry] = Field(default=[], max_length=MAX_PROMOTIONS)
    tiers: list[TierPricesEntry] = Field(default=[], max_length=MAX_PROMOTIONS)
