"""What must not be missing where the tests run: GATEWAY_TEST_DEMAND_SERVICES names it.

``1`` demands everything; ``postgres,redis,nats,chromium,nginx,systemd-analyze,sqlite3,pg_dump`` or
some of these only what it lists. A test that lacks something skips itself, and fails where it is
demanded.
"""

import os
from typing import NoReturn

import pytest

REQUIRED_SERVICES = frozenset(os.environ.get("GATEWAY_TEST_DEMAND_SERVICES", "").split(","))


def skip_or_fail(service: str, reason: str) -> NoReturn:
    """End the running test, which cannot do without ``service``."""
    if REQUIRED_SERVICES & {"1", service}:
        pytest.fail(f"{service} is demanded and missing: {reason}")
    pytest.skip(f"no {service}: {reason}")
