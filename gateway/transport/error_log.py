"""The usual observer: faults logged once with their id, mistakes counted."""

from collections import Counter

import structlog

_log = structlog.get_logger()


class LoggingObserver:
    """Logs what is ours to mend, counts what clients did wrong."""

    def __init__(self) -> None:
        self.mistakes: Counter[str] = Counter()
        """How often clients were refused, by code."""
        self.faults = 0

    def count_mistake(self, code: str) -> None:
        """A client was refused with ``code``."""
        self.mistakes[code] += 1

    def report_fault(self, error: BaseException, id: str) -> None:
        """Something of ours broke; the client was given ``id`` to quote."""
        self.faults += 1
        _log.error("fault", fault_id=id, exc_info=error)
