"""What must not be missing where the tests run: GATEWAY_TEST_DEMAND_SERVICES names it.

``1`` demands everything; ``postgres,redis,nats,chromium,nginx,systemd-analyze,sqlite3,pg_dump`` or
some of these only what it lists. A test that lacks something skips itself, and fails where it is
demanded.
"""

import os
from typing import NoReturn

import pytest

DEMANDED = frozenset(os.environ.get("GATEWAY_TEST_DEMAND_SERVICES", "").split(","))


def lacking(service: str, why: str) -> NoReturn:
    """End the running test, which cannot do without ``service``."""
    if DEMANDED & {"1", service}:
        pytest.fail(f"{service} is demanded and missing: {why}")
    pytest.skip(f"no {service}: {why}")
