"""How a measurement that is stopped ends what it started."""

import signal
import sys
from types import FrameType


def stop_in_order() -> None:
    """Let SIGTERM unwind the stack, as Ctrl-C does: servers end with the block they serve."""

    def stop(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, stop)
