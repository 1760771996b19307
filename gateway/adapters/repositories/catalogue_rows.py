"""Rows of the catalogue as values, and values as rows."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

import orjson

from gateway.adapters.statements import Value
from gateway.engine.catalogue import Part, Product, Stock, Variant

Row: TypeAlias = dict[str, Value]
ProductTuple: TypeAlias = tuple[str, str, str, str, str, int]
VariantTuple: TypeAlias = tuple[
    str, str, str, str, str, str | None, str | None, int, str, int, int, int,
    int | None, int, int, int, str,
]  # fmt: skip


def product_of(row: ProductTuple) -> Product:
    """The product in the columns ``PRODUCT`` selects."""
    id, handle, title, vendor, description, listed = row
    return Product(id, handle, title, vendor, description, listed=bool(listed))


def variant_of(row: VariantTuple, parts: tuple[Part, ...] = ()) -> Variant:
    """The variant in the columns ``VARIANT`` selects."""
    return replace(_without_parts(row), parts=parts) if parts else _without_parts(row)


# The same goods are read again and again; whatever changes about one makes another row.
@lru_cache(maxsize=4_096)
def _without_parts(row: VariantTuple) -> Variant:
    available, backorder, ships_in_days, backorder_days, options = row[12:]
    return Variant(
        id=row[0],
        product_id=row[1],
        sku=row[2],
        title=row[3],
        prices=prices_of(row[4]),
        tax_table=row[5],
        tax_category=row[6],
        grams=row[7],
        tags=frozenset(orjson.loads(row[8])),
        discountable=bool(row[9]),
        listed=bool(row[10]),
        stock=Stock(available, bool(backorder), ships_in_days, backorder_days),
        options=options,
    )


def is_bundle(row: VariantTuple) -> bool:
    """Whether the variant has parts."""
    return bool(row[11])


def prices_of(text: str) -> dict[str, int]:
    """Minor units by currency code."""
    prices: dict[str, int] = orjson.loads(text)
    return prices


def prices_text(prices: Mapping[str, int]) -> str:
    """``prices`` as they are kept."""
    return orjson.dumps(dict(prices)).decode()


def folded_words(text: str) -> str:
    """``text`` as searches compare it: without regard to case and forms of one letter."""
    return unicodedata.normalize("NFKC", text).casefold()


def product_row(product: Product, variants: Sequence[Variant], place: int, now: int) -> Row:
    """The row of a product; its words include those of its variants."""
    words = [product.title, product.vendor]
    words += [word for each in variants if each.listed for word in (each.title, each.sku)]
    return {
        "id": product.id,
        "handle": product.handle,
        "place": place,
        "title": product.title,
        "vendor": product.vendor,
        "description": product.description,
        "listed": product.listed,
        "words": folded_words("\n".join(words)),
        "created_at": now,
        "changed_at": now,
    }


def variant_row(variant: Variant, place: int) -> Row:
    """The row of a variant, at its place among those of its product."""
    return {
        "id": variant.id,
        "product_id": variant.product_id,
        "place": place,
        "sku": variant.sku,
        "title": variant.title,
        "prices": prices_text(variant.prices),
        "tax_table": variant.tax_table,
        "tax_category": variant.tax_category,
        "grams": variant.grams,
        "tags": orjson.dumps(sorted(variant.tags)).decode(),
        "discountable": variant.discountable,
        "bundle": bool(variant.parts),
        "listed": variant.listed,
        "options": variant.options,
    }


def stock_row(variant: Variant) -> Row:
    """The row of a variant's stock."""
    stock = variant.stock
    return {
        "variant_id": variant.id,
        "available": stock.available,
        "backorder": stock.backorder,
        "ships_in_days": stock.ships_in_days,
        "backorder_days": stock.backorder_days,
    }


def part_rows(variants: Iterable[Variant]) -> list[Row]:
    """The rows of the parts of bundles."""
    return [
        {
            "bundle_id": variant.id,
            "place": place,
            "variant_id": part.variant.id,
            "quantity": part.quantity,
            "prices": prices_text(part.prices),
        }
        for variant in variants
        for place, part in enumerate(variant.parts)
    ]
