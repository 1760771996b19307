"""The format of rule files, as printed by ``gateway rules-schema``."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.reference.country_names import country_code
from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.engine.areas.notation import AREA_PATTERN, MalformedArea, parse_area
from gateway.engine.areas.regions import region_rule_code
from gateway.engine.money import InvalidAmount, RoundingMode, money_from_major_units
from gateway.engine.tax.rounding import RoundedSide, RoundingLevel
from gateway.engine.tax.tax_tables import (
    DEFAULT_TABLE,
    CustomerKind,
    TableMode,
    normalize_table_name,
)

MAX_RULES = 10_000
"""A tax table with more rules is refused."""
CURRENCIES = IsoCurrencies()
COUNTRIES = CountryDataSet()


def _require_known_currency(code: str) -> str:
    if CURRENCIES.find(code) is None:
        raise ValueError(f"{code} is no currency of ISO 4217")
    return code


def _prices_to_minor_units(prices: dict[str, Decimal]) -> dict[str, Decimal]:
    """``prices`` in minor units: 5.95 USD is 595."""
    return {code: Decimal(to_minor_units(amount, code)) for code, amount in prices.items()}


def to_minor_units(amount: Decimal, code: str) -> int:
    """``amount`` of the currency ``code`` in minor units.

    Raises:
        ValueError: it has more decimals than the currency.

    """
    currency = CURRENCIES.find(_require_known_currency(code))
    if currency is None:
        raise ValueError(code)
    try:
        return money_from_major_units(amount, currency).minor
    except InvalidAmount as error:
        raise ValueError(str(error)) from error


def _suggest_area(text: str) -> str | None:
    """The area that is probably meant by ``text``, which is none; None if nothing is similar."""
    capitals = text.strip().upper()
    country, dash, region = capitals.partition("-")
    rules = COUNTRIES.rules_for(country) if dash else None
    known_region = rules.find_subdivision(region) if rules else None
    if known_region is not None:
        return f"{country}-{region_rule_code(known_region)}"
    return country_code(text) or (capitals if _is_area(capitals) else None)


def _is_area(text: str) -> bool:
    try:
        parse_area(text)
    except MalformedArea:
        return False
    return COUNTRIES.rules_for(text[:2]) is not None


def _require_area(text: str) -> str:
    """Return ``text`` if it has the form of an area.

    Raises:
        ValueError: it has not; the message suggests areas that may be meant.

    """
    try:
        parse_area(text)
    except MalformedArea as error:
        suggestion = _suggest_area(text[:100])
        hint = f"; perhaps {suggestion}" if suggestion else ""
        raise ValueError(f"{str(error)[:200]}{hint}") from None
    return text


Name: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)
]
Code: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\S{1,64}$")]
AreaText: TypeAlias = Annotated[
    str,
    AfterValidator(_require_area),
    Field(
        description="GB, US-CA, US 9404*, GB KW15-KW17, US CONTINENTAL_48 or world.",
        json_schema_extra={"pattern": AREA_PATTERN},
    ),
]
CurrencyCode: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), AfterValidator(_require_known_currency)
]
Percent: TypeAlias = Annotated[Decimal, Field(ge=-1000, le=10_000, description="7.25 is 7.25 %.")]
Amount: TypeAlias = Annotated[Decimal, Field(ge=0, lt=10**13)]
Prices: TypeAlias = Annotated[
    dict[CurrencyCode, Amount],
    Field(min_length=1, description="Amounts by currency: {USD: 5.95, EUR: 4.95}."),
    AfterValidator(_prices_to_minor_units),
]


class Entry(BaseModel):
    """A mapping in the file; a key it does not know is refused: it may be misspelt."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatedEntry(Entry):
    """An entry that holds from a day (inclusive) to another (exclusive)."""

    valid_from: date | None = None
    valid_to: date | None = Field(default=None, description="The first day it no longer holds.")


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
    mode: TableMode | None = Field(default=None, description="For this rule: STACK goes on below.")
    id: Name | None = None


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
    alternates: dict[Name, AlternateEntry] = {}

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
    excluded: list[AreaText] = []
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


class RuleDocument(Entry):
    """The rules of a merchant for the Gateway: tax, shipping, codes, rounding."""

    title: Name | None = None
    valid_from: date | None = Field(default=None, description="Absent: the day of the import.")
    markets: list[MarketEntry] = []
    tax: TaxEntry = TaxEntry()
    shipping: list[MethodEntry] = []
    coupons: list[CouponEntry] = []
    stored_value: list[StoredValueEntry] = []
