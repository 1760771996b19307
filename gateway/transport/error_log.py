"""The default error observer: it logs faults with their ids and counts mistakes."""

from collections import Counter

import structlog

_log = structlog.get_logger()


class LoggingObserver:
    """Logs faults of the gateway and counts mistakes of clients."""

    def __init__(self) -> None:
        self.mistakes: Counter[str] = Counter()
        """The number of refused requests by code."""
        self.faults = 0

    def count_mistake(self, code: str) -> None:
        """Count one request refused with ``code``."""
        self.mistakes[code] += 1

    def report_fault(self, error: BaseException, id: str) -> None:
        """Log a fault of the gateway with the ``id`` that the client can quote."""
        self.faults += 1
        _log.error("fault", fault_id=id, exc_info=error)
