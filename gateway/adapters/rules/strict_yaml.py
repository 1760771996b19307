"""YAML without its surprises: NO is a country, 01234 a postal code, 9.975 an exact number."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import yaml

YamlValue: TypeAlias = (
    "str | int | bool | Decimal | Mapping[str, YamlValue] | Sequence[YamlValue] | None"
)

_BOOLEAN, _INTEGER = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int"
_FLOAT, _NULL, _MAP = "tag:yaml.org,2002:float", "tag:yaml.org,2002:null", "tag:yaml.org,2002:map"


class InvalidYaml(ValueError):
    """A text that cannot be read as YAML, with the line where that shows."""


class _StrictLoader(yaml.SafeLoader):
    """YAML 1.2's core forms alone: what is no number, boolean or null is text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own name


for _tag, _pattern, _first_characters in (
    (_BOOLEAN, r"(?:true|false)", "tf"),
    (_INTEGER, r"-?(?:0|[1-9][0-9]{0,17})", "-0123456789"),
    (_FLOAT, r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
    (_NULL, r"(?:null|~|)", ["n", "~", ""]),
):
    _StrictLoader.add_implicit_resolver(_tag, re.compile(f"^{_pattern}$"), list(_first_characters))


def _construct_decimal(loader: _StrictLoader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node))


def _construct_mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[object, object]:
    """The mapping; a key that is there twice would silently lose its first value."""
    seen_keys: list[object] = []
    for key, _ in node.value:
        constructed_key = loader.construct_object(key)
        if constructed_key in seen_keys:
            raise yaml.MarkedYAMLError(
                problem=f"{constructed_key} twice", problem_mark=key.start_mark
            )
        seen_keys.append(constructed_key)
    return loader.construct_mapping(node, deep=True)


_StrictLoader.add_constructor(_FLOAT, _construct_decimal)
_StrictLoader.add_constructor(_MAP, _construct_mapping)


def load_yaml(text: str) -> YamlValue:
    """What ``text`` holds.

    Raises:
        InvalidYaml: it is no YAML, or a key stands in it twice.

    """
    try:
        # A SafeLoader: it makes plain values only.
        value: YamlValue = yaml.load(text, _StrictLoader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidYaml(f"line {line}: {error.problem or 'not YAML'}") from error
    except yaml.YAMLError as error:
        raise InvalidYaml(str(error)) from error
    return value
