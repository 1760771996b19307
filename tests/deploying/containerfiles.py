"""A Containerfile's instructions, carried out in a scratch folder instead of an image.

Tried: what is copied, each RUN line, the variables, the health check and the command. Not tried:
the base image, for whose Python the tests' own stands in; the user, and what is given to that user.
"""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.deploying.places import map_folders

Instruction = tuple[str, str]
OWNER_OPTIONS = " --owner=10001 --group=10001"
"""Options of ``install`` that are for root alone."""


def instructions(text: str) -> list[Instruction]:
    """The instructions of a Containerfile, in order; each with its arguments in one line."""
    bare = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    joined = bare.replace("\\\n", " ")
    lines = [line.strip() for line in joined.splitlines() if line.strip()]
    return [
        (name, arguments.strip()) for name, _, arguments in (line.partition(" ") for line in lines)
    ]


def json_words(text: str) -> list[str]:
    """The words of an instruction in its JSON form."""
    words: list[str] = json.loads(text)
    return words


@dataclass(slots=True)
class Stage:
    """What one FROM begins: a root folder, and what is set for what runs in it."""

    root: Path
    machine: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        return {**self.machine, **self.variables}

    def run(self, line: str) -> None:
        shell = ["/bin/sh", "-euc", map_folders(self.root, line.replace(OWNER_OPTIONS, ""))]
        subprocess.run(shell, env=self.environment(), check=True, capture_output=True)  # noqa: S603

    def set_variables(self, text: str) -> None:
        for pair in shlex.split(map_folders(self.root, text)):
            name, _, value = pair.partition("=")
            self.variables[name] = value.replace("$PATH", self.machine["PATH"])


def build(text: str, context: Path, folder: Path, machine: dict[str, str]) -> Stage:
    """The last stage, when all are built below ``folder`` from what is in ``context``."""
    stages: dict[str, Stage] = {}
    stage = Stage(folder, machine)
    for name, arguments in instructions(text):
        if name == "FROM":
            called = arguments.partition(" AS ")[2] or "last"
            stage = stages[called] = Stage(folder / called, dict(machine))
            stage.root.mkdir()
        elif name == "RUN":
            stage.run(arguments)
        elif name == "COPY":
            _copy(arguments, stage, stages, context)
        elif name == "ENV":
            stage.set_variables(arguments)
        else:
            stage.settings[name] = arguments
    return stage


def _copy(text: str, stage: Stage, stages: dict[str, Stage], context: Path) -> None:
    *words, target = text.split()
    options = dict(word[2:].split("=", 1) for word in words if word.startswith("--"))
    source = stages[options["from"]].root if "from" in options else context
    to = stage.root / target.lstrip("/")
    for word in (word for word in words if not word.startswith("--")):
        for path in _matches(source, word):
            if path.is_dir():
                # Paths written at the installation lead where the first stage had it, as they do
                # in an image, where both are one path: hence a link.
                to.parent.mkdir(parents=True, exist_ok=True)
                to.symlink_to(path)
            else:
                to.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, to)


def _matches(source: Path, word: str) -> Iterator[Path]:
    paths = sorted(source.glob(word.lstrip("/")))
    assert paths, word
    yield from paths


def health_check(stage: Stage) -> list[str]:
    """The words of its command."""
    _, words = re.split(r"\bCMD ", stage.settings["HEALTHCHECK"], maxsplit=1)
    return json_words(words)
