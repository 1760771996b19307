"""Rule files: read, checked entry by entry, and kept as JSON text."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from gateway.adapters.rule_documents import RuleDocument
from gateway.adapters.rule_values import rulebook
from gateway.adapters.strict_yaml import NotYaml, Plain, load
from gateway.engine.rulebook import Rulebook

DRAFT = "https://json-schema.org/draft/2020-12/schema"


class RuleFileRefused(ValueError):
    """A rule file that cannot be read: what is wrong, each with the path of its entry."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


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
        return rulebook(self.document)


def read_rule_file(path: Path) -> RuleFile:
    """The rule file at ``path``.

    Raises:
        RuleFileRefused: it is no text, no YAML, or no rule file.

    """
    try:
        return from_yaml(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as wrong:
        raise RuleFileRefused(("it is not UTF-8 text",)) from wrong


def from_yaml(text: str) -> RuleFile:
    """The rule file written in ``text``; raises ``RuleFileRefused``."""
    try:
        return _checked(load(text))
    except NotYaml as wrong:
        raise RuleFileRefused((str(wrong),)) from wrong


def from_json(text: str) -> RuleFile:
    """The rule file kept as ``text``."""
    return _checked(json.loads(text))


def demo_rules() -> RuleFile:
    """The rules of the demonstration shop."""
    text = files("gateway.adapters.demo").joinpath("rules.yaml").read_text(encoding="utf-8")
    return from_yaml(text)


def json_schema() -> str:
    """The JSON Schema of rule files."""
    schema = {"$schema": DRAFT, **RuleDocument.model_json_schema()}
    return json.dumps(schema, indent=2)


def _checked(loaded: Plain) -> RuleFile:
    try:
        document = RuleDocument.model_validate(loaded)
    except ValidationError as wrong:
        raise RuleFileRefused(_problems(wrong)) from wrong
    return RuleFile(document, json.dumps(loaded, default=_exactly, separators=(",", ":")))


def _exactly(value: object) -> str:
    """Decimals as text: JSON's numbers would be read as floats."""
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def _problems(wrong: ValidationError) -> tuple[str, ...]:
    found = wrong.errors(include_url=False, include_context=False)
    return tuple(f"{_path(each['loc'])}: {_plain(each['msg'])}" for each in found)


def _path(location: tuple[int | str, ...]) -> str:
    """``tax.default.rules[3].percent``, counted from 1 as the linter does."""
    path = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in location)
    return path.removeprefix(".") or "the file"


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
