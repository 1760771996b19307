"""The report: tables in Markdown."""

import platform
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.measuring import WorkMeasurement

SPIN = 1_000


def machine() -> str:
    """What it was measured on; the last figure tells how busy it was."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    cores = Path("/proc/cpuinfo").read_text().count("processor\t")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 2**20
    load = Path("/proc/loadavg").read_text().split()[0]
    return (
        f"{cores} cores of {model}, {memory} GiB, Linux {platform.release()}, "
        f"Python {platform.python_version()}; load average {load}, "
        f"`sum(range(1000))` {measure_spin():.1f} us (7 us where nothing else runs)."
    )


def measure_spin() -> float:
    """Microseconds for a piece of work that is the same everywhere: the median of many."""
    durations = []
    for _ in range(SPIN):
        began = time.perf_counter()
        sum(range(1000))
        durations.append(time.perf_counter() - began)
    return sorted(durations)[SPIN // 2] * 1e6


def table(rows: Iterable[WorkMeasurement]) -> str:
    """Figures of each variant at each kind of work."""
    head = (
        "work",
        "at once",
        "variant",
        "processes",
        "CPU ms",
        "to floor",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "p99/p50",
        "MiB",
    )
    return markdown(
        head,
        [
            (
                row.work,
                str(row.concurrency),
                row.variant,
                str(row.processes),
                f"{row.cpu:.2f}",
                f"{row.ratio:.2f}",
                f"{row.rate:.0f}",
                f"{row.median:.2f}",
                f"{row.slowest:.2f}",
                f"{row.slowest / row.median:.1f}",
                f"{row.resident:.0f}",
            )
            for row in rows
        ],
    )


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_parts(file: Path, parts: dict[str, str]) -> None:
    """Put each of ``parts`` between the marks of its name in ``file``."""
    text = file.read_text()
    for name, part in parts.items():
        before, begin, after_begin = text.partition(f"<!-- {name} -->")
        _, end, after = after_begin.partition(f"<!-- end of {name} -->")
        if not (begin and end):
            raise LookupError(f"{file} has no marks of {name}")
        text = f"{before}{begin}\n{part}\n{end}{after}"
    file.write_text(text)
