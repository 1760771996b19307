"""A peer of Stripe's tax API: as strict as its pages say, or more where they say nothing."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import parse_qs

import httpx

from tests.stripe_peer.forms import parse_form

SECRET_KEY = "sk_test_tax"
RATES = {
    ("US", "CA"): [("California", "Sales Tax", "7.25")],
    ("US", "NY"): [("New York", "Sales Tax", "4"), ("New York City", "Sales Tax", "4.5")],
    ("DE", ""): [("Germany", "VAT", "19")],
}
SHIPPING_TAXED = {("US", "NY"), ("DE", "")}
PAGE = 3
"""Members of a list in a transaction: more are on further pages."""


class Refusal(Exception):
    """A request that is answered by 400."""


def integer(form: dict[str, Any], name: str) -> int:
    value = form.get(name)
    if value is None or not str(value).lstrip("-").isdigit():
        raise Refusal(f"Invalid integer: {name}={value}")
    return int(value)


@dataclass
class StripeTaxPeer:
    """One account; ``handle`` is for ``httpx.MockTransport``.

    ``is_away``: it answers 503. ``requests`` are the paths and forms that came.
    """

    is_away: bool = False
    dies_after: int | None = None
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    calculations: dict[str, dict[str, Any]] = field(default_factory=dict)
    transactions: dict[str, dict[str, Any]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    answers: dict[str, tuple[str, httpx.Response]] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def handle(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == httpx.BasicAuth(SECRET_KEY, "")._auth_header
        if self.is_away:
            return httpx.Response(503, json={"error": {"message": "away"}})
        path, body = request.url.path, request.content.decode()
        if request.method == "GET":
            return httpx.Response(200, json=self.list_items(path, request.url.query.decode()))
        key = request.headers.get("idempotency-key")
        if key in self.answers:
            first_body, answer = self.answers[key]
            if first_body != body:
                return httpx.Response(400, json={"error": {"message": "Another request's key."}})
            return answer
        form = parse_form(body)
        self.requests.append((path, form))
        routes: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "/v1/tax/calculations": self.calculate,
            "/v1/tax/transactions/create_from_calculation": self.create,
            "/v1/tax/transactions/create_reversal": self.reverse,
        }
        try:
            answer = httpx.Response(200, json=routes[path](form))
        except Refusal as refusal:
            answer = httpx.Response(400, json={"error": {"message": str(refusal)}})
        if key is not None:
            self.answers[key] = body, answer
        if self.dies_after == len(self.requests):
            self.dies_after = None
            raise httpx.ReadError("the answer was lost")
        return answer

    # -- calculations

    def calculate(self, form: dict[str, Any]) -> dict[str, Any]:
        details = form["customer_details"]
        address = details["address"]
        if details["address_source"] not in {"shipping", "billing"}:
            raise Refusal("Invalid address_source")
        if address["country"] == "US" and not address.get("postal_code"):
            raise Refusal("We could not determine the customer's tax location.")
        is_exempt = details.get("taxability_override") == "customer_exempt"
        is_business = bool(details.get("tax_ids")) and address["country"] == "DE"
        place = (address["country"], address.get("state", ""))
        rates = [] if is_exempt or is_business else RATES.get(place, [])
        references = [item["reference"] for item in form["line_items"]]
        if len(set(references)) < len(references):
            raise Refusal("References must be unique.")
        items = [self.calculate_item(item, rates) for item in form["line_items"]]
        shipping = None
        if "shipping_cost" in form:
            taxed = rates if place in SHIPPING_TAXED else []
            shipping = self.tax(integer(form["shipping_cost"], "amount"), taxed)
        calculation = {
            "id": f"taxcalc_{len(self.calculations) + 1}",
            "object": "tax.calculation",
            "currency": form["currency"],
            "line_items": {"data": items, "has_more": False, "url": "/none"},
            "shipping_cost": shipping,
        }
        self.calculations[calculation["id"]] = calculation
        return calculation

    def calculate_item(self, item: dict[str, Any], rates: list[Any]) -> dict[str, Any]:
        amount, quantity = integer(item, "amount"), integer(item, "quantity")
        if amount <= 0 or quantity <= 0:
            raise Refusal("Invalid positive integer")
        exempt = item.get("tax_code") == "txcd_00000000"
        return {
            "id": f"tax_li_{next(self.numbers)}",
            "reference": item["reference"],
            "quantity": quantity,
            **self.tax(amount, [] if exempt else rates),
        }

    def tax(self, amount: int, rates: list[tuple[str, str, str]]) -> dict[str, Any]:
        breakdown = [
            {
                "amount": int((amount * Decimal(rate) / 100).quantize(Decimal(1), ROUND_HALF_UP)),
                "jurisdiction": {"display_name": place},
                "tax_rate_details": {"display_name": name, "percentage_decimal": rate},
            }
            for place, name, rate in rates
        ] or [{"amount": 0, "jurisdiction": {"display_name": "None"}, "tax_rate_details": None}]
        total = sum(part["amount"] for part in breakdown)  # type: ignore[misc]
        return {"amount": amount, "amount_tax": total, "tax_breakdown": breakdown}

    # -- transactions

    def create(self, form: dict[str, Any]) -> dict[str, Any]:
        calculation = self.calculations.get(form["calculation"])
        if calculation is None or form["calculation"] in self.used:
            raise Refusal("No such calculation, or it was used.")
        self.require_new(form["reference"])
        self.used.add(form["calculation"])
        items = [
            item | {"id": f"tax_li_{next(self.numbers)}", "reversal": None}
            for item in calculation["line_items"]["data"]
        ]
        return self.keep(form["reference"], items, calculation["shipping_cost"])

    def require_new(self, reference: str) -> None:
        if any(kept["reference"] == reference for kept in self.transactions.values()):
            raise Refusal(f"The reference {reference} is taken.")

    def keep(
        self,
        reference: str,
        items: list[dict[str, Any]],
        shipping: dict[str, Any] | None,
        original: str | None = None,
    ) -> dict[str, Any]:
        id = f"tax_{next(self.numbers)}"
        self.transactions[id] = {
            "id": id,
            "reference": reference,
            "items": items,
            "shipping_cost": shipping,
            "original": original,
        }
        page = {
            "data": items[:PAGE],
            "has_more": len(items) > PAGE,
            "url": f"/v1/tax/transactions/{id}/line_items",
        }
        return {"id": id, "reference": reference, "line_items": page, "shipping_cost": shipping}

    def list_items(self, path: str, query: str) -> dict[str, Any]:
        items = self.transactions[path.split("/")[4]]["items"]
        after = parse_qs(query)["starting_after"][0]
        start = [item["id"] for item in items].index(after) + 1
        data = items[start : start + PAGE]
        return {"data": data, "has_more": start + PAGE < len(items), "url": path}

    def reverse(self, form: dict[str, Any]) -> dict[str, Any]:
        original = self.transactions.get(form["original_transaction"])
        if original is None or original["original"] is not None:
            raise Refusal("No such transaction.")
        self.require_new(form["reference"])
        left = self.left_of(original["id"])
        if form["mode"] == "full":
            if any(kept["original"] == original["id"] for kept in self.transactions.values()):
                raise Refusal("It was reversed in part.")
            taken = dict(left)
        elif "flat_amount" in form:
            taken = share(-integer(form, "flat_amount"), left)
        else:
            taken = {
                item["original_line_item"]: (
                    -integer(item, "amount"),
                    -integer(item, "amount_tax"),
                )
                for item in form.get("line_items", [])
            }
            if "shipping_cost" in form:
                cost = form["shipping_cost"]
                taken["shipping"] = -integer(cost, "amount"), -integer(cost, "amount_tax")
        for id, (net, tax) in taken.items():
            if id not in left or not 0 <= net <= left[id][0] or not 0 <= tax <= left[id][1]:
                raise Refusal(f"More than is left of {id}: {net} {tax} of {left.get(id)}")
        items = [
            {
                "id": f"tax_li_{next(self.numbers)}",
                "amount": -net,
                "amount_tax": -tax,
                "reversal": {"original_line_item": id},
            }
            for id, (net, tax) in taken.items()
            if id != "shipping"
        ]
        net, tax = taken.get("shipping", (0, 0))
        shipping = {"amount": -net, "amount_tax": -tax} if "shipping" in taken else None
        return self.keep(form["reference"], items, shipping, original["id"])

    def left_of(self, id: str) -> dict[str, tuple[int, int]]:
        """What is left of a transaction, by the ids of its lines: amount and tax."""
        original = self.transactions[id]
        left = {item["id"]: (item["amount"], item["amount_tax"]) for item in original["items"]}
        if original["shipping_cost"]:
            cost = original["shipping_cost"]
            left["shipping"] = cost["amount"], cost["amount_tax"]
        for kept in self.transactions.values():
            if kept["original"] == id:
                taken = [
                    (item["reversal"]["original_line_item"], item["amount"], item["amount_tax"])
                    for item in kept["items"]
                ]
                if kept["shipping_cost"]:
                    cost = kept["shipping_cost"]
                    taken.append(("shipping", cost["amount"], cost["amount_tax"]))
                for line, net, tax in taken:
                    left[line] = left[line][0] + net, left[line][1] + tax
        return left

    # -- the books

    def booked(self, order_number: str) -> tuple[int, int]:
        """What stands of an order: amounts without tax, and tax."""
        nets = taxes = 0
        for kept in self.transactions.values():
            if kept["reference"].startswith(f"{order_number}-"):
                rows = [*kept["items"], *([kept["shipping_cost"]] if kept["shipping_cost"] else [])]
                nets += sum(row["amount"] for row in rows)
                taxes += sum(row["amount_tax"] for row in rows)
        return nets, taxes


def share(amount: int, left: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """``amount`` with tax of what is left, each line in proportion; the last takes the rest."""
    standing = {id: parts for id, parts in left.items() if any(parts)}
    total = sum(net + tax for net, tax in standing.values())
    taken: dict[str, tuple[int, int]] = {}
    remaining = amount
    for index, (id, (net, tax)) in enumerate(standing.items()):
        is_last = index == len(standing) - 1
        part = remaining if is_last else amount * (net + tax) // total
        part_tax = part * tax // (net + tax)
        taken[id] = part - part_tax, part_tax
        remaining -= part
    return taken
