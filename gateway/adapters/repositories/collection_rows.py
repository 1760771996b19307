"""Conversion of collections and their rules from and to rows."""

from functools import lru_cache

import orjson
from sqlalchemy import bindparam, select

from gateway.adapters.repositories.catalogue_rows import format_image, parse_image
from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.statements import SqlValue, table
from gateway.adapters.tables.collections import CollectionRow
from gateway.engine.catalogue.collections import (
    Collection,
    CollectionCondition,
    CollectionRule,
    ConditionField,
    ConditionMatch,
    ConditionRelation,
    condition_key,
)
from gateway.services.ports.collections import ListedCollection

collections = table(CollectionRow)

SHOWN_MEMBERSHIP = (
    select(collections.c.membership_id)
    .where(collections.c.id == bindparam("collection"))
    .scalar_subquery()
)
"""The id of the membership whose products the parameter ``collection`` shows."""


# The same rules are read whenever products are saved.
@lru_cache(maxsize=4_096)
def parse_rule(text: str | None) -> CollectionRule | None:
    """The rule in a JSON object; None without one."""
    if text is None:
        return None
    document = orjson.loads(text)
    conditions = tuple(
        CollectionCondition(ConditionField(field), ConditionRelation(relation), value)
        for field, relation, value in document["conditions"]
    )
    return CollectionRule(ConditionMatch(document["match"]), conditions)


def format_rule(rule: CollectionRule | None) -> str | None:
    """``rule`` as a JSON object."""
    if rule is None:
        return None
    conditions = [
        [condition.field, condition.relation, condition.value] for condition in rule.conditions
    ]
    return orjson.dumps({"match": rule.match, "conditions": conditions}).decode()


COLLECTION = RowMapper(
    Collection,
    id=collections.c.id,
    handle=collections.c.handle,
    title=collections.c.title,
    description=collections.c.description,
    image=From(parse_image, collections.c.image),
    rule=From(parse_rule, collections.c.rule),
)
LISTED_COLLECTION = RowMapper(
    ListedCollection, collection=COLLECTION, position=From(None, collections.c.place)
)


def collection_row(listed: ListedCollection) -> dict[str, SqlValue]:
    """The row of a collection."""
    collection = listed.collection
    return {
        "id": collection.id,
        "handle": collection.handle,
        "place": listed.position,
        "title": collection.title,
        "title_key": condition_key(collection.title),
        "description": collection.description,
        "image": format_image(collection.image),
        "rule": format_rule(collection.rule),
        # Of a new one only: one that is there keeps its own.
        "membership_id": collection.id,
    }
