"""Reading and checking of rule files, which are stored as JSON."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from gateway.adapters.rules.document_errors import describe_errors
from gateway.adapters.rules.documents import RuleDocument
from gateway.adapters.rules.rulebooks import build_rulebook
from gateway.adapters.rules.strict_yaml import InvalidYaml, YamlValue, load_yaml
from gateway.engine.rulebook.rulebook import Rulebook

JSON_SCHEMA_DRAFT = "https://json-schema.org/draft/2020-12/schema"


class InvalidRuleFile(ValueError):
    """A rule file cannot be read; each error has the path of its entry."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True)
class RuleFile:
    """A valid rule file, as the stored JSON and as a rulebook."""

    document: RuleDocument
    text: str

    @property
    def title(self) -> str:
        """The title given by its author."""
        return self.document.title or ""

    @property
    def valid_from(self) -> date | None:
        """The first day on which it is in force; None means from its import on."""
        return self.document.valid_from

    @cached_property
    def rulebook(self) -> Rulebook:
        """The rules as a rulebook."""
        return build_rulebook(self.document)


def read_rule_file(path: Path) -> RuleFile:
    """The rule file at ``path``.

    Raises:
        InvalidRuleFile: it is not text, not YAML, or not a rule file.

    """
    try:
        return from_yaml(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidRuleFile(("it is not UTF-8 text",)) from error


def from_yaml(text: str) -> RuleFile:
    """The rule file in the YAML ``text``.

    Raises:
        InvalidRuleFile: it is not YAML or not a rule file.

    """
    try:
        return _validate(load_yaml(text))
    except InvalidYaml as error:
        raise InvalidRuleFile((str(error),)) from error


def from_json(text: str) -> RuleFile:
    """The rule file that was stored as ``text``."""
    return _validate(json.loads(text))


@lru_cache(maxsize=1)
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
        raise InvalidRuleFile(describe_errors(error)) from error
    return RuleFile(document, json.dumps(content, default=_encode_decimal, separators=(",", ":")))


def _encode_decimal(value: object) -> str:
    """Decimals as text, because numbers in JSON would be read as floats."""
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
