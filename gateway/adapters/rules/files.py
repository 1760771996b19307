"""Rule files: read, checked entry by entry, and kept as JSON text."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from gateway.adapters.rules.documents import RuleDocument
from gateway.adapters.rules.rulebooks import build_rulebook
from gateway.adapters.rules.strict_yaml import InvalidYaml, YamlValue, load_yaml
from gateway.engine.rulebook.rulebook import Rulebook

JSON_SCHEMA_DRAFT = "https://json-schema.org/draft/2020-12/schema"


class InvalidRuleFile(ValueError):
    """A rule file that cannot be read: what is wrong, each with the path of its entry."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True)
class RuleFile:
    """A rule file that is well formed, as it is kept and as the engine's values."""

    document: RuleDocument
    text: str

    @property
    def title(self) -> str:
        """What its author calls it."""
        return self.document.title or ""

    @property
    def valid_from(self) -> date | None:
        """The day from which it is in force; None: from its import on."""
        return self.document.valid_from

    @cached_property
    def rulebook(self) -> Rulebook:
        """Its rules."""
        return build_rulebook(self.document)


def read_rule_file(path: Path) -> RuleFile:
    """The rule file at ``path``.

    Raises:
        InvalidRuleFile: it is no text, no YAML, or no rule file.

    """
    try:
        return from_yaml(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidRuleFile(("it is not UTF-8 text",)) from error


def from_yaml(text: str) -> RuleFile:
    """The rule file written in ``text``; raises ``InvalidRuleFile``."""
    try:
        return _validate(load_yaml(text))
    except InvalidYaml as error:
        raise InvalidRuleFile((str(error),)) from error


def from_json(text: str) -> RuleFile:
    """The rule file kept as ``text``."""
    return _validate(json.loads(text))


def demo_rules() -> RuleFile:
    """The rules of the demonstration shop."""
    text = files("gateway.adapters.demo").joinpath("rules.yaml").read_text(encoding="utf-8")
    return from_yaml(text)


def rule_file_schema() -> str:
    """The JSON Schema of rule files."""
    schema = {"$schema": JSON_SCHEMA_DRAFT, **RuleDocument.model_json_schema()}
    return json.dumps(schema, indent=2)


def _validate(content: YamlValue) -> RuleFile:
    try:
        document = RuleDocument.model_validate(content)
    except ValidationError as error:
        raise InvalidRuleFile(_format_errors(error)) from error
    return RuleFile(document, json.dumps(content, default=_encode_decimal, separators=(",", ":")))


def _encode_decimal(value: object) -> str:
    """Decimals as text: JSON's numbers would be read as floats."""
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def _format_errors(error: ValidationError) -> tuple[str, ...]:
    error_details = error.errors(include_url=False, include_context=False)
    return tuple(
        f"{_format_path(detail['loc'])}: {_strip_prefix(detail['msg'])}" for detail in error_details
    )


def _format_path(location: tuple[int | str, ...]) -> str:
    """``tax.default.rules[3].percent``, counted from 1 as the linter does."""
    path = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in location)
    return path.removeprefix(".") or "the file"


def _strip_prefix(message: str) -> str:
    return message.removeprefix("Value error, ")
