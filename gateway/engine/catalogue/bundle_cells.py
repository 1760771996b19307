"""The components of a bundle as a product file writes them: ``SKU*2; SKU2@1.50``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.engine.catalogue.product_cells import (
    MAX_TEXT_LENGTH,
    FileRow,
    InvalidCell,
    parse_amount,
    quote_cell,
)
from gateway.engine.catalogue.product_columns import BUNDLE_PARTS
from gateway.engine.money import Currency

MAX_COMPONENTS = 100
"""More different components of one bundle are refused."""
MAX_COMPONENT_QUANTITY = 1_000
"""More units of one component in a bundle are refused."""
COMPONENT_PATTERN = re.compile(
    r"(?P<sku>.+?)(?:\s*\*\s*(?P<quantity>[0-9]{1,6}))?(?:\s*@\s*(?P<price>[0-9.]+))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class FileComponent:
    """A component of a bundle in the file: its SKU, quantity and unit price in minor units."""

    sku: str
    quantity: int = 1
    price: int = 0


def parse_components(row: FileRow, currency: Currency) -> tuple[FileComponent, ...] | None:
    """The components of a bundle; none if the variant is no bundle."""
    text = row.cell(BUNDLE_PARTS)
    if text is None:
        return None
    components: dict[str, FileComponent] = {}
    for entry in filter(None, (entry.strip() for entry in text.split(";"))):
        component = _parse_component(entry, currency)
        if component.sku in components:
            raise InvalidCell(f"{BUNDLE_PARTS} names {quote_cell(component.sku)} twice")
        components[component.sku] = component
        if len(components) > MAX_COMPONENTS:
            raise InvalidCell(f"{BUNDLE_PARTS} has more than {MAX_COMPONENTS} parts")
    return tuple(components.values())


def parse_component_skus(row: FileRow) -> Iterator[str]:
    """Yield the SKUs of the components, without a check of the rest of the cell."""
    for entry in row[BUNDLE_PARTS].split(";"):
        match = COMPONENT_PATTERN.fullmatch(entry.strip())
        if match is not None:
            yield match["sku"]


def _parse_component(entry: str, currency: Currency) -> FileComponent:
    match = COMPONENT_PATTERN.fullmatch(entry)
    if match is None or len(match["sku"]) > MAX_TEXT_LENGTH:
        raise InvalidCell(f"{BUNDLE_PARTS} {quote_cell(entry)} is no part such as SKU*2@1.50")
    quantity = int(match["quantity"] or 1)
    if not 1 <= quantity <= MAX_COMPONENT_QUANTITY:
        raise InvalidCell(
            f"{BUNDLE_PARTS} {quote_cell(entry)}: a quantity is from 1 to {MAX_COMPONENT_QUANTITY}"
        )
    return FileComponent(
        match["sku"], quantity, parse_amount(BUNDLE_PARTS, match["price"] or "", currency) or 0
    )
