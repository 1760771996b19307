"""Which products the rules of collections take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.catalogue.collections import (
    CollectionCondition,
    CollectionRule,
    ConditionField,
    ConditionMatch,
    ConditionRelation,
    RuleIndex,
    condition_keys,
    handle_from_title,
)

TAG, TYPE, VENDOR = ConditionField.TAG, ConditionField.TYPE, ConditionField.VENDOR
MUG = condition_keys(tags=("Sale", "Gift Idea"), product_type="Mugs", vendor="Töpferei Blau")
PLAIN = condition_keys(tags=(), product_type="", vendor="")


def condition(field: ConditionField, relation: str, value: str) -> CollectionCondition:
    return CollectionCondition(field, ConditionRelation(relation), value)


@pytest.mark.parametrize(
    ("field", "relation", "value", "holds"),
    [
        (TAG, "equals", "sale", True),
        (TAG, "equals", "gift idea", True),
        (TAG, "equals", "gift", False),
        (TAG, "not_equals", "SALE", False),
        (TAG, "not_equals", "new", True),
        (TAG, "starts_with", "GIFT", True),
        (TAG, "ends_with", "idea", True),
        (TAG, "contains", "ft id", True),
        (TAG, "not_contains", "idea", False),
        (TYPE, "equals", "MUGS", True),
        (TYPE, "starts_with", "ugs", False),
        (VENDOR, "equals", "to\u0308pferei blau", True),
        (VENDOR, "equals", "Topferei Blau", False),
        (VENDOR, "not_contains", "rot", True),
    ],
)
def test_a_condition_compares_without_case(
    field: ConditionField, relation: str, value: str, *, holds: bool
) -> None:
    assert condition(field, relation, value).holds(MUG) is holds


def test_a_product_that_lacks_the_field_meets_only_negative_conditions() -> None:
    assert [
        (relation.value, CollectionCondition(field, relation, "x").holds(PLAIN))
        for field in (TAG, VENDOR)
        for relation in ConditionRelation
    ] == 2 * [
        ("equals", False),
        ("not_equals", True),
        ("starts_with", False),
        ("ends_with", False),
        ("contains", False),
        ("not_contains", True),
    ]


@pytest.mark.parametrize(
    ("match", "values", "includes"),
    [
        (ConditionMatch.ALL, ("sale", "gift idea"), True),
        (ConditionMatch.ALL, ("sale", "new"), False),
        (ConditionMatch.ANY, ("sale", "new"), True),
        (ConditionMatch.ANY, ("old", "new"), False),
    ],
)
def test_all_or_any_of_the_conditions_must_hold(
    match: ConditionMatch, values: tuple[str, ...], *, includes: bool
) -> None:
    conditions = tuple(condition(TAG, "equals", value) for value in values)
    assert CollectionRule(match, conditions).includes(MUG) is includes


TEXTS = st.sampled_from(["a", "A", "ab", "b", "ba"])
RULES = st.builds(
    CollectionRule,
    st.sampled_from(ConditionMatch),
    st.lists(
        st.builds(
            CollectionCondition,
            st.sampled_from(ConditionField),
            st.sampled_from(ConditionRelation),
            TEXTS,
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
)


@given(
    rules=st.lists(RULES, max_size=6),
    tags=st.lists(TEXTS, max_size=2),
    product_type=TEXTS | st.just(""),
    vendor=TEXTS | st.just(""),
)
def test_the_index_finds_the_rules_that_include_a_product(
    rules: list[CollectionRule], tags: list[str], product_type: str, vendor: str
) -> None:
    keys = condition_keys(tags=tags, product_type=product_type, vendor=vendor)
    by_id = {str(number): rule for number, rule in enumerate(rules)}
    assert RuleIndex(by_id).matching_ids(keys) == {
        id for id, rule in by_id.items() if rule.includes(keys)
    }


@pytest.mark.parametrize(
    ("match", "relations", "needs"),
    [
        (ConditionMatch.ALL, ("equals", "contains"), True),
        (ConditionMatch.ALL, ("contains", "not_equals"), False),
        (ConditionMatch.ANY, ("equals", "equals"), True),
        (ConditionMatch.ANY, ("equals", "contains"), False),
    ],
)
def test_only_rules_of_named_texts_are_found_by_them(
    match: ConditionMatch, relations: tuple[str, ...], *, needs: bool
) -> None:
    conditions = tuple(condition(TAG, relation, "x") for relation in relations)
    assert CollectionRule(match, conditions).needs_a_named_text is needs


@pytest.mark.parametrize(
    ("title", "handle"),
    [
        ("Summer Sale", "summer-sale"),
        ("Für Küche & Bad", "fur-kuche-bad"),
        ("  __Tea_time!! ", "tea-time"),
        ("夏のセール", "夏のセール"),
        ("ﬁne", "fine"),
        ("!?", "collection"),
        ("a" * 199 + " b", "a" * 199),
    ],
)
def test_a_handle_is_made_of_the_words_of_a_title(title: str, handle: str) -> None:
    assert handle_from_title(title) == handle
