"""Which peers the tests of agreement run on: those that are there; the rest is deselected."""

import os

import pytest

from tests.stripe_peer.other_peers import LOCALSTRIPE_URL, TEST_KEY


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what lacks its peer: pytest counts it, and nothing passes silently."""
    missing = {
        mark
        for mark, is_there in (
            ("localstripe", LOCALSTRIPE_URL in os.environ),
            ("stripe_test_mode", os.environ.get(TEST_KEY, "").startswith("sk_test_")),
        )
        if not is_there
    }
    gone = [item for item in items if any(item.get_closest_marker(mark) for mark in missing)]
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in gone]
