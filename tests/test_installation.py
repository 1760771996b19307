"""Installations depend on the locks alone: complete, hashed, naming no index."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ("runtime", "build", "node", "dev")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==(?P<version>\S+)", re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def pins(name: str) -> dict[str, str]:
    """Versions by the names of the packages that the lock holds."""
    return {canonicalize_name(pin["name"]): pin["version"] for pin in PIN.finditer(lock(name))}


def requirements(name: str) -> Iterator[Requirement]:
    """What the lock was made from: the project's own requirements, or those of a group."""
    if name == "runtime":
        yield from map(Requirement, PROJECT["project"]["dependencies"])
        return
    for entry in PROJECT["dependency-groups"][name]:
        if isinstance(entry, str):
            yield Requirement(entry)
        else:
            yield from requirements(entry["include-group"])


def dependency_closure(requested: Iterator[Requirement]) -> set[str]:
    """The names of what ``requested`` needs on this machine, what that needs, and so on."""
    names: set[str] = set()
    waiting = [(requirement, "") for requirement in requested]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        names.add(name)
        for wanted_extra in ("", *requirement.extras):
            if (name, wanted_extra) not in seen:
                seen.add((name, wanted_extra))
                waiting += [
                    (Requirement(text), wanted_extra) for text in declared_requirements(name)
                ]
    return names


def declared_requirements(name: str) -> list[str]:
    try:
        return distribution(name).requires or []
    except PackageNotFoundError:
        return []


@pytest.mark.parametrize("name", ["runtime", "build", "dev"])
def test_a_lock_holds_all_that_is_needed(name: str) -> None:  # R105
    """Nothing is resolved at installation, so nothing may be missing."""
    assert dependency_closure(requirements(name)) - pins(name).keys() == set()


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_no_address(name: str) -> None:  # R105
    text = lock(name)
    assert "://" not in text
    assert "index" not in re.sub(r"--hash=\S+", "", text)
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert blocks
    assert [
        block for block in blocks if not PIN.match(block) or "--hash=sha256:" not in block
    ] == []


def test_extras_are_kept() -> None:  # R105
    """A lock without them is no lock for an older pip: it looks for what they add."""
    with_extras = {
        str(requirement).split(">")[0] for name in ("runtime", "dev")
        for requirement in requirements(name) if requirement.extras
    }  # fmt: skip
    assert with_extras == {"coverage[toml]", "sqlalchemy[asyncio]"}
    assert [extra for extra in with_extras if f"{extra}==" not in lock("dev")] == []


@pytest.mark.parametrize("name", ["runtime", "build", "node"])
def test_the_locks_agree(name: str) -> None:  # R105
    everything = pins("dev")
    assert {package: everything.get(package) for package in pins(name)} == pins(name)


def test_serving_needs_no_tool_of_development() -> None:
    """What the tests alone ask for is in no lock but theirs."""
    tools = {canonicalize_name(each.name) for each in requirements("dev")}
    own = dependency_closure(requirements("runtime")) | dependency_closure(requirements("build"))
    for_nodes_sake = dependency_closure(requirements("node"))
    serving = pins("runtime").keys() | pins("build").keys()
    assert (tools - own - for_nodes_sake) & serving == set()
    assert pins("node").keys() & serving == set()


def test_nothing_is_resolved_at_installation() -> None:  # R105
    calls = re.findall(r"pip install [^\n]*", (ROOT / "Makefile").read_text())
    assert len(calls) == 2
    assert [call for call in calls if "--no-deps" not in call] == []
