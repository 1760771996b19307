"""The schema that is kept in the repository is the one that the code makes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
)

from gateway.cli.schema import sdl

SCHEMA_FILE = Path(__file__).parent.parent / "schema.graphql"
RELEASED_SCHEMA_FILE = SCHEMA_FILE.with_name("schema.released.graphql")


# R94
def test_the_kept_schema_is_the_printed_one() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == sdl(), "run `make schema`"


# R16
def test_a_click_says_nothing_of_a_person() -> None:
    click = build_schema(sdl()).type_map["OneClickPurchaseInput"]
    assert isinstance(click, GraphQLInputObjectType)
    assert set(click.fields) == {
        "variantId",
        "quantity",
        "idempotencyKey",
        "expectedTotal",
        "expectedDue",
        "profileLabel",
        "channel",
    }


def test_no_built_in_directive_is_defined_anew() -> None:
    assert "directive @oneOf" not in sdl()


def test_the_printed_schema_is_a_whole_one() -> None:
    from gateway.schema import schema

    assert build_schema(sdl()).type_map.keys() == schema._schema.type_map.keys()


def descriptions() -> Iterator[tuple[str, str | None]]:
    """Everything that clients can name, by its coordinate, with what is said of it."""
    for name, kind in build_schema(sdl()).type_map.items():
        if name.startswith("__"):
            continue
        yield name, kind.description
        match kind:
            case GraphQLObjectType() | GraphQLInterfaceType():
                for field_name, field in kind.fields.items():
                    yield f"{name}.{field_name}", field.description
                    for argument_name, argument in field.args.items():
                        coordinate = f"{name}.{field_name}({argument_name}:)"
                        yield coordinate, argument.description
            case GraphQLInputObjectType():
                for field_name, input_field in kind.fields.items():
                    yield f"{name}.{field_name}", input_field.description
            case GraphQLEnumType():
                for value_name, value in kind.values.items():
                    yield f"{name}.{value_name}", value.description


def test_everything_that_clients_can_name_is_described_in_sentences() -> None:
    description_by_name = dict(descriptions())
    assert len(description_by_name) > 600
    assert {
        "Query",
        "Money.formatted(locale:)",
        "ErrorCode.NOT_FOUND",
    } <= description_by_name.keys()
    bare = [name for name, text in description_by_name.items() if not text]
    assert bare == []
    unfinished = {
        name
        for name, text in description_by_name.items()
        if text and text.rstrip()[-1] not in '.…:"`)'
    }
    assert unfinished == set()
    # Python's own markup is for us, not for clients.
    assert [name for name, text in description_by_name.items() if text and "``" in text] == []


def test_an_enum_is_described_wholly_or_not_at_all() -> None:
    from enum import Enum

    from gateway.resolvers.enums import describe_enum

    class Light(Enum):
        RED = 1
        GREEN = 2

    with pytest.raises(TypeError, match="GREEN"):
        describe_enum(Light, "A light.", RED="Stop.")


def test_what_was_released_is_a_whole_schema() -> None:
    assert build_schema(RELEASED_SCHEMA_FILE.read_text(encoding="utf-8")).query_type is not None
