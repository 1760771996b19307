"""What an execution leaves behind when it is over: nothing, or the tests fail."""

import asyncio
import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

Report = dict[str, object]


@contextmanager
def forbid_leftovers() -> Iterator[None]:
    """Fail where a coroutine made inside was never awaited, or a task's error never asked for."""
    gc.collect()
    reports: list[Report] = []
    with _reports_of_the_loop(reports), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        yield
        gc.collect()
    messages = [str(warning.message) for warning in warned]
    messages += [str(report["message"]) for report in reports]
    assert not messages, messages


@contextmanager
def _reports_of_the_loop(reports: list[Report]) -> Iterator[None]:
    loop: asyncio.AbstractEventLoop | None = None
    with suppress(RuntimeError):
        loop = asyncio.get_running_loop()
    if loop is None:
        yield
        return
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, report: reports.append(report))
    try:
        yield
    finally:
        loop.set_exception_handler(before)


def freeze_heap() -> None:
    """Leave everything there is now out of collections: each would take many milliseconds."""
    gc.collect()
    gc.freeze()
