"""Rows as values."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, func, select

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.statements import Statement
from gateway.adapters.sql.timestamps import from_microseconds
from gateway.engine.money import Currency, Money
from gateway.engine.values import value_object

notes = Table(
    "notes",
    MetaData(),
    Column("id", Text, primary_key=True),
    Column("author", Text),
    Column("amount", BigInteger),
    Column("currency", Text),
    Column("digits", BigInteger),
    Column("written_at", BigInteger),
    Column("page", BigInteger),
)
c = notes.c


@dataclass(frozen=True, slots=True)
class Place:
    """Where a note stands."""

    page: int
    line: int = 1


@value_object
class Note:
    """What somebody wrote."""

    id: str
    author: str
    written_at: datetime
    place: Place
    price: Money | None = None
    language: str = "en"
    topic: str = ""


@dataclass(frozen=True)
class Label:
    """A value with a field that is no parameter, one by name only, and a list of its own."""

    id: str
    length: int = field(init=False, default=0)
    author: str = field(kw_only=True)
    words: list[str] = field(default_factory=list)


def money(minor: int, currency: str, digits: int) -> Money:
    """An amount of its three columns."""
    return Money(minor, Currency(currency, digits))


PLACE = RowMapper(Place, page=c.page)
NOTE = RowMapper(
    Note,
    author=c.author,
    id=c.id,
    price=From(money, c.amount, c.currency, c.digits),
    written_at=From(from_microseconds, c.written_at),
    place=PLACE,
    topic=From(None, c.author),
)


def test_the_columns_stand_in_the_order_they_are_written_in() -> None:
    assert Statement(select(*NOTE.columns)).sqlite.sql == (
        "SELECT notes.author, notes.id, notes.amount, notes.currency, notes.digits, "
        "notes.written_at, notes.page, notes.author AS author__1 \nFROM notes"
    )


@pytest.mark.parametrize("row_type", [tuple, list])
def test_a_row_is_the_value_of_its_columns(row_type: type[Any]) -> None:
    row = row_type(["Ada", "n1", 1_050, "EUR", 2, 0, 7, "engines"])
    assert NOTE.value(row) == Note(
        "n1",
        "Ada",
        datetime(1970, 1, 1, tzinfo=UTC),
        Place(7),
        Money(1_050, Currency("EUR", 2)),
        topic="engines",
    )
    assert PLACE.value((7,)) == Place(7, line=1)


@pytest.mark.parametrize("row", [(), (1, 2)])
def test_a_row_of_another_width_is_refused(row: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="values to unpack"):
        PLACE.value(row)


def test_a_field_may_be_by_name_only_or_no_parameter() -> None:
    label = RowMapper(Label, author=c.author, id=c.id)
    assert label.value(("Ada", "n1")) == Label("n1", author="Ada")


@pytest.mark.parametrize(
    ("value_type", "sources", "message"),
    [
        (Place, {"page": c.page, "colour": c.id}, "Place has no field colour"),
        (Label, {"id": c.id, "author": c.author, "length": c.page}, "Label has no field length"),
        (Place, {}, "Place needs page"),
        (Label, {"words": From(str.split, c.id)}, "Label needs id, author"),
        (Place, {"page": c.digits}, "Place.page is the column digits: From says so on purpose"),
        (Place, {"page": func.max(c.page) + 1}, "Place.page is the column None"),
        (str, {}, "must be called with a dataclass type"),
    ],
)
def test_a_wrong_declaration_is_refused(
    value_type: type[Any], sources: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        RowMapper(value_type, **sources)


def test_a_field_is_made_from_one_column_or_by_a_function() -> None:
    with pytest.raises(TypeError, match="at least one column"):
        From(str)
    with pytest.raises(TypeError, match="nothing makes one value of 2 columns"):
        From(None, c.id, c.author)
