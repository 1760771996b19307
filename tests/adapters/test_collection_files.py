"""Collection files: what they say, and what is refused with its place."""

import json
from pathlib import Path

import pytest

from gateway.adapters.collection_files import (
    InvalidCollectionFile,
    collection_file_schema,
    read_collection_file,
)
from gateway.engine.catalogue.collections import (
    CollectionCondition,
    CollectionRule,
    ConditionField,
    ConditionMatch,
    ConditionRelation,
)
from gateway.engine.catalogue.products import Image
from gateway.services.catalogue.collection_import import CollectionEntry

FILE = """
collections:
  - handle: kitchen
    title: " Kitchen "
    description: |
      All that a kitchen needs.
    image: {url: /media/kitchen.svg, alt_text: A kitchen, width: 800, height: 600}
    products: [stoneware-mug, 2024, NO]
  - handle: sale
    title: Sale
    image: {url: "https://pictures.example/sale.jpg"}
    rule:
      match: any
      conditions:
        - {field: tag, value: sale}
        - {field: vendor, relation: starts_with, value: Potter}
  - {handle: 2025, title: 2025}
"""

NONE = "List should have at least 1 item after validation, not 0"
NO_PICTURE = "it is no http or https address, and does not begin with /media/"


def read(tmp_path: Path, text: str) -> tuple[CollectionEntry, ...]:
    path = tmp_path / "collections.yaml"
    path.write_text(text, encoding="utf-8")
    return read_collection_file(path)


def test_a_file_says_all_of_a_collection(tmp_path: Path) -> None:
    assert read(tmp_path, FILE) == (
        CollectionEntry(
            "kitchen",
            "Kitchen",
            "All that a kitchen needs.",
            Image("/media/kitchen.svg", "A kitchen", 800, 600),
            None,
            ("stoneware-mug", "2024", "NO"),
        ),
        CollectionEntry(
            "sale",
            "Sale",
            "",
            Image("https://pictures.example/sale.jpg"),
            CollectionRule(
                ConditionMatch.ANY,
                (
                    CollectionCondition(ConditionField.TAG, ConditionRelation.EQUALS, "sale"),
                    CollectionCondition(
                        ConditionField.VENDOR, ConditionRelation.STARTS_WITH, "Potter"
                    ),
                ),
            ),
        ),
        CollectionEntry("2025", "2025"),
    )


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ("{title: A}", "collections[1].handle: Field required"),
        (
            "{handle: a b, title: A}",
            r"collections[1].handle: String should match pattern '^[^\s/?#%\\]{1,255}$'",
        ),
        (
            "{handle: .., title: A}",
            "collections[1].handle: it must not be . or .., which browsers leave out of addresses",
        ),
        (
            '{handle: "a\\u200b", title: A}',
            "collections[1].handle: it must not hold characters that nobody sees",
        ),
        (
            "{handle: a, title: ' '}",
            "collections[1].title: String should have at least 1 character",
        ),
        (
            "{handle: a, title: A, products: [x], rule: {conditions: [{field: tag, value: x}]}}",
            "collections[1]: a collection has either products or a rule",
        ),
        (
            "{handle: a, title: A, products: [x, y, x]}",
            "collections[1]: the product x is there twice",
        ),
        (
            "{handle: a, title: A, rule: {conditions: []}}",
            f"collections[1].rule.conditions: {NONE}",
        ),
        (
            "{handle: a, title: A, rule: {conditions: [{field: price, value: 1}]}}",
            "collections[1].rule.conditions[1].field: Input should be 'tag', 'type' or 'vendor'",
        ),
        (
            "{handle: a, title: A, image: {url: 'javascript:alert(1)'}}",
            f"collections[1].image.url: {NO_PICTURE}",
        ),
        (
            "{handle: a, title: A, image: {url: /media/../secret}}",
            f"collections[1].image.url: {NO_PICTURE}",
        ),
        ("{handle: a, title: A, titel: B}", "collections[1].titel: Extra inputs are not permitted"),
        (
            "{handle: a, title: A}\n  - {handle: a, title: B}",
            "collections[2].handle: a is that of collections[1], too",
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_place(tmp_path: Path, entry: str, error: str) -> None:
    with pytest.raises(InvalidCollectionFile) as refusal:
        read(tmp_path, f"collections:\n  - {entry}")
    assert refusal.value.errors == (error,)


def test_handles_have_the_form_that_product_files_give_them(tmp_path: Path) -> None:
    """However the accent is written."""
    document = "collections:\n  - {handle: cafe\u0301, title: A, products: [the\u0301]}"
    [entry] = read(tmp_path, document)
    assert (entry.handle, entry.product_handles) == ("caf\u00e9", ("th\u00e9",))


@pytest.mark.parametrize("content", [b"collections: [", b"\xff\xfe", b"", b"[]", b"- a: &a [*a]"])
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "collections.yaml"
    path.write_bytes(content)
    with pytest.raises(InvalidCollectionFile):
        read_collection_file(path)


def test_the_schema_describes_the_file() -> None:
    schema = json.loads(collection_file_schema())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["collections"]
    assert schema["$defs"]["ConditionField"]["enum"] == ["tag", "type", "vendor"]
