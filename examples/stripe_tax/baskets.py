"""What is bought and roughly where it goes, as the gateway asks about it and Stripe is asked."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

UNUSUAL_CURRENCIES = frozenset({"BHD", "ISK", "JOD", "KWD", "OMR", "TND", "UGX"})
"""Stripe counts these in another unit than their smallest one."""
MAX_LINES = 100
"""Stripe answers the first 100 lines only."""
_PREFIXES = "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI"
UNION_PREFIXES = frozenset(_PREFIXES.split())
"""How VAT numbers of the European Union begin."""


class Unsupported(Exception):
    """Something that this calculator does not compute; the message says what."""


def to_minor(amount: str) -> int:
    """``amount``, which has all the decimals of its currency, in minor units."""
    return int(amount.replace(".", ""))


def to_amount(minor: int, digits: int) -> str:
    """``minor`` units as a decimal string with ``digits`` decimals."""
    if not digits:
        return str(minor)
    units, decimals = divmod(minor, 10**digits)
    return f"{units}.{decimals:0{digits}}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of what is bought; ``minor`` is its price without tax, for its quantity."""

    id: str
    sku: str
    quantity: int
    minor: int


@dataclass(frozen=True, slots=True)
class Basket:
    """What is bought. ``digits`` are the decimals of the currency.

    ``country``, ``region`` and ``postal_code`` say where it goes; nobody's street is known here.
    """

    currency: str
    digits: int
    lines: tuple[Line, ...]
    country: str
    region: str | None
    postal_code: str | None
    kind: str
    tax_id: str | None

    @classmethod
    def from_question(cls, data: Mapping[str, Any]) -> "Basket":
        """The basket of a ``calculate`` message.

        Raises:
            Unsupported: it has no place yet, or Stripe Tax cannot compute it.

        """
        destination = data["destination"]
        if destination is None:
            raise Unsupported("a purchase without a destination")
        if data["currency"] in UNUSUAL_CURRENCIES:
            raise Unsupported(f"amounts in {data['currency']}")
        if not 1 <= len(data["lines"]) <= MAX_LINES:
            raise Unsupported(f"{len(data['lines'])} lines")
        return cls(
            currency=data["currency"],
            digits=len(data["lines"][0]["net"].partition(".")[2]),
            lines=read_lines(data),
            country=destination["country"],
            region=destination["region"],
            postal_code=destination["postalCode"],
            kind=data["customer"]["kind"],
            tax_id=data["customer"]["taxId"],
        )

    @classmethod
    def from_commit(cls, data: Mapping[str, Any]) -> "Basket":
        """The basket of a ``commit`` message, of which nothing was asked.

        Raises:
            Unsupported: it does not tell where it goes, or Stripe Tax cannot compute it. The tax
                id of a business, which decides its taxes, is in no such message.

        """
        source, kind = data["calculatedBy"], data["customer"]["kind"]
        if data["destination"] is None:
            raise Unsupported(f"figures of {source}: where it went is not known")
        if kind == "BUSINESS":
            raise Unsupported(f"figures of {source}: the tax id of a business is not known")
        return cls.from_question({**data, "customer": {"kind": kind, "taxId": None}})

    @classmethod
    def from_json(cls, text: str) -> "Basket":
        """The basket that ``to_json`` wrote."""
        fields = json.loads(text)
        lines = tuple(Line(**line) for line in fields["lines"])
        return cls(**{**fields, "lines": lines})

    def to_json(self) -> str:
        """All of it as text."""
        return json.dumps(asdict(self))

    @property
    def sold(self) -> tuple[Line, ...]:
        """The lines that cost something: Stripe takes no others."""
        return tuple(line for line in self.lines if line.minor)

    def costs_like(self, other: "Basket") -> bool:
        """Whether both have the same lines in the same order, whatever they are called."""
        return [replace(line, id="") for line in self.lines] == [
            replace(line, id="") for line in other.lines
        ]

    def to_form(self, shipping_minor: int, tax_codes: Mapping[str, str]) -> dict[str, object]:
        """What Stripe is asked, with shipping for so much; ``tax_codes`` are by SKU."""
        form: dict[str, object] = {
            "currency": self.currency.lower(),
            "customer_details": self._customer(),
            "line_items": [
                {
                    "amount": line.minor,
                    "quantity": line.quantity,
                    "reference": line.id,
                    "tax_behavior": "exclusive",
                }
                | ({"tax_code": tax_codes[line.sku]} if line.sku in tax_codes else {})
                for line in self.sold
            ],
            "expand": ["line_items.data.tax_breakdown", "shipping_cost.tax_breakdown"],
        }
        if shipping_minor:
            form["shipping_cost"] = {"amount": shipping_minor, "tax_behavior": "exclusive"}
        return form

    def _customer(self) -> dict[str, object]:
        address = {
            "country": self.country,
            "state": self.region,
            "postal_code": self.postal_code,
        }
        customer: dict[str, object] = {
            "address": {name: value for name, value in address.items() if value},
            "address_source": "shipping",
        }
        if self.kind == "EXEMPT":
            customer["taxability_override"] = "customer_exempt"
        tax_id_type = _tax_id_type(self.tax_id)
        if self.tax_id is not None and tax_id_type is not None:
            customer["tax_ids"] = [{"type": tax_id_type, "value": self.tax_id}]
        return customer


def read_lines(data: Mapping[str, Any]) -> tuple[Line, ...]:
    """The lines of a message."""
    return tuple(
        Line(line["id"], line["sku"], line["quantity"], to_minor(line["net"]))
        for line in data["lines"]
    )


def _tax_id_type(tax_id: str | None) -> str | None:
    """What Stripe calls numbers like ``tax_id``; None: it is not told of it."""
    prefix = (tax_id or "")[:2].upper()
    if prefix in UNION_PREFIXES:
        return "eu_vat"
    return "gb_vat" if prefix == "GB" else None
