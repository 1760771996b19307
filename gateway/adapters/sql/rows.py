"""Mapping of rows to values: the columns to select and the value to build, declared together.

``RowMapper(Note, id=notes.c.id, written_at=From(from_microseconds, notes.c.written_at))`` has the
columns of the ``SELECT`` and builds a ``Note`` from each row.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from itertools import count
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import ColumnElement

__all__ = ["From", "RowMapper"]

T = TypeVar("T")


class From:
    """The source of a field that is not simply the column of the same name.

    ``convert`` builds the field's value from the columns. If it is None, the value is that of the
    one column, which has a different name than the field.
    """

    def __init__(self, convert: Callable[..., object] | None, *columns: ColumnElement[Any]) -> None:
        if not columns:
            raise TypeError("a field is made from at least one column")
        if convert is None and len(columns) > 1:
            raise TypeError(f"nothing makes one value of {len(columns)} columns")
        self.convert = convert
        self.columns = columns


class RowMapper(Generic[T]):
    """The columns that are selected for values of one dataclass, and the values of their rows.

    A keyword is a field. Its source is the column of the same name, a ``From``, or the mapper of a
    value inside the value. ``columns`` are those of all sources in the order they are written in;
    ``value`` makes the value of a row that has just them, and raises ``ValueError`` for a row with
    more or fewer.

    Raises:
        TypeError: a keyword is no field, a column has another name than its field, or a field
            without a default has no source.
    """

    def __init__(self, value_type: type[T], /, **sources: "Source") -> None:
        _check_sources(value_type, sources)
        self.value_type = value_type
        self.sources = sources
        self.columns = tuple(
            column for source in sources.values() for column in _columns_of(source)
        )
        self.value = _build_value(self)


Source: TypeAlias = "ColumnElement[Any] | From | RowMapper[Any]"


def _build_value(mapper: RowMapper[T]) -> Callable[[Sequence[Any]], T]:
    names: dict[str, Any] = {}
    expression = _write_source(mapper, names, count())
    row = "".join(f"column_{index}, " for index in range(len(mapper.columns)))
    exec(f"def value(row):\n {row} = row\n return {expression}", names)  # noqa: S102 - of the names of fields, as ``dataclass`` itself does
    value: Callable[[Sequence[Any]], T] = names["value"]
    value.__qualname__ = f"{mapper.value_type.__qualname__}.value"
    return value


def _check_sources(value_type: type[Any], sources: Mapping[str, Source]) -> None:
    parameters = _parameters(value_type)
    unknown_names = sources.keys() - parameters.keys()
    if unknown_names:
        raise TypeError(f"{value_type.__name__} has no field {', '.join(sorted(unknown_names))}")
    missing_names = [
        name
        for name, parameter in parameters.items()
        if _is_required(parameter) and name not in sources
    ]
    if missing_names:
        raise TypeError(f"{value_type.__name__} needs {', '.join(missing_names)}")
    for name, source in sources.items():
        column_name = name if isinstance(source, From | RowMapper) else _name_of(source)
        if column_name != name:
            raise TypeError(
                f"{value_type.__name__}.{name} is the column {column_name}: From says so on purpose"
            )


def _parameters(value_type: type[Any]) -> dict[str, "Field[Any]"]:
    return {field.name: field for field in fields(value_type) if field.init}


def _is_required(parameter: "Field[Any]") -> bool:
    return parameter.default is MISSING and parameter.default_factory is MISSING


def _name_of(column: ColumnElement[Any]) -> str | None:
    name: str | None = getattr(column, "name", None)
    return name


def _columns_of(source: Source) -> tuple[ColumnElement[Any], ...]:
    return source.columns if isinstance(source, From | RowMapper) else (source,)


def _write_source(source: Source, names: dict[str, Any], indexes: Iterator[int]) -> str:
    """Return the code that builds a field from the columns at ``indexes``.

    The functions that it calls are added to ``names``.
    """
    if isinstance(source, RowMapper):
        arguments = {
            name: _write_source(inner, names, indexes) for name, inner in source.sources.items()
        }
        placed_arguments = _place_arguments(_parameters(source.value_type), arguments)
        return f"{_add_name(names, source.value_type)}({', '.join(placed_arguments)})"
    columns = ", ".join(f"column_{next(indexes)}" for _ in _columns_of(source))
    if isinstance(source, From) and source.convert is not None:
        return f"{_add_name(names, source.convert)}({columns})"
    return columns


def _add_name(names: dict[str, Any], target: object) -> str:
    name = f"call_{len(names)}"
    names[name] = target
    return name


def _place_arguments(
    parameters: Mapping[str, "Field[Any]"], arguments: Mapping[str, str]
) -> Iterator[str]:
    """Yield arguments by position, which is faster, up to the first missing one; then by name."""
    by_position = True
    for name, parameter in parameters.items():
        by_position = by_position and name in arguments and not parameter.kw_only
        if name in arguments:
            yield arguments[name] if by_position else f"{name}={arguments[name]}"
