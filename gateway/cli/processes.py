"""Several processes that do the same, started and stopped together; one that ends is replaced."""

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.context import ForkProcess
from types import FrameType

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""A process that has lived as long as this is replaced at once, as if it were the first."""
STOP_SECONDS = 20.0
"""What is told to stop and has not ended by then is killed: running requests get ten."""
STOPPING = (signal.SIGTERM, signal.SIGINT)


def pause_seconds(failures: int) -> float:
    """How long to rest before the next start, after so many short lives in a row; 0 after none."""
    if failures == 0:
        return 0.0
    doubled: float = FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 10)
    return min(doubled, MAX_PAUSE_SECONDS)


@dataclass(slots=True)
class Place:
    """One of the processes, and who takes its place when it ends."""

    name: str
    process: ForkProcess | None = None
    began_at: float = 0.0
    failures: int = 0
    due_at: float = 0.0
    """When it is started again, by ``time.monotonic``."""


class Processes:
    """Keeps ``count`` processes running ``run`` until told to stop.

    They are forks: what is open here, such as a listening socket, they share. ``bury`` is told the
    id of each that ended unasked.
    """

    def __init__(
        self, run: Callable[[], None], count: int, bury: Callable[[int], None] = lambda _: None
    ) -> None:
        self._run = run
        self._bury = bury
        self._places = [Place(f"process {number}") for number in range(1, count + 1)]
        self._told = False
        self._heard, self._tell = os.pipe()
        os.set_blocking(self._tell, False)

    def keep_running(self) -> None:
        """Run until SIGTERM or SIGINT; then stop all and return when they have ended."""
        for number in STOPPING:
            signal.signal(number, self._stop)
        while not self._told:
            self._start_those_due()
            self._await_news()
            for place in self._places:
                if place.process is not None and place.process.exitcode is not None:
                    self._mourn(place, place.process)
        self._end_all()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._told = True
        os.write(self._tell, b".")

    def _start_those_due(self) -> None:
        now = time.monotonic()
        for place in self._places:
            if place.process is None and place.due_at <= now and not self._told:
                place.process = self._started(place.name)
                place.began_at = now

    def _started(self, name: str) -> ForkProcess:
        process = get_context("fork").Process(target=self._child, name=name)
        # What is to stop this process must not reach the child's copy of its handler.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        return process

    def _child(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        self._run()

    def _await_news(self) -> None:
        """Return when a process has ended, one is to be started, or this one is told to stop."""
        alive = [each.process.sentinel for each in self._places if each.process is not None]
        waiting = [each.due_at for each in self._places if each.process is None]
        pause = max(0.0, min(waiting) - time.monotonic()) if waiting else None
        connection.wait([self._heard, *alive], pause)

    def _mourn(self, place: Place, process: ForkProcess) -> None:
        process.join()
        now = time.monotonic()
        place.failures = 0 if now - place.began_at >= STEADY_SECONDS else place.failures + 1
        pause = pause_seconds(place.failures)
        place.process, place.due_at = None, now + pause
        if self._told:
            return
        logger.error(
            "%s (%s) ended unasked: %s; started again in %.1f s",
            place.name,
            process.pid,
            reason(process.exitcode),
            pause,
        )
        self._bury(process.pid or 0)

    def _end_all(self) -> None:
        alive = [each.process for each in self._places if each.process is not None]
        for process in alive:
            process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for process in alive:
            process.join(max(0.0, until - time.monotonic()))
            if process.exitcode is None:
                logger.error("%s (%s) does not stop: it is killed", process.name, process.pid)
                process.kill()
                process.join()


def reason(exit_code: int | None) -> str:
    """What an exit code of ``multiprocessing`` says, a signal by its name."""
    if exit_code is None or exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return f"killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"killed by signal {-exit_code}"
