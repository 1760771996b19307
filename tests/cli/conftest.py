"""Commands that run in the tests' own process."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def restore_logging() -> Iterator[None]:
    """A command that serves or works logs to its own error stream, which ends with it."""
    root = logging.getLogger()
    level = root.level
    yield
    root.handlers[:] = [
        handler for handler in root.handlers if type(handler) is not logging.StreamHandler
    ]
    root.setLevel(level)
