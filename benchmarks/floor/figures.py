"""The figures and the answer, by hand: dollars without tax, sales tax by line, half up."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

Json = dict[str, Any]

# The shipping that the demonstration's rules offer to the measured destination, in cents.
STANDARD, FREE_FROM = 595, 7_500


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax: ``numerator / denominator`` of the price."""

    name: str
    percent: str
    numerator: int
    denominator: int


@dataclass(slots=True)
class Line:
    """A line with its tax."""

    variant_id: str
    name: str
    quantity: int
    price: int
    net: int
    tax: int
    rate: Rate


@dataclass(slots=True)
class Bill:
    """Lines, shipping and their sums."""

    lines: list[Line]
    net: int
    tax: int
    shipping: int


class Rates:
    """The rates of the measured destination, by category, out of the rules in the database."""

    def __init__(self, rules: Sequence[Json], region: str, postal_code: str) -> None:
        applicable_rules = [
            rule
            for rule in rules
            if any(
                area == f"US-{region}"
                or (area.startswith("US ") and postal_code.startswith(area[3:].rstrip("*")))
                for area in rule["areas"]
            )
        ]

        @cache
        def rate_for(category: str | None) -> Rate:
            for rule in applicable_rules:
                if rule.get("categories") is None or category in rule["categories"]:
                    return build_rate(rule["name"], str(rule["percent"]))
            raise LookupError(category)

        self.rate_for = rate_for


@cache
def build_rate(name: str, percent: str) -> Rate:
    """The tax of that name and percentage."""
    numerator, denominator = Decimal(percent).as_integer_ratio()
    return Rate(name, percent, numerator, denominator * 100)


def build_bill(
    goods: Sequence[tuple[str, str, int, int, Rate]], shipping: int | None = None
) -> Bill:
    """The bill for ``goods``: variant, name, quantity, unit price, tax; shipped as usual."""
    lines, all_net, all_tax = [], 0, 0
    for variant_id, name, quantity, price, rate in goods:
        net = price * quantity
        tax = (2 * net * rate.numerator + rate.denominator) // (2 * rate.denominator)
        all_net += net
        all_tax += tax
        lines.append(Line(variant_id, name, quantity, price, net, tax, rate))
    if shipping is None:
        shipping = 0 if all_net >= FREE_FROM else STANDARD
    return Bill(lines, all_net, all_tax, shipping)


def format_dollars(minor: int) -> str:
    """``minor`` cents as American readers write them."""
    return f"${minor // 100:,}.{minor % 100:02}"


def money(minor: int) -> Json:
    """An amount of the answer."""
    return {
        "amount": f"{minor // 100}.{minor % 100:02}",
        "currency": "USD",
        "formatted": format_dollars(minor),
    }


def taxed_money(net: int, tax: int) -> Json:
    """An amount with its sides."""
    return {"net": money(net), "gross": money(net + tax), "tax": money(tax)}


def items(bill: Bill) -> list[Json]:
    """The lines of the answer."""
    return [
        {
            "reference": line.variant_id,
            "name": line.name,
            "quantity": line.quantity,
            "unitPrice": money(line.price),
            "total": taxed_money(line.net, line.tax),
            "taxLines": [
                {"name": line.rate.name, "ratePercent": line.rate.percent, "tax": money(line.tax)}
            ],
        }
        for line in bill.lines
    ]


def figures(bill: Bill) -> Json:
    """Everything that a cart or a quote shows."""
    net, tax, shipping = bill.net, bill.tax, bill.shipping
    rows = _summary(bill)
    total = net + shipping
    return {
        "currency": "USD",
        "items": items(bill),
        "subtotal": taxed_money(net, tax),
        "shippingTotal": taxed_money(shipping, 0),
        "total": taxed_money(total, tax),
        "due": money(total + tax),
        "taxState": "FINAL",
        "taxSummary": [
            {
                "name": rate.name,
                "ratePercent": rate.percent,
                "base": money(base),
                "tax": money(rate_tax),
            }
            for rate, base, rate_tax in rows
        ],
        "display": _display(bill, rows),
    }


def _summary(bill: Bill) -> list[tuple[Rate, int, int]]:
    sums: dict[str, tuple[Rate, int, int]] = {}
    for line in bill.lines:
        rate, base, tax = sums.get(line.rate.name, (line.rate, 0, 0))
        sums[line.rate.name] = rate, base + line.net, tax + line.tax
    return list(sums.values())


def _display(bill: Bill, rows: list[tuple[Rate, int, int]]) -> Json:
    total = bill.net + bill.shipping + bill.tax
    return {
        "lines": [
            {
                "key": line.variant_id,
                "label": line.name if line.quantity == 1 else f"{line.quantity} x {line.name}",
                "text": format_dollars(line.net),
                "detail": None if line.quantity == 1 else f"{format_dollars(line.price)} each",
            }
            for line in bill.lines
        ],
        "totals": [
            _row("subtotal", "Subtotal", bill.net),
            _row("shipping", "Shipping: Standard", bill.shipping),
            *(
                _row(
                    f"tax.{rate.name}.{rate.percent}",
                    f"{rate.name} {rate.percent}%",
                    tax,
                    f"on {format_dollars(base)}",
                )
                for rate, base, tax in rows
            ),
            _row("total", "Total", total),
        ],
        "messages": [],
    }


def _row(key: str, label: str, minor: int, detail: str | None = None) -> Json:
    return {"key": key, "label": label, "text": format_dollars(minor), "detail": detail}


def display_texts(bill: Bill) -> list[str]:
    """The rows of a mail."""
    display = _display(bill, _summary(bill))
    return [f"{row['label']}: {row['text']}" for row in (*display["lines"], *display["totals"])]
