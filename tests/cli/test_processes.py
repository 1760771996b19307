"""Processes that are kept running: how often they are started, and what is said of their ends."""

import os
import signal
import time
from pathlib import Path

import pytest

from gateway.cli.worker_processes import (
    MAX_RESTART_DELAY_SECONDS,
    describe_exit,
    restart_delay_seconds,
)
from tests.running import START_TIMEOUT_SECONDS

PARENT = """
import os, pathlib, logging
from gateway.cli.worker_processes import ProcessSupervisor

logging.basicConfig()
folder = pathlib.Path({folder!r})


def run():
    with (folder / "starts").open("a") as starts:
        print(os.getpid(), file=starts)
    os._exit(3)


ProcessSupervisor(run, 1).keep_running()
"""


def test_the_pause_grows_to_its_bound() -> None:  # R139
    pauses = [restart_delay_seconds(failures) for failures in range(10)]
    assert pauses == [
        0,
        0.5,
        1,
        2,
        4,
        8,
        16,
        MAX_RESTART_DELAY_SECONDS,
        MAX_RESTART_DELAY_SECONDS,
        30,
    ]
    assert restart_delay_seconds(10_000) == MAX_RESTART_DELAY_SECONDS


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (0, "exit code 0"),
        (3, "exit code 3"),
        (-9, "killed by SIGKILL"),
        (-99, "killed by signal 99"),
    ],
)
def test_ends_have_their_reasons(code: int, told: str) -> None:
    assert describe_exit(code) == told


def test_one_that_dies_at_once_does_not_spin_and_a_stop_is_heard(tmp_path: Path) -> None:  # R139
    import subprocess
    import sys

    script = PARENT.format(folder=str(tmp_path))
    with subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-c", script], stderr=subprocess.PIPE, text=True
    ) as parent:
        starts, began = tmp_path / "starts", time.monotonic()
        while not starts.exists() or len(starts.read_text().splitlines()) < 3:
            assert time.monotonic() < began + START_TIMEOUT_SECONDS
            time.sleep(0.02)
        # Half a second before the second start, one before the third.
        assert time.monotonic() - began >= 1.5
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(START_TIMEOUT_SECONDS) == 0
        assert parent.stderr is not None
        messages = parent.stderr.read().splitlines()
    assert len(starts.read_text().splitlines()) == 3
    assert all("ended unasked: exit code 3; started again in" in line for line in messages)
    assert len(messages) in (2, 3)
    assert not any(_alive(int(id)) for id in starts.read_text().split())


def _alive(id: int) -> bool:
    try:
        os.kill(id, 0)
    except ProcessLookupError:
        return False
    return True
