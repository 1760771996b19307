"""Entries of rule files about shipping taxes, fees, prices abroad and what is to pay."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from gateway.adapters.rules.document_values import (
    AreaText,
    DatedEntry,
    Entry,
    Name,
    Percent,
    Prices,
)
from gateway.engine.tax.charge_sharing import ChargeTaxMethod
from gateway.engine.tax.table_linting import FULL_PERCENT
from gateway.engine.tax.tax_tables import CustomerKind

MAX_CHARGE_RATES = 20
"""A charge with more rates of its own is refused."""
MAX_FEES = 100
"""A file with more fees is refused."""
METHOD_DESCRIPTION = (
    "TABLE: by the default table. PRO_RATA: shared over the taxes of the goods by net value; "
    "HIGHEST_RATE, LARGEST_SHARE: by one of them."
)


def require_within_base(percent: Decimal, *, within_base: bool) -> None:
    """Check a rate that may be within its own base.

    Raises:
        ValueError: it is within its base and not below 100 %, or below zero.

    """
    if within_base and not 0 <= percent < FULL_PERCENT:
        raise ValueError("a tax within its own base is below 100 %, and not below zero")


class RateEntry(Entry):
    """A rate that is stated for a charge."""

    name: Name = "tax"
    percent: Percent
    compound: bool = Field(default=False, description="On the amount with the taxes before it.")
    within_base: bool = Field(default=False, description="The tax is a part of its own base.")

    @model_validator(mode="after")
    def _require_rate_below_base(self) -> Self:
        require_within_base(self.percent, within_base=self.within_base)
        return self


class ShippingTaxEntry(DatedEntry):
    """How shipping to areas is taxed: by a method, or by rates of its own."""

    areas: list[AreaText] = Field(min_length=1)
    method: ChargeTaxMethod | None = Field(default=None, description=METHOD_DESCRIPTION)
    rates: list[RateEntry] | None = Field(
        default=None, max_length=MAX_CHARGE_RATES, description="Instead of a method; [] is untaxed."
    )
    customers: list[CustomerKind] | None = Field(default=None, description="Absent: all.")

    @model_validator(mode="after")
    def _require_one_source(self) -> Self:
        if (self.method is None) == (self.rates is None):
            raise ValueError("takes exactly one of method and rates")
        return self


def _expand_method(value: object) -> object:
    """A method alone, as the rule that it is short for."""
    return [{"areas": ["world"], "method": value}] if isinstance(value, str) else value


ShippingTaxRules: TypeAlias = Annotated[
    list[ShippingTaxEntry],
    BeforeValidator(
        _expand_method, json_schema_input_type=list[ShippingTaxEntry] | ChargeTaxMethod
    ),
    Field(description="The first that holds the destination; a method alone holds everywhere."),
]


class FeeEntry(DatedEntry):
    """A charge beside the goods."""

    name: Name
    amount: Prices
    areas: list[AreaText] | None = Field(
        default=None, min_length=1, description="Absent: everywhere."
    )
    goods_from: Prices | None = Field(
        default=None, description="Where the goods cost so much before discounts, or more."
    )
    goods_below: Prices | None = Field(
        default=None, description="Where the goods cost less than this before discounts."
    )
    for_digital: bool = Field(default=False, description="Also where nothing is shipped.")
    includes_tax: bool | None = Field(default=None, description="Absent: as the market's prices.")
    tax_method: ChargeTaxMethod = Field(
        default=ChargeTaxMethod.TABLE, description=METHOD_DESCRIPTION
    )
    tax_rates: list[RateEntry] | None = Field(
        default=None, max_length=MAX_CHARGE_RATES, description="Instead of a method; [] is untaxed."
    )

    @model_validator(mode="after")
    def _require_one_source(self) -> Self:
        if self.tax_rates is not None and "tax_method" in self.model_fields_set:
            raise ValueError("takes at most one of tax_method and tax_rates")
        return self


class PricesAbroad(StrEnum):
    """What is kept of a price with tax where other taxes apply than at home."""

    NET = "NET"
    GROSS = "GROSS"


Step: TypeAlias = Annotated[Decimal, Field(gt=0, lt=10**6)]


class PayableStepEntry(Entry):
    """The step of what is to pay in areas."""

    areas: list[AreaText] = Field(min_length=1)
    step: Step


PayableSteps: TypeAlias = Step | list[PayableStepEntry]
