"""Run mutmut over the engine and the plans, or a part of them, and judge what survived."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

from tests.mutants.survivors import Mutant, accepted, mutant_of, rates

LEAST = 90
WHOLE = ("gateway/engine", "gateway/plans")
KILLED = {"killed", "timeout", "caught by type check"}
# Fewer made-up documents: each is tried again for each mutant of the plans.
FEWER = {"PLANS_FUZZ_EXAMPLES": "10"}


def main() -> None:
    """Fail where a package's tests notice less than they have to, or a mutant was not tried."""
    packages = tuple(each.rstrip("/").removesuffix(".py") for each in sys.argv[1:]) or WHOLE
    patterns = [f"{package.replace('/', '.')}.*" for package in packages]
    mutmut = Path(sys.executable).with_name("mutmut")
    one_core = ["--max-children", "1"]
    subprocess.run(  # noqa: S603 - our own environment's mutmut
        [mutmut, "run", *one_core, *patterns], env={**os.environ, **FEWER}, check=True
    )
    results = list(_results(packages))
    untried = [mutant for mutant, status in results if status == "not checked"]
    known = accepted()
    killed = [mutant for mutant, status in results if status in KILLED]
    survived = [
        mutant
        for mutant, status in results
        if status not in KILLED | {"not checked"} and mutant not in known
    ]
    for mutant in survived:
        _say(f"{mutant.function}\n  - {mutant.was}\n  + {mutant.now}")
    found = rates(killed, survived)
    for package, rate in found.items():
        _say(f"{package}: {rate.killed} of {rate.counted} killed")
    if untried or not found or not all(rate.reaches(LEAST) for rate in found.values()):
        sys.exit(f"{len(untried)} not tried; at least {LEAST} % of each package have to be killed")


def _results(packages: tuple[str, ...]) -> Iterator[tuple[Mutant, str]]:
    for package in packages:
        module = Path(f"{package}.py")
        for path in [module] if module.exists() else sorted(Path(package).rglob("*.py")):
            data = SourceFileMutationData(path=path)
            data.load()
            for name, code in data.exit_code_by_key.items():
                difference = get_diff_for_mutant(name, path=path)
                yield mutant_of(name, difference), status_by_exit_code[code]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
