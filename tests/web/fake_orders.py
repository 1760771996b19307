"""The orders of the fake gateway: one order, and what is answered about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeAlias

ORDER_TOKEN = "Zt5wQm8xN2rVb7KcYh3LfGd9SjPa4EoUiT6R0qXyWnM"
ORDER_ID = "ord_1"
Json: TypeAlias = dict[str, "JsonValue"]
JsonValue: TypeAlias = "str | int | bool | list[JsonValue] | Json | None"
SHIPPING_MINOR = 500


@dataclass(frozen=True)
class Line:
    """A line of the order; its price in cents."""

    id: str
    name: str
    quantity: int
    price: int


ADDRESS: Json = {
    "name": "Robin Friend",
    "lines": ["1600 Amphitheatre Parkway", "Floor 2"],
    "city": "Mountain View",
    "region": "CA",
    "postalCode": "94043",
    "country": "US",
    "phone": None,
}


@dataclass(frozen=True)
class FakeOrder:
    """An order as its guest sees it."""

    status: str = "OPEN"
    can_modify: bool = True
    lines: tuple[Line, ...] = (
        Line("lin_1", "Breakfast tea, 250 g tin", 2, 1250),
        Line("lin_2", "Mug", 1, 900),
    )
    address: Mapping[str, JsonValue] = field(default_factory=lambda: ADDRESS)
    email: str | None = "robin@example.com"
    shipping: int = SHIPPING_MINOR
    stored: int = 0
    """What of it stored value has paid, in cents."""
    captured: int = 0
    shipments: tuple[Json, ...] = ()
    refunds: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        """Everything, in cents."""
        return sum(line.quantity * line.price for line in self.lines) + self.shipping

    def json(self) -> Json:
        """The fields the page selects."""
        shipments: list[JsonValue] = [*self.shipments]
        items: list[JsonValue] = [_line(line) for line in self.lines]
        refunds: list[JsonValue] = [
            {
                "id": f"ref_{index}",
                "status": status,
                "createdAt": "2026-11-29T09:00:00Z",
                "amount": money(amount),
            }
            for index, (status, amount) in enumerate(self.refunds)
        ]
        return {
            "id": ORDER_ID,
            "number": "1042",
            "status": self.status,
            "placedAt": "2026-11-27T09:00:00Z",
            "canModify": self.can_modify,
            "modifiableUntil": "2026-11-27T10:30:00Z" if self.can_modify else None,
            "email": self.email,
            "shippingAddress": dict(self.address),
            "items": items,
            "total": {"gross": money(self.total)},
            "due": None if self.stored == 0 else money(self.total - self.stored),
            "captured": money(self.captured),
            "refunded": money(sum(amount for _, amount in self.refunds)),
            "refunds": refunds,
            "shipments": shipments,
            "display": {"lines": self._line_texts(), "totals": self._totals()},
        }

    def _line_texts(self) -> list[JsonValue]:
        return [{"text": money(line.price * line.quantity)["formatted"]} for line in self.lines]

    def _totals(self) -> list[JsonValue]:
        return [_total_row("Shipping", self.shipping), _total_row("Total", self.total)]


def _total_row(label: str, amount: int) -> Json:
    text = f"${Decimal(amount) / 100}"
    return {"key": label.lower(), "label": label, "text": text, "detail": None}


def money(minor_units: int) -> Json:
    """An amount of US dollars, from cents."""
    amount = f"{Decimal(minor_units) / 100:.2f}"
    return {
        "amount": amount,
        "minorUnits": minor_units,
        "currency": "USD",
        "formatted": f"${amount}",
    }


def _line(line: Line) -> Json:
    return {
        "lineId": line.id,
        "name": line.name,
        "quantity": line.quantity,
        "unitPrice": money(line.price),
        "components": [],
    }


def parcel(**changes: JsonValue) -> Json:
    """A parcel on its way, with everything in it."""
    return {
        "id": "shp_1",
        "status": "DISPATCHED",
        "dispatchedAt": "2026-11-28T09:00:00Z",
        "deliveredAt": None,
        "carrier": "Postal Carrier",
        "trackingNumber": "PC123456",
        "trackingUrl": "https://carrier.example/PC123456",
        "lines": [{"lineId": "lin_2", "title": "Mug", "quantity": 1}],
        **changes,
    }


@dataclass
class FakeOrders:
    """The order, if there is one, who may see it, and what the next change is refused with."""

    order: FakeOrder | None = field(default_factory=FakeOrder)
    opened: bool = False
    refusal: Json | None = None
    """A user error of the next request that would change something; then it is gone."""
    results: dict[str, Json] = field(default_factory=dict)
    """What was done, by request key."""
    remaining: FakeOrder | None = None
    """What cancelling leaves of the order; None: it is cancelled as a whole."""
    preview_refusal: Json | None = None
    """A user error of the next preview of cancelling; then it is gone."""

    def access(self, variables: Json) -> JsonValue:
        """``orderAccess``."""
        if self.order is None or _input(variables)["token"] != ORDER_TOKEN:
            return _payload(None, _error("INVALID_TOKEN", ["input", "token"], "This link is over."))
        self.opened = True
        return _payload(self.order)

    def read(self, _: Json) -> JsonValue:
        """``order``."""
        return self.order.json() if self.order is not None and self.opened else None

    def update_line(self, variables: Json) -> JsonValue:
        """``orderLineUpdate``."""
        asked = _input(variables)
        quantity = asked["quantity"]
        assert isinstance(quantity, int)
        if quantity > 50:
            path: list[JsonValue] = ["input", "quantity"]
            return _payload(self.order, _error("OUT_OF_STOCK", path, "Only 50 are left."))
        assert self.order is not None
        lines = [
            replace(line, quantity=quantity) if line.id == asked["lineId"] else line
            for line in self.order.lines
        ]
        remaining_lines = tuple(line for line in lines if line.quantity)
        changed = (
            replace(self.order, lines=remaining_lines)
            if remaining_lines
            else replace(self.order, status="CANCELLED", can_modify=False)
        )
        return self._change(changed, asked)

    def set_address(self, variables: Json) -> JsonValue:
        """``orderAddressSet``: New York costs more, and 94043 is not in it."""
        asked = _input(variables)
        address = asked["address"]
        assert isinstance(address, dict)
        assert self.order is not None
        path: list[JsonValue] = ["input", "address", "postalCode"]
        if address["postalCode"] == "00000":
            message = "ZIP code 00000 is not used."
            return _payload(self.order, _error("ADDRESS_INSUFFICIENT", path, message))
        is_far = address["region"] == "NY"
        if is_far and not asked["confirmWarnings"]:
            doubt = "94043 does not belong to New York."
            warning: Json = {"code": "ADDRESS_DOUBTFUL", "target": "postalCode", "message": doubt}
            refusal = _error("ADDRESS_INSUFFICIENT", path, doubt) | {"confirmable": True}
            return _payload(self.order, refusal) | {"warnings": [warning]}
        shipping = 2 * SHIPPING_MINOR if is_far else SHIPPING_MINOR
        return self._change(replace(self.order, address=address, shipping=shipping), asked)

    def cancel(self, variables: Json) -> JsonValue:
        """``orderCancel``: nothing dearer than expected, or than now."""
        asked = _input(variables)
        assert self.order is not None
        if not self.order.can_modify:
            return _payload(self.order, _error("NOT_MODIFIABLE", None, "The order is on its way."))
        left = self.remaining or replace(self.order, status="CANCELLED", can_modify=False)
        if asked["dryRun"]:
            refusal, self.preview_refusal = self.preview_refusal, None
            return _payload(left) if refusal is None else _payload(self.order, refusal)
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            return _payload(self.order, refusal)
        limit = min(Decimal(str(asked["expectedTotal"])) * 100, Decimal(self.order.total))
        if left.status != "CANCELLED" and left.total > limit:
            path: list[JsonValue] = ["input", "expectedTotal"]
            return _payload(self.order, _error("PRICE_CHANGED", path, "It would cost more."))
        self.order = left
        return _payload(left)

    def _change(self, changed: FakeOrder, asked: Json) -> Json:
        assert self.order is not None
        if not self.order.can_modify:
            message = "All of the order is in parcels."
            return _payload(self.order, _error("NOT_MODIFIABLE", ["input", "orderId"], message))
        if asked["dryRun"]:
            return _payload(changed)
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            return _payload(self.order, refusal)
        assert asked["expectedTotal"] == money(changed.total)["amount"]
        key = str(asked["idempotencyKey"])
        if key not in self.results:
            self.order = changed
            self.results[key] = _payload(changed)
        return self.results[key]


def _input(variables: Json) -> Json:
    fields = variables["input"]
    assert isinstance(fields, dict)
    return fields


def _error(code: str, path: list[JsonValue] | None, message: str) -> Json:
    return {"code": code, "field": path, "message": message, "confirmable": False}


def _payload(order: FakeOrder | None, error: Json | None = None) -> Json:
    return {
        "order": None if order is None else order.json(),
        "userErrors": [] if error is None else [error],
        "warnings": [],
    }
