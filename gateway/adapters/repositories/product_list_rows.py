"""The rows that lists of products are made of, from products and their variants."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.adapters.sql.statements import SqlValue
from gateway.engine.catalogue.product_selections import (
    TAG_FACET,
    TYPE_FACET,
    VENDOR_FACET,
    option_facet,
)
from gateway.engine.catalogue.products import Product, Variant
from gateway.engine.text.search_words import text_words

MAX_FACET_VALUE_LENGTH = 255
"""Characters of a value; there is no facet of longer ones, and filters take none."""

Row = dict[str, SqlValue]


def product_facet_rows(product: Product, variants: Sequence[Variant], place: int) -> list[Row]:
    """The values that a listed product has of each facet, each once."""
    pairs = [(VENDOR_FACET, product.vendor), (TYPE_FACET, product.product_type)]
    pairs += [(TAG_FACET, tag) for tag in product.tags]
    pairs += [pair for variant in variants for pair in _option_pairs(product, variant)]
    return [
        {"name": name, "value": value, "place": place}
        for name, value in dict.fromkeys(pairs)
        if 0 < len(value) <= MAX_FACET_VALUE_LENGTH
    ]


def variant_option_rows(
    product: Product, variants: Iterable[Variant], numbers: Mapping[str, int]
) -> Iterator[Row]:
    """The values that the variants of a listed product have of its options."""
    for variant in variants:
        for name, value in dict.fromkeys(_option_pairs(product, variant)):
            if 0 < len(value) <= MAX_FACET_VALUE_LENGTH:
                yield {"name": name, "value": value, "number": numbers[variant.id]}


def _option_pairs(product: Product, variant: Variant) -> list[tuple[str, str]]:
    return [
        (option_facet(option.name), option.value)
        for option in product.selected_options(variant)
        if len(option.name) <= MAX_FACET_VALUE_LENGTH
    ]


def variant_price_rows(variants: Iterable[Variant], numbers: Mapping[str, int]) -> Iterator[Row]:
    """The prices of variants in every currency that they are sold in."""
    for variant in variants:
        for currency in variant.prices:
            amount = variant.price(currency)
            if amount is not None:
                yield {"number": numbers[variant.id], "currency": currency, "amount": amount}


def product_price_rows(variants: Iterable[Variant], place: int) -> Iterator[Row]:
    """The lowest and the highest price of a product's variants in every currency."""
    amounts: dict[str, list[int]] = {}
    for variant in variants:
        for currency in variant.prices:
            amount = variant.price(currency)
            if amount is not None:
                amounts.setdefault(currency, []).append(amount)
    for currency, prices in amounts.items():
        yield {
            "place": place,
            "currency": currency,
            "lowest": min(prices),
            "highest": max(prices),
        }


def search_row(product: Product, variants: Iterable[Variant], place: int) -> Row:
    """The words that a product is found by: those of its title, and all."""
    texts = [product.title]
    for variant in variants:
        texts += [variant.sku, *variant.option_values]
    texts += [product.vendor, product.product_type, *product.tags, product.description]
    return {
        "rowid": place,
        "title": " ".join(text_words([product.title])),
        "words": " ".join(text_words(texts)),
    }
