"""One gateway for all fuzzing, with the demonstration shop and somebody signed in."""

from collections.abc import Iterator

import httpx
import pytest

from tests.api.serving import Served, gateway
from tests.fuzz.asking import SECONDS


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with gateway(tmp_path_factory.mktemp("fuzzed")) as running:
        yield running


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """Connections that are kept open: a device's identity is in its headers."""
    with httpx.Client(timeout=SECONDS) as client:
        yield client
