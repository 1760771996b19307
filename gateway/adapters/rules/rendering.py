"""Stored rules as YAML, an entry a line; what is read from it is what was stored."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

StoredValue: TypeAlias = Any
"""A value of JSON."""

_TEXT_KEYS = frozenset({"title", "name", "label", "code", "id", "reason", "areas", "allowed",
                        "excluded", "categories", "customers", "currencies"})  # fmt: skip
"""Keys whose values are texts. Elsewhere a text that looks like a number is one, kept exactly."""
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_FRACTION = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_PLAIN_TEXT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._/%*+-]*[A-Za-z0-9.%*+])?")
_NOT_TEXT = frozenset({"true", "false", "null", "~"})
_INDENT = "  "


def render_rules(text: str, day: date | None = None) -> str:
    """The rules stored as the JSON ``text``, as YAML.

    With ``day``, entries that are not in force on that day are comments.
    """
    content: Mapping[str, StoredValue] = json.loads(text)
    return "".join(f"{line}\n" for line in _mapping_lines(content, "", day))


def _mapping_lines(
    content: Mapping[str, StoredValue], indent: str, day: date | None
) -> Iterator[str]:
    for key, value in content.items():
        name = _render_text(key)
        if _holds_entries(value) and isinstance(value, Mapping):
            yield f"{indent}{name}:"
            yield from _mapping_lines(value, indent + _INDENT, day)
        elif _holds_entries(value):
            yield f"{indent}{name}:"
            yield from _entry_lines(value, indent + _INDENT, day)
        else:
            yield f"{indent}{name}: {_render(value, key)}"


def _entry_lines(
    entries: Sequence[Mapping[str, StoredValue]], indent: str, day: date | None
) -> Iterator[str]:
    for entry in entries:
        remark = "" if day is None or _is_in_force(entry, day) else f"# not on {day}: "
        yield f"{indent}{remark}- {_render(entry, '')}"


def _holds_entries(value: StoredValue) -> bool:
    """Whether ``value`` is a list of mappings, or a mapping with one in it."""
    if isinstance(value, Mapping):
        return any(map(_holds_entries, value.values()))
    return isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value)


def _is_in_force(entry: Mapping[str, StoredValue], day: date) -> bool:
    start, end = entry.get("valid_from"), entry.get("valid_to")
    return (start is None or date.fromisoformat(start) <= day) and (
        end is None or day < date.fromisoformat(end)
    )


def _render(value: StoredValue, key: str) -> str:
    match value:
        case Mapping():
            pairs = (f"{_render_text(name)}: {_render(part, name)}" for name, part in value.items())
            return f"{{{', '.join(pairs)}}}"
        case list():
            return f"[{', '.join(_render(part, key) for part in value)}]"
        case str() if key not in _TEXT_KEYS and _FRACTION.fullmatch(value):
            return value
        case str():
            return _render_text(value)
        case _:
            return json.dumps(value)


def _render_text(text: str) -> str:
    is_plain = _PLAIN_TEXT.fullmatch(text) and not _NUMBER.fullmatch(text) and text not in _NOT_TEXT
    return text if is_plain else "".join(map(_visible, json.dumps(text, ensure_ascii=False)))


def _visible(character: str) -> str:
    """``character``, escaped as in YAML if it is not printable."""
    return character if character.isprintable() else f"\\U{ord(character):08x}"
