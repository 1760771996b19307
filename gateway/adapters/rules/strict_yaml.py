"""Strict reading of YAML: NO and 01234 are texts, and 9.975 is an exact number."""

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
    """The text cannot be read as YAML; the message names the line."""


class _StrictLoader(yaml.SafeLoader):
    """Loads only the core types of YAML 1.2: numbers, booleans, null and text."""

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
    """The mapping; a repeated key is refused, because its first value would be lost."""
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
    """The value in the YAML ``text``.

    Raises:
        InvalidYaml: it is not YAML, or a key is repeated.

    """
    try:
        # Safe, because the loader is a SafeLoader, which creates only plain values.
        value: YamlValue = yaml.load(text, _StrictLoader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidYaml(f"line {line}: {error.problem or 'not YAML'}") from error
    except yaml.YAMLError as error:
        raise InvalidYaml(str(error)) from error
    return value
