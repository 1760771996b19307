"""What the fields of listed products will ask for, loaded before they do.

A field whose values are there answers at once. One that has to wait is a task of its own, and a
page has hundreds of them. This is only ahead of time: what is not loaded here, fields load.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)

from gateway.engine.catalogue.products import Product
from gateway.resolvers.context import Info
from gateway.resolvers.offers import PRICED_STATES

VARIANT_FIELDS = {"variants", "priceRange", "options"}
PRICE_FIELDS = {"total", "due", "reason"}


async def preload_products(products: Sequence[Product], info: Info) -> None:
    """Load what the fields beneath this one ask for of ``products``."""
    context = info.context
    context.products.add((product.id, product) for product in products)
    raw_info = info._raw_info  # noqa: SLF001 - Strawberry's own selections are built anew each time
    names = frozenset(_field_names(raw_info.field_nodes, raw_info.fragments))
    if names.isdisjoint(VARIANT_FIELDS):
        return
    with suppress(Exception):  # The field that asks for it fails by itself.
        product_ids = [product.id for product in products]
        await context.product_variants.preload(product_ids)
        variants = await context.product_variants.load_all(product_ids)
        if "oneClick" not in names:
            return
        one_click_context = await asyncio.shield(context.one_click_context)
        if names.isdisjoint(PRICE_FIELDS):
            return
        keys = [
            (variant.id, 1)
            for product_variants in variants
            for variant in product_variants
            if one_click_context.offer(variant).state in PRICED_STATES
        ]
        if keys:
            await context.one_click_prices.preload(keys)


def _field_names(
    fields: Iterable[FieldNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[str]:
    """The names of all fields beneath ``fields`` that have no arguments of their own."""
    waiting: list[SelectionSetNode | None] = [field.selection_set for field in fields]
    spread: set[str] = set()
    while waiting:
        selection_set = waiting.pop()
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in spread:
                    spread.add(name)
                    waiting.append(fragments[name].selection_set)
            elif isinstance(node, FieldNode | InlineFragmentNode):
                waiting.append(node.selection_set)
                if isinstance(node, FieldNode) and not node.arguments:
                    yield node.name.value
