"""A group of equal processes, started and stopped together; one that ends is replaced."""

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.context import ForkProcess
from threading import Thread
from types import FrameType

logger = logging.getLogger(__name__)

MIN_RESTART_DELAY_SECONDS = 0.5
MAX_RESTART_DELAY_SECONDS = 30.0
MIN_STEADY_SECONDS = 60.0
"""The lifetime after which a process that ends is replaced without delay."""
STOP_TIMEOUT_SECONDS = 20.0
"""The time after which a stopping process is killed; running requests get ten seconds."""
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def restart_delay_seconds(failures: int) -> float:
    """The delay before the next start after ``failures`` short runs in a row; 0 after none."""
    if failures == 0:
        return 0.0
    doubled: float = MIN_RESTART_DELAY_SECONDS * 2 ** min(failures - 1, 10)
    return min(doubled, MAX_RESTART_DELAY_SECONDS)


@dataclass(slots=True)
class ProcessSlot:
    """A place for one of the processes, and for its replacements."""

    name: str
    process: ForkProcess | None = None
    started_at: float = 0.0
    failures: int = 0
    restart_at: float = 0.0
    """When the process is started again, by ``time.monotonic``."""


class ProcessSupervisor:
    """Keeps ``count`` processes running ``run`` until told to stop.

    They are forks, which share open files such as a listening socket. ``bury`` is called with the
    id of each process that ended without being stopped.
    """

    def __init__(
        self, run: Callable[[], None], count: int, on_exit: Callable[[int], None] = lambda _: None
    ) -> None:
        self._run = run
        self._on_exit = on_exit
        self._slots = [ProcessSlot(f"process {number}") for number in range(1, count + 1)]
        self._stop_requested = False
        self._wakeup_reader, self._wakeup_writer = os.pipe()
        os.set_blocking(self._wakeup_writer, False)

    def keep_running(self) -> None:
        """Run until SIGTERM or SIGINT, then stop all processes and wait for their end."""
        for signal_number in STOP_SIGNALS:
            signal.signal(signal_number, self._stop)
        while not self._stop_requested:
            self._start_due()
            self._wait_for_change()
            for slot in self._slots:
                if slot.process is not None and slot.process.exitcode is not None:
                    self._handle_exit(slot, slot.process)
        self._stop_all()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stop_requested = True
        os.write(self._wakeup_writer, b".")

    def _start_due(self) -> None:
        now = time.monotonic()
        for slot in self._slots:
            if slot.process is None and slot.restart_at <= now and not self._stop_requested:
                slot.process = self._start(slot.name)
                slot.started_at = now

    def _start(self, name: str) -> ForkProcess:
        process = get_context("fork").Process(target=self._child, name=name)
        # A signal for this process must not reach the child's copy of its handler.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        return process

    def _child(self) -> None:
        Thread(target=_stop_with_parent, daemon=True).start()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        self._run()

    def _wait_for_change(self) -> None:
        """Wait until a process has ended, one is to be started, or this one is stopped."""
        sentinels = [slot.process.sentinel for slot in self._slots if slot.process is not None]
        restart_times = [slot.restart_at for slot in self._slots if slot.process is None]
        timeout = max(0.0, min(restart_times) - time.monotonic()) if restart_times else None
        connection.wait([self._wakeup_reader, *sentinels], timeout)

    def _handle_exit(self, slot: ProcessSlot, process: ForkProcess) -> None:
        process.join()
        now = time.monotonic()
        slot.failures = 0 if now - slot.started_at >= MIN_STEADY_SECONDS else slot.failures + 1
        delay = restart_delay_seconds(slot.failures)
        slot.process, slot.restart_at = None, now + delay
        if self._stop_requested:
            return
        logger.error(
            "%s (%s) ended unasked: %s; started again in %.1f s",
            slot.name,
            process.pid,
            describe_exit(process.exitcode),
            delay,
        )
        self._on_exit(process.pid or 0)

    def _stop_all(self) -> None:
        alive = [slot.process for slot in self._slots if slot.process is not None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        for process in alive:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.exitcode is None:
                logger.error("%s (%s) does not stop: it is killed", process.name, process.pid)
                process.kill()
                process.join()


def _stop_with_parent() -> None:
    """Stop this process once its parent has ended: whoever kills that must not leave it running.

    It would keep the port, and nobody would stop it.
    """
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def describe_exit(exit_code: int | None) -> str:
    """The description of an exit code of ``multiprocessing``, with the name of a signal."""
    if exit_code is None or exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return f"killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"killed by signal {-exit_code}"
