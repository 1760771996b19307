"""The collections of the demonstration shop: picked by hand, and by rule."""

from collections.abc import Mapping

from gateway.engine.catalogue.collections import (
    Collection,
    CollectionCondition,
    CollectionRule,
    ConditionField,
    ConditionMatch,
    ConditionRelation,
)
from gateway.services.demo.products import DemoAssets
from gateway.services.ports.collections import ListedCollection
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.ids import IdGenerator


def _has(field: ConditionField, *values: str) -> CollectionRule:
    """The rule that a field is one of ``values``."""
    conditions = (CollectionCondition(field, ConditionRelation.EQUALS, value) for value in values)
    return CollectionRule(ConditionMatch.ANY, tuple(conditions))


MORNING_HANDLES = (
    "breakfast-set",
    "stoneware-mug",
    "french-press-1-litre",
    "house-coffee",
    "green-tea",
    "the-book-of-bread",
)
DEMO_COLLECTIONS = (
    (
        Collection(
            "",
            "a-slow-morning",
            "A slow morning",
            "What we would put on the table if there were nowhere to be before ten.",
        ),
        "breakfast-set",
    ),
    (
        Collection(
            "",
            "coffee-and-tea",
            "Coffee and tea",
            "Beans, leaves, and what they are brewed in.",
            rule=_has(ConditionField.TAG, "coffee", "tea"),
        ),
        "pouring-kettle",
    ),
    (
        Collection(
            "",
            "gifts",
            "Gifts",
            "Easy to wrap, hard to have too many of.",
            rule=_has(ConditionField.TAG, "gift"),
        ),
        "beeswax-candle",
    ),
    (
        Collection(
            "",
            "reduced",
            "Reduced",
            "For less than before, for as long as there are any.",
            rule=_has(ConditionField.TAG, "sale"),
        ),
        "merino-socks-moss",
    ),
    (
        Collection(
            "",
            "textiles",
            "Textiles",
            "Linen, cotton and wool, for the kitchen and for you.",
            rule=_has(ConditionField.VENDOR, "Gateway Textiles"),
        ),
        "linen-tea-towel",
    ),
)
"""The collections, each with the title of the drawing that shows it."""


async def add_demo_collections(assets: DemoAssets, *, work: UnitOfWork, ids: IdGenerator) -> None:
    """Add the collections whose handles no collection has, with their products."""
    handles = [collection.handle for collection, _ in DEMO_COLLECTIONS]
    existing_handles = await work.collections.find_by_handle(handles)
    position = await work.collections.next_position()
    new_collections = [
        ListedCollection(_complete(collection, drawing, assets, ids), position + index)
        for index, (collection, drawing) in enumerate(DEMO_COLLECTIONS)
        if collection.handle not in existing_handles
    ]
    await work.collections.save(new_collections)
    product_ids = await work.catalogue.find_ids_by_handle(MORNING_HANDLES)
    for listed in new_collections:
        if listed.collection.rule is None:
            await _pick(listed.collection, product_ids, work)
    await work.collections.apply_rules(
        [listed.collection for listed in new_collections if listed.collection.rule is not None]
    )


def _complete(
    collection: Collection, drawing: str, assets: DemoAssets, ids: IdGenerator
) -> Collection:
    return Collection(
        ids.new("col"),
        collection.handle,
        collection.title,
        collection.description,
        assets.image(drawing),
        collection.rule,
    )


async def _pick(collection: Collection, product_ids: Mapping[str, str], work: UnitOfWork) -> None:
    picked_ids = [product_ids[handle] for handle in MORNING_HANDLES if handle in product_ids]
    await work.collections.pick_products({collection.id: picked_ids})
