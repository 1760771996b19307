"""YAML without its surprises: NO is a country, 01234 a postal code, 9.975 an exact number."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import yaml

Plain: TypeAlias = "str | int | bool | Decimal | Mapping[str, Plain] | Sequence[Plain] | None"

_BOOLEAN, _INTEGER = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int"
_FLOAT, _NULL, _MAP = "tag:yaml.org,2002:float", "tag:yaml.org,2002:null", "tag:yaml.org,2002:map"


class NotYaml(ValueError):
    """A text that cannot be read as YAML, with the line where that shows."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core forms alone: what is no number, boolean or null is text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own name


for _tag, _form, _first in (
    (_BOOLEAN, r"(?:true|false)", "tf"),
    (_INTEGER, r"-?(?:0|[1-9][0-9]{0,17})", "-0123456789"),
    (_FLOAT, r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
    (_NULL, r"(?:null|~|)", ["n", "~", ""]),
):
    _Loader.add_implicit_resolver(_tag, re.compile(f"^{_form}$"), list(_first))


def _decimal(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node))


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[object, object]:
    """The mapping; a key that is there twice would silently lose its first value."""
    seen: list[object] = []
    for key, _ in node.value:
        name = loader.construct_object(key)
        if name in seen:
            raise yaml.MarkedYAMLError(problem=f"{name} twice", problem_mark=key.start_mark)
        seen.append(name)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(_FLOAT, _decimal)
_Loader.add_constructor(_MAP, _mapping)


def load(text: str) -> Plain:
    """What ``text`` holds.

    Raises:
        NotYaml: it is no YAML, or a key stands in it twice.

    """
    try:
        # A SafeLoader: it makes plain values only.
        loaded: Plain = yaml.load(text, _Loader)  # noqa: S506
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        raise NotYaml(f"line {line}: {wrong.problem or 'not YAML'}") from wrong
    except yaml.YAMLError as wrong:
        raise NotYaml(str(wrong)) from wrong
    return loaded
