"""Mutants by what they change, and those that no test can notice, with the reason of each."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SURVIVORS_FILE = Path(__file__).with_name("survivors.toml")


@dataclass(frozen=True)
class Mutant:
    """A change of one function; no line number, so that it survives moves."""

    function: str
    was: str
    now: str


def function_name(name: str) -> str:
    """The function that the mutant which mutmut calls ``name`` changes, with its module."""
    module, _, mangled = name.rpartition(".")
    function = mangled.partition("__mutmut")[0].removeprefix("x_").removeprefix("xǁ")
    return f"{module}.{function.replace('ǁ', '.')}"


def take_sample(names: Iterable[str], step: int) -> frozenset[str]:
    """Every ``step``-th of ``names`` in their alphabetical order, the first among them."""
    return frozenset(sorted(names)[::step])


def mutant_from_diff(name: str, diff: str) -> Mutant:
    """The mutant that mutmut calls ``name``, of a ``diff`` as it shows it."""
    return Mutant(function_name(name), _lines("-", diff), _lines("+", diff))


def _lines(sign: str, diff: str) -> str:
    changed = [line for line in diff.splitlines() if line.startswith(sign)]
    return " ".join(line[1:].strip() for line in changed if not line.startswith(sign * 3))


def accepted_survivors(path: Path = SURVIVORS_FILE) -> dict[Mutant, str]:
    """The survivors that ``path`` lists, each with why it is equivalent."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("survivor", [])
    return {Mutant(each["function"], each["was"], each["now"]): each["why"] for each in entries}


def package_of(function: str) -> str:
    """The package that holds ``function``."""
    parts = [part for part in function.split(".")[:-1] if part[:1].islower()]
    return "/".join(parts[:-1])


@dataclass(frozen=True)
class Rate:
    """How many of a package's mutants were noticed, of those that could be."""

    killed: int
    counted: int

    def reaches(self, percent: int) -> bool:
        """Whether at least ``percent`` of the mutants were killed."""
        return self.killed * 100 >= percent * self.counted


def rate_packages(killed: Iterable[str], survived: Iterable[str]) -> dict[str, Rate]:
    """The rate of each package, by the functions mutated; ``survived`` without those accepted."""
    noticed, missed = Counter(map(package_of, killed)), Counter(map(package_of, survived))
    return {
        package: Rate(noticed[package], noticed[package] + missed[package])
        for package in sorted(noticed | missed)
    }
