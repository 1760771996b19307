"""What an import changes, by line and column: what its report names."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.engine.catalogue import Variant
from gateway.engine.product_cells import KNOWN_TAGS
from gateway.engine.product_lines import DraftProduct
from gateway.engine.product_matching import Matched, Merged, Present
from gateway.engine.tags import DIGITAL, TAX_EXEMPT

NEW_PRODUCT = "a new product"
NEW_VARIANT = "a new variant"
SOLD_AGAIN = "sold again"


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """What a line changed: a column, or what came of it as a whole."""

    number: int
    column: str


def changes(draft: DraftProduct, present: Present | None, made: Merged) -> tuple[ChangedCell, ...]:
    """Everything that is otherwise than it was."""
    if present is None:
        return (ChangedCell(draft.line, NEW_PRODUCT),)
    of_product = dict.fromkeys((*_of_product(present, made), *_of_all(made)))
    found = [ChangedCell(draft.line, column) for column in of_product]
    for each in made.matched:
        if each.draft is not None:
            found += [ChangedCell(each.draft.line, column) for column in _of_variant(each)]
    return tuple(found)


def _of_product(present: Present, made: Merged) -> Iterator[str]:
    was, now = present.product, made.product
    if was.title != now.title:
        yield "Title"
    if was.description != now.description:
        yield "Body (HTML)"
    if was.vendor != now.vendor:
        yield "Vendor"
    if was.listed != now.listed:
        yield "Published, Status"


def _of_all(made: Merged) -> Iterator[str]:
    """What the product's first line changed of its variants."""
    for each in made.matched:
        if each.before is not None:
            if each.before.tax_category != each.variant.tax_category:
                yield "Type"
            if (each.before.tags ^ each.variant.tags) & KNOWN_TAGS:
                yield "Tags"


def _of_variant(each: Matched) -> Iterator[str]:
    was, now = each.before, each.variant
    if was is None:
        yield NEW_VARIANT
        return
    if was.sku != now.sku:
        yield "Variant SKU"
    if was.options != now.options:
        yield "Option1 Value"
    if was.prices != now.prices:
        yield "Variant Price"
    if was.grams != now.grams:
        yield "Variant Grams"
    yield from _of_stock(was, now)
    if (was.tags ^ now.tags) & {DIGITAL}:
        yield "Variant Requires Shipping"
    if (was.tags ^ now.tags) & {TAX_EXEMPT}:
        yield "Variant Taxable"
    if now.listed and not was.listed:
        yield SOLD_AGAIN


def _of_stock(was: Variant, now: Variant) -> Iterator[str]:
    if was.stock.available != now.stock.available:
        yield "Variant Inventory Qty"
    if was.stock.backorder != now.stock.backorder:
        yield "Variant Inventory Policy"
