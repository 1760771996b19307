"""The regression gate: ratios only, for machines differ and are busy.

Plans must stay so many times cheaper than graphql-core, and a cart's read within so many times the
floor: what was reached and a fifth. What is out of bounds is measured anew, for a machine may have
been busy with something else; what has become slower is so each time.
"""

import asyncio
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.checking import check
from benchmarks.commands import FLOOR, OURS, running
from benchmarks.measuring import Bench, Effort, measured
from benchmarks.shop import open_shop
from benchmarks.stopping import stop_in_order
from benchmarks.work import READ_10

LEAST_TO_GRAPHQL_CORE = 15
# What was reached (docs/performance.md) and a fifth.
MOST_TO_FLOOR = 3.3
EFFORT = Effort(rounds=7, seconds=0.8)
TRIES = 3


def main() -> None:
    """Fail where a ratio is out of its bounds."""
    stop_in_order()
    if not any(_plans_hold() for _ in range(TRIES)):
        sys.exit("plans have become slower")
    if not any(_read_holds() for _ in range(TRIES)):
        sys.exit("the cart's read has become slower")


def _plans_hold() -> bool:
    least = str(LEAST_TO_GRAPHQL_CORE)
    plans = [sys.executable, "-m", "benchmarks.plans", "--least", least]
    return not subprocess.run(plans, check=False).returncode  # noqa: S603 - this interpreter


def _read_holds() -> bool:
    found = _to_floor()
    print(f"cart read of 10 lines: {found:.2f} times the floor, at most {MOST_TO_FLOOR}")
    return found <= MOST_TO_FLOOR


def _to_floor() -> float:
    with TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = Path(scratch) / "shop"
        asyncio.run(open_shop(folder))
        servers = [stack.enter_context(running(each, folder)) for each in (FLOOR, OURS)]
        benches = [Bench(each, each.shop) for each in servers]
        check(benches)
        return measured(benches, READ_10, 1, EFFORT)[1].ratio


if __name__ == "__main__":
    main()
