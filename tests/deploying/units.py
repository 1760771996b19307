"""A systemd unit as far as a test without systemd can start it."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.deploying.places import map_folders

OWN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
# Options of prctl.
NO_NEW_PRIVILEGES, MEMORY_DENY_WRITE_EXECUTE = 38, 65


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit file sets, by section and name; a name that is set twice has all its values."""

    values: Mapping[tuple[str, str], list[str]]

    def only_value(self, name: str, section: str = "Service") -> str:
        """The only value of a name."""
        (value,) = self.values[section, name]
        return value

    def is_on(self, name: str) -> bool:
        return self.values.get(("Service", name)) == ["yes"]


def read_unit(text: str) -> Unit:
    """The unit that ``text`` describes; nothing in it is quoted or goes on in a further line."""
    values: dict[tuple[str, str], list[str]] = {}
    section = ""
    for line in text.splitlines():
        assert not line.endswith("\\"), line
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            values.setdefault((section, name), []).append(value)
    return Unit(values)


def read_environment(text: str) -> dict[str, str]:
    """Variables of an EnvironmentFile whose lines need no quotes."""
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", ";"))]
    assert not any(mark in line for line in lines for mark in "\"'\\$")
    return dict(line.split("=", 1) for line in lines)


def unit_environment(unit: Unit, root: Path) -> dict[str, str]:
    """The environment that systemd gives: nothing of the test's own, later files win."""
    variables = {"PATH": OWN_PATH, "HOME": "/", "USER": unit.only_value("User")}
    for line in unit.values["Service", "Environment"]:
        variables |= dict(each.split("=", 1) for each in map_folders(root, line).split())
    for line in unit.values["Service", "EnvironmentFile"]:
        variables |= read_environment(Path(map_folders(root, line)).read_text(encoding="utf-8"))
    return variables


def make_state_directory(unit: Unit, root: Path) -> None:
    folder = root / "var" / "lib" / unit.only_value("StateDirectory")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(int(unit.only_value("StateDirectoryMode"), 8))


@contextmanager
def start_unit(unit: Unit, root: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The unit's ExecStart, with what it sets and two of its restrictions; the error stream piped.

    Its user, its view of the file system and its system call filter are systemd's to make.
    """
    make_state_directory(unit, root)
    options = [
        option
        for name, option in (
            ("NoNewPrivileges", NO_NEW_PRIVILEGES),
            ("MemoryDenyWriteExecute", MEMORY_DENY_WRITE_EXECUTE),
        )
        if unit.is_on(name)
    ]
    prctl = ctypes.CDLL(None).prctl

    def restrict() -> None:
        for option in options:
            prctl(option, 1, 0, 0, 0)
        os.umask(int(unit.only_value("UMask"), 8))

    with subprocess.Popen(  # noqa: S603
        map_folders(root, unit.only_value("ExecStart")).split(),
        env=unit_environment(unit, root),
        cwd=map_folders(root, unit.only_value("WorkingDirectory")),
        stderr=subprocess.PIPE,
        preexec_fn=restrict,  # noqa: PLW1509 - nothing else runs here meanwhile
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def stop(unit: Unit, process: subprocess.Popen[bytes]) -> int:
    """Stop it as systemd does; its exit code.

    Raises:
        subprocess.TimeoutExpired: systemd would have killed it.

    """
    process.send_signal(signal.Signals[unit.only_value("KillSignal")])
    return process.wait(int(unit.only_value("TimeoutStopSec").removesuffix("s")))
