"""What a merchant's own calculator is asked and answers: shipping, taxes and codes of a purchase.

It learns what is bought and roughly where it goes: no name, no street, no contact (R85).
"""

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.engine.addresses.address import Destination
from gateway.engine.money import Currency
from gateway.engine.pricing.purchase_details import Calculator
from gateway.engine.tax.stated_taxes import StatedTax
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.engine.values import value_object


class CalculationPart(StrEnum):
    """A part of a purchase's figures that a calculator can answer."""

    SHIPPING = "shipping"
    TAX = "tax"
    CODES = "codes"


ALL_PARTS = frozenset(CalculationPart)
"""Everything that a calculator can answer."""


@value_object
class CalculatedShipping:
    """A way to ship as the calculator offers it; ``minor`` is its price without tax."""

    id: str
    name: str
    minor: int


@value_object
class CalculatedTaxes:
    """The taxes of what ``id`` names: a line, or a way to ship."""

    id: str
    taxes: tuple[StatedTax, ...]


@value_object
class CalculatedCode:
    """A code as the calculator judges it.

    ``minor`` is what it takes off the goods, minor units; ``reason`` why it does not apply.
    """

    code: str
    applied: bool
    reason: str | None = None
    minor: int = 0


@value_object
class Calculation:
    """A calculator's answer. A part of None was not asked for: the declared tables compute it.

    ``reference`` is the calculator's own word for the answer, which it is told when the purchase
    is placed.
    """

    shipping: tuple[CalculatedShipping, ...] | None = None
    line_taxes: tuple[CalculatedTaxes, ...] | None = None
    shipping_taxes: tuple[CalculatedTaxes, ...] = ()
    codes: tuple[CalculatedCode, ...] | None = None
    reference: str | None = None


@value_object
class CalculationOutcome:
    """Who computed a purchase, and the calculator's answer where it was the calculator."""

    calculator: Calculator = Calculator.TABLE
    calculation: Calculation | None = None

    @property
    def judges_codes(self) -> bool:
        """Whether the calculator has judged the codes, so that none of the tables applies."""
        return self.calculation is not None and self.calculation.codes is not None

    @property
    def judged_codes(self) -> tuple[CalculatedCode, ...]:
        """The codes that the calculator has judged; none where it was not asked about any."""
        return () if self.calculation is None else self.calculation.codes or ()


BY_TABLE = CalculationOutcome()
"""The declared tables computed it: nobody else was asked."""
BY_FALLBACK = CalculationOutcome(Calculator.FALLBACK)
"""The declared tables computed it, because the calculator gave no valid answer."""


@value_object
class CalculationLine:
    """A line to compute: ``minor`` is its price without tax, minor units, after discounts.

    ``sku`` is empty where the merchant has none.
    """

    id: str
    sku: str
    quantity: int
    minor: int


@dataclass(frozen=True, slots=True)
class CalculationRequest:
    """What a calculator is asked. ``parts`` are those that it is to answer.

    ``destination`` has a country, a region and a postal code, nothing more; None: not known yet.
    ``codes`` are those that were entered, except of stored value. ``shipping`` are what the tables
    offer, without tax, where the calculator is asked for taxes but not for shipping.
    ``order_number`` is that of the order that changes or is joined; None: a purchase of its own.
    """

    currency: Currency
    parts: frozenset[CalculationPart]
    lines: tuple[CalculationLine, ...]
    destination: Destination | None = None
    customer: CustomerKind = CustomerKind.CONSUMER
    tax_id: str | None = field(default=None, repr=False)
    codes: tuple[str, ...] = ()
    shipping: tuple[CalculatedShipping, ...] = ()
    order_number: str | None = None
