"""What stands in for ``systemctl`` and ``systemd-run``: the unit is started as ``units`` does.

Usage: python -m tests.deploying.systemd PROGRAM ROOT PORT ARGUMENT…
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.deploying.places import map_folders
from tests.deploying.units import Unit, make_state_directory, read_unit, unit_environment

UNIT = Path("etc/systemd/system/gateway.service")
FLAGS = frozenset({"--quiet", "--pipe", "--wait", "--collect"})


def systemctl(root: Path, port: str, *arguments: str) -> int:
    """Start, stop or restart the gateway; nothing else is started."""
    match arguments:
        case ("daemon-reload",):
            return 0
        case ("start", "gateway") | ("enable", "--now", "gateway"):
            start(root, port)
        case ("stop", "gateway"):
            stop(root)
        case ("restart", "gateway"):
            stop(root)
            start(root, port)
        case _:
            return 1
    return 0


def systemd_run(root: Path, port: str, *arguments: str) -> int:
    """Run a command with the properties that stand before it; its exit code."""
    values: dict[tuple[str, str], list[str]] = {}
    words = list(arguments)
    while words and words[0].startswith("--"):
        option, _, value = words.pop(0).partition("=")
        if option == "--property":
            name, _, value = value.partition("=")
            values.setdefault(("Service", name), []).append(value)
        elif option == "--setenv":
            values.setdefault(("Service", "Environment"), []).append(value)
        elif option not in FLAGS:
            return 1
    unit = Unit(values)
    make_state_directory(unit, root)
    command = [map_folders(root, words[0]), *words[1:]]
    environment = unit_environment(unit, root) | {"GATEWAY_PORT": port}
    folder = map_folders(root, unit.only_value("WorkingDirectory"))
    return subprocess.run(command, env=environment, cwd=folder, check=False).returncode  # noqa: S603


def start(root: Path, port: str) -> None:
    unit = read_unit((root / UNIT).read_text(encoding="utf-8"))
    make_state_directory(unit, root)
    with (root / "journal").open("ab") as journal:
        process = subprocess.Popen(  # noqa: S603
            map_folders(root, unit.only_value("ExecStart")).split(),
            env=unit_environment(unit, root) | {"GATEWAY_PORT": port},
            cwd=map_folders(root, unit.only_value("WorkingDirectory")),
            stdin=subprocess.DEVNULL,
            stdout=journal,
            stderr=journal,
            umask=int(unit.only_value("UMask"), 8),
            start_new_session=True,
        )
    (root / "pid").write_text(str(process.pid), encoding="utf-8")


def stop(root: Path) -> None:
    """Stop what was started, if it still runs, and wait until it has ended."""
    unit = read_unit((root / UNIT).read_text(encoding="utf-8"))
    pid = int((root / "pid").read_text(encoding="utf-8"))
    with suppress(ProcessLookupError):
        os.kill(pid, signal.Signals[unit.only_value("KillSignal")])
    deadline = time.monotonic() + int(unit.only_value("TimeoutStopSec").removesuffix("s"))
    while is_running(pid):
        assert time.monotonic() < deadline, "it did not stop in time"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether the process is there and has not ended."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


if __name__ == "__main__":
    program, place, number, *arguments = sys.argv[1:]
    run = {"systemctl": systemctl, "systemd-run": systemd_run}[program]
    sys.exit(run(Path(place), number, *arguments))
