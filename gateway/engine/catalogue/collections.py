"""Collections of products: picked by hand, or by a rule on tags, type and vendor."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

from gateway.engine.catalogue.products import Image
from gateway.engine.values import value_object

MAX_CONDITIONS = 60
"""A rule with more conditions is refused."""
MAX_HANDLE_LENGTH = 200
"""A handle that is made of a title is cut after so many characters."""
MAX_RULE_COLLECTIONS = 1_000
"""More collections with rules are refused: each is looked at whenever a product is saved."""

_NOT_WORDS = re.compile(r"[\W_]+")


class ConditionField(StrEnum):
    """What of a product a condition looks at; a product may have several tags."""

    TAG = "tag"
    TYPE = "type"
    VENDOR = "vendor"


class ConditionRelation(StrEnum):
    """How a text of the product relates to the condition's."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"


class ConditionMatch(StrEnum):
    """How many of a rule's conditions must hold."""

    ALL = "all"
    ANY = "any"


def condition_key(text: str) -> str:
    """``text`` as conditions compare it: in one Unicode form, without regard to case."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def handle_from_title(title: str) -> str:
    """A handle made of the words of ``title``: small letters and digits, joined by hyphens."""
    decomposed = unicodedata.normalize("NFKD", title.casefold())
    letters = "".join(each for each in decomposed if not unicodedata.combining(each))
    words = _NOT_WORDS.split(unicodedata.normalize("NFC", letters))
    return "-".join(filter(None, words))[:MAX_HANDLE_LENGTH].strip("-") or "collection"


_POSITIVE_TESTS: Mapping[ConditionRelation, Callable[[str, str], bool]] = {
    ConditionRelation.EQUALS: str.__eq__,
    ConditionRelation.STARTS_WITH: str.startswith,
    ConditionRelation.ENDS_WITH: str.endswith,
    ConditionRelation.CONTAINS: str.__contains__,
}
_NEGATIONS = {
    ConditionRelation.NOT_EQUALS: ConditionRelation.EQUALS,
    ConditionRelation.NOT_CONTAINS: ConditionRelation.CONTAINS,
}

ConditionKeys: TypeAlias = Mapping[ConditionField, tuple[str, ...]]
"""The texts of a product that conditions look at, as they compare them."""


def condition_keys(*, tags: Iterable[str], product_type: str, vendor: str) -> ConditionKeys:
    """What conditions compare of a product; a type or vendor that it lacks is no text."""
    texts: Mapping[ConditionField, Iterable[str]] = {
        ConditionField.TAG: tags,
        ConditionField.TYPE: (product_type,),
        ConditionField.VENDOR: (vendor,),
    }
    return {
        field: tuple(filter(None, map(condition_key, field_texts)))
        for field, field_texts in texts.items()
    }


# Without slots, because the key is computed once.
@dataclass(frozen=True)
class CollectionCondition:
    """One condition of a rule.

    It holds if one of the product's texts relates so to ``value``; a negative one, if none does.
    """

    field: ConditionField
    relation: ConditionRelation
    value: str

    @cached_property
    def key(self) -> str:
        """The value as texts are compared with it."""
        return condition_key(self.value)

    def holds(self, keys: ConditionKeys) -> bool:
        """Whether a product with these texts meets the condition."""
        relation = _NEGATIONS.get(self.relation, self.relation)
        test, key = _POSITIVE_TESTS[relation], self.key
        is_met = any(test(text, key) for text in keys[self.field])
        return is_met if relation is self.relation else not is_met


@value_object
class CollectionRule:
    """Which products a collection has: those that meet all, or any, of its conditions."""

    match: ConditionMatch
    conditions: tuple[CollectionCondition, ...]

    @property
    def needs_a_named_text(self) -> bool:
        """Whether a product must have one of the texts that conditions of equality name."""
        names_text = [
            condition.relation is ConditionRelation.EQUALS for condition in self.conditions
        ]
        return any(names_text) if self.match is ConditionMatch.ALL else all(names_text)

    def includes(self, keys: ConditionKeys) -> bool:
        """Whether the collection has a product with these texts."""
        results = (condition.holds(keys) for condition in self.conditions)
        return all(results) if self.match is ConditionMatch.ALL else any(results)


# Without slots, because the index is computed once.
@dataclass(frozen=True)
class RuleIndex:
    """Rules of many collections, by the collections' ids, found by the texts that they name.

    For each product only the rules are tried that name one of its texts, and the few that name none
    which a product must have.
    """

    rules: Mapping[str, CollectionRule]

    def matching_ids(self, keys: ConditionKeys) -> set[str]:
        """The ids of the collections that have a product with these texts."""
        candidates = set(self._always_tried)
        for field, texts in keys.items():
            for text in texts:
                candidates.update(self._ids_by_text.get((field, text), ()))
        return {id for id in candidates if self.rules[id].includes(keys)}

    @cached_property
    def _ids_by_text(self) -> Mapping[tuple[ConditionField, str], list[str]]:
        ids: dict[tuple[ConditionField, str], list[str]] = {}
        for id, rule in self.rules.items():
            for condition in rule.conditions:
                if condition.relation is ConditionRelation.EQUALS:
                    ids.setdefault((condition.field, condition.key), []).append(id)
        return ids

    @cached_property
    def _always_tried(self) -> frozenset[str]:
        return frozenset(id for id, rule in self.rules.items() if not rule.needs_a_named_text)


@value_object
class Collection:
    """Products that are shown together.

    With a ``rule`` it has the products that meet it, else those that the merchant picked, in the
    merchant's order. ``handle`` is its name in files and addresses of pages; ``description`` is
    plain text.
    """

    id: str
    handle: str
    title: str
    description: str = ""
    image: Image | None = None
    rule: CollectionRule | None = None
