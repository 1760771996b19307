"""Run mutmut over the engine and the plans, or a part of them, and judge what survived."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

from tests.mutants.survivors import (
    accepted_survivors,
    function_name,
    mutant_from_diff,
    rate_packages,
    take_sample,
)

MIN_KILLED_PERCENT = 90
PACKAGES = ("gateway/engine", "gateway/plans")
KILLED = {"killed", "timeout", "caught by type check"}
UNTRIED = "not checked"
# Fewer made-up documents: each is tried again for each mutant of the plans.
FEWER_DOCUMENTS = {"PLANS_FUZZ_EXAMPLES": "10"}


def main() -> None:
    """Fail where a package's tests notice less than they have to, or a mutant was not tried."""
    packages, step = _read_arguments()
    patterns = [f"{package.replace('/', '.')}.*" for package in packages]
    if step == 1:
        mutmut = Path(sys.executable).with_name("mutmut")
        command = [str(mutmut), "run", "--max-children", "1", *patterns]
    else:
        command = [sys.executable, "-m", "tests.mutants.sampled_run", str(step), *patterns]
    subprocess.run(  # noqa: S603 - our own environment's mutmut
        command, env={**os.environ, **FEWER_DOCUMENTS}, check=True
    )
    accepted = accepted_survivors()
    killed, survived, untried = [], [], 0
    results = list(_results(packages))
    sample = take_sample((name for _, name, _ in results), step)
    for path, name, status in results:
        if name not in sample:
            continue
        if status in KILLED:
            killed.append(function_name(name))
            continue
        if status == UNTRIED:
            untried += 1
            continue
        # mutmut reads and parses the file for each difference: only what survived needs one.
        mutant = mutant_from_diff(name, get_diff_for_mutant(name, path=path))
        if mutant not in accepted:
            survived.append(mutant.function)
            _print_line(f"{mutant.function}\n  - {mutant.was}\n  + {mutant.now}")
    rates = rate_packages(killed, survived)
    for package, rate in rates.items():
        _print_line(f"{package}: {rate.killed} of {rate.counted} killed")
    if untried or not rates or not all(rate.reaches(MIN_KILLED_PERCENT) for rate in rates.values()):
        sys.exit(
            f"{untried} not tried; "
            f"at least {MIN_KILLED_PERCENT} % of each package have to be killed"
        )


def _read_arguments() -> tuple[tuple[str, ...], int]:
    """The packages or modules to mutate, without endings, and n where every nth is tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="try every Nth mutant")
    arguments = parser.parse_args()
    packages = (package.rstrip("/").removesuffix(".py") for package in arguments.packages)
    return tuple(packages), arguments.sample


def _results(packages: tuple[str, ...]) -> Iterator[tuple[Path, str, str]]:
    """The file, mutmut's name and the status of each mutant."""
    for package in packages:
        module = Path(f"{package}.py")
        for path in [module] if module.exists() else sorted(Path(package).rglob("*.py")):
            data = SourceFileMutationData(path=path)
            data.load()
            for name, code in data.exit_code_by_key.items():
                yield path, name, status_by_exit_code[code]


def _print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
