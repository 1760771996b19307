"""Conversion of catalogue values from and to rows."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeAlias

import orjson

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.statements import SqlValue, table
from gateway.adapters.tables.catalogue import ProductRow, StockRow, VariantRow
from gateway.engine.catalogue.products import BundleComponent, Image, Product, Seo, Stock, Variant
from gateway.engine.text.sort_keys import title_sort_key
from gateway.services.ports.catalogue import ListedProduct

Row: TypeAlias = dict[str, SqlValue]
VariantTuple: TypeAlias = tuple[
    str, str, str, str, str, str | None, str | None, int, str, int, int, int,
    int | None, int, int, int, str, str, str, str | None, int,
]  # fmt: skip


MAX_KEPT_PRODUCTS = 1_024
"""Products that a process keeps as it read them last; one takes a few KiB, by its description."""

products = table(ProductRow)
variants = table(VariantRow)
stock = table(StockRow)

VARIANT_COLUMNS = [
    variants.c.id,
    variants.c.product_id,
    variants.c.sku,
    variants.c.title,
    variants.c.prices,
    variants.c.tax_table,
    variants.c.tax_category,
    variants.c.grams,
    variants.c.tags,
    variants.c.discountable,
    variants.c.listed,
    variants.c.bundle,
    stock.c.available,
    stock.c.backorder,
    stock.c.ships_in_days,
    stock.c.backorder_days,
    variants.c.option_values,
    variants.c.compare_at_prices,
    variants.c.barcode,
    variants.c.image,
    variants.c.product_listed,
]
VARIANTS_WITH_STOCK = variants.join(stock, stock.c.variant_id == variants.c.id)


def parse_texts(text: str) -> tuple[str, ...]:
    """The texts of a JSON list."""
    return tuple(orjson.loads(text)) if text != "[]" else ()


def format_texts(texts: Iterable[str]) -> str:
    """``texts`` as a JSON list."""
    return orjson.dumps(list(texts)).decode()


def parse_images(text: str) -> tuple[Image, ...]:
    """The pictures of a product."""
    return tuple(Image(*cells) for cells in orjson.loads(text)) if text != "[]" else ()


def format_images(images: Iterable[Image]) -> str:
    """``images`` as a JSON list."""
    return orjson.dumps(list(map(_image_cells, images))).decode()


def parse_image(text: str | None) -> Image | None:
    """The picture in a JSON list; None without one."""
    return None if text is None else Image(*orjson.loads(text))


def format_image(image: Image | None) -> str | None:
    """``image`` as a JSON list; None without one."""
    return None if image is None else orjson.dumps(_image_cells(image)).decode()


def _image_cells(image: Image) -> list[str | int | None]:
    return [image.url, image.alt_text, image.width, image.height]


SEO = RowMapper(
    Seo,
    title=From(None, products.c.seo_title),
    description=From(None, products.c.seo_description),
)
PRODUCT = RowMapper(
    Product,
    id=products.c.id,
    handle=products.c.handle,
    title=products.c.title,
    vendor=products.c.vendor,
    description=products.c.description,
    listed=From(bool, products.c.listed),
    description_html=products.c.description_html,
    product_type=products.c.product_type,
    tags=From(parse_texts, products.c.tags),
    option_names=From(parse_texts, products.c.option_names),
    images=From(parse_images, products.c.images),
    seo=SEO,
)
LISTED_PRODUCT_COLUMNS = [products.c.place, *PRODUCT.columns]


# The same products are listed often; a changed product has a different row.
@lru_cache(maxsize=MAX_KEPT_PRODUCTS)
def product_from_row(row: tuple[Any, ...]) -> Product:
    """The product in the columns of ``PRODUCT``: the same object for the same row."""
    return PRODUCT.value(row)


def listed_product_from_row(row: Sequence[Any]) -> ListedProduct:
    """The product in the columns ``LISTED_PRODUCT_COLUMNS`` selects."""
    return ListedProduct(position=row[0], product=product_from_row(tuple(row[1:])))


def variant_from_row(row: VariantTuple, components: tuple[BundleComponent, ...] = ()) -> Variant:
    """The variant in the columns ``VARIANT_COLUMNS`` selects."""
    return (
        replace(_variant_without_components(row), components=components)
        if components
        else _variant_without_components(row)
    )


# The same variants are read often; a changed variant has a different row.
@lru_cache(maxsize=4_096)
def _variant_without_components(row: VariantTuple) -> Variant:
    available, backorder, ships_in_days, backorder_days = row[12:16]
    option_values, compare_at_prices, barcode, image, product_listed = row[16:]
    return Variant(
        id=row[0],
        product_id=row[1],
        sku=row[2],
        title=row[3],
        prices=parse_prices(row[4]),
        tax_table=row[5],
        tax_category=row[6],
        grams=row[7],
        tags=frozenset(orjson.loads(row[8])),
        discountable=bool(row[9]),
        listed=bool(row[10]),
        stock=Stock(available, bool(backorder), ships_in_days, backorder_days),
        option_values=parse_texts(option_values),
        compare_at_prices=parse_prices(compare_at_prices) or None,
        barcode=barcode,
        image=parse_image(image),
        product_listed=bool(product_listed),
    )


def is_bundle(row: VariantTuple) -> bool:
    """Whether the variant has parts."""
    return bool(row[11])


def parse_prices(text: str) -> dict[str, int]:
    """Minor units by currency code."""
    prices: dict[str, int] = orjson.loads(text)
    return prices


def format_prices(prices: Mapping[str, int]) -> str:
    """``prices`` as they are kept."""
    return orjson.dumps(dict(prices)).decode()


def search_text(text: str) -> str:
    """``text`` as searches compare it: without regard to case and forms of one letter."""
    return unicodedata.normalize("NFKC", text).casefold()


def product_row(product: Product, variants: Sequence[Variant], position: int, now: int) -> Row:
    """The row of a product; its words include those of its variants."""
    words = [product.title, product.vendor]
    words += [
        word for variant in variants if variant.listed for word in (variant.title, variant.sku)
    ]
    return {
        "id": product.id,
        "handle": product.handle,
        "place": position,
        "title": product.title,
        "vendor": product.vendor,
        "description": product.description,
        "listed": product.listed,
        "words": search_text("\n".join(words)),
        "title_key": title_sort_key(product.title),
        "created_at": now,
        "changed_at": now,
        "description_html": product.description_html,
        "product_type": product.product_type,
        "tags": format_texts(product.tags),
        "option_names": format_texts(product.option_names),
        "images": format_images(product.images),
        "seo_title": product.seo.title,
        "seo_description": product.seo.description,
    }


def variant_row(variant: Variant, product: Product, position: int) -> Row:
    """The row of a variant, at its place among those of its product."""
    return {
        "id": variant.id,
        "product_id": variant.product_id,
        "place": position,
        "sku": variant.sku,
        "title": variant.title,
        "prices": format_prices(variant.prices),
        "tax_table": variant.tax_table,
        "tax_category": variant.tax_category,
        "grams": variant.grams,
        "tags": orjson.dumps(sorted(variant.tags)).decode(),
        "discountable": variant.discountable,
        "bundle": bool(variant.components),
        "listed": variant.listed,
        "options": variant.options,
        "compare_at_prices": format_prices(variant.compare_at_prices or {}),
        "option_values": format_texts(variant.option_values),
        "barcode": variant.barcode,
        "image": format_image(variant.image),
        "product_listed": product.listed,
        "number": None,
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
        "bundled": 1,
    }


def component_rows(variants: Iterable[Variant]) -> list[Row]:
    """The rows of the parts of bundles."""
    return [
        {
            "bundle_id": variant.id,
            "place": position,
            "variant_id": component.variant.id,
            "quantity": component.quantity,
            "prices": format_prices(component.prices),
        }
        for variant in variants
        for position, component in enumerate(variant.components)
    ]
