"""The shapes of values that are written into rows as JSON: a changed field would orphan them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from gateway.engine.checkout.outcomes import DraftOrder
from gateway.engine.gifts.gift import Gift
from gateway.engine.orders.lines import OrderLine, OrderTerms
from gateway.engine.pricing.snapshots import PurchaseSnapshot
from gateway.services.gifts.requests import GiftRequest, RecipientDetails
from gateway.services.kept_invoices import InvoiceBuyer
from gateway.services.orders.delivery_details import Delivery
from gateway.services.ports.messages import Mail, Sms
from gateway.services.ports.sources import SourceRecord

STORED_SHAPES = Path(__file__).parent / "stored_shapes.json"
PROSE = {"title", "description", "$defs"}
"""What a JSON schema says beside the shape: names and texts, which may change."""
STORED_TYPES: Mapping[str, TypeAdapter[Any]] = {
    "gift": TypeAdapter(Gift),
    "draft order": TypeAdapter(DraftOrder),
    "purchase snapshot": TypeAdapter(PurchaseSnapshot),
    "order lines": TypeAdapter(tuple[OrderLine, ...]),
    "order terms": TypeAdapter(OrderTerms),
    "order delivery": TypeAdapter(Delivery),
    "source record": TypeAdapter(SourceRecord),
    "invoice buyer": TypeAdapter(InvoiceBuyer),
    "mail": TypeAdapter(Mail),
    "sms": TypeAdapter(Sms),
    # Hashed by their fields' names into the fingerprint of a request.
    "gift request": TypeAdapter(GiftRequest),
    "gift recipient": TypeAdapter(RecipientDetails),
}


class ShapeReader:
    """Reads JSON schemas without names and texts; definitions are numbered as they are met."""

    def __init__(self, definitions: Mapping[str, object]) -> None:
        self._definitions = definitions
        self._names: list[str] = []

    def read(self, schema: object) -> list[object]:
        """The shape of ``schema``, then those of the definitions that it refers to."""
        shapes = [self._shape(schema)]
        while len(shapes) <= len(self._names):
            shapes.append(self._shape(self._definitions[self._names[len(shapes) - 1]]))
        return shapes

    def _shape(self, schema: object) -> object:
        match schema:
            case {"$ref": str(reference)}:
                name = reference.rpartition("/")[2]
                if name not in self._names:
                    self._names.append(name)
                return self._names.index(name) + 1
            case dict(mapping):
                return {
                    key: self._fields(value) if key == "properties" else self._shape(value)
                    for key, value in mapping.items()
                    if key not in PROSE
                }
            case list(items):
                return [self._shape(item) for item in items]
            case _:
                return schema

    def _fields(self, fields: Mapping[str, object]) -> dict[str, object]:
        return {name: self._shape(field) for name, field in fields.items()}


def stored_shape(stored_type: TypeAdapter[Any]) -> list[object]:
    schema = stored_type.json_schema()
    return ShapeReader(schema.get("$defs", {})).read(schema)


def test_stored_values_keep_their_shape() -> None:
    shapes = {name: stored_shape(stored_type) for name, stored_type in STORED_TYPES.items()}
    assert json.loads(json.dumps(shapes)) == json.loads(STORED_SHAPES.read_text())
