"""Several processes that do the same, started and stopped together."""

import signal
from collections.abc import Callable
from multiprocessing import connection, get_context
from types import FrameType


def together(run: Callable[[], None], count: int) -> bool:
    """Run ``run`` in ``count`` processes until one ends; whether they ended because told to.

    They are forks: what is open here, such as a listening socket, they share.
    """
    forks = get_context("fork")
    children = [forks.Process(target=run) for _ in range(count)]
    for child in children:
        child.start()
    told = False

    def stop(_signal: int = 0, _frame: FrameType | None = None) -> None:
        nonlocal told
        told = True
        for child in children:
            child.terminate()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
    connection.wait([child.sentinel for child in children])
    asked = told
    stop()
    for child in children:
        child.join()
    return asked
