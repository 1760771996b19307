"""Which tests are the short suite, `make test`, and which the long one, `make test-long`.

The longest path that a test file's own begins with decides. Both suites are all tests.
"""

import enum
from collections.abc import Collection, Mapping
from pathlib import PurePath
from types import MappingProxyType


class Suite(enum.Enum):
    """A part of the tests, which a target of the Makefile runs."""

    SHORT = "short"
    """What one process shows in a moment: rules, use cases, the API, adapters, documents."""
    LONG = "long"
    """What starts gateways, browsers or servers, kills at each step, or invents many inputs."""


SUITES: Mapping[str, Suite] = MappingProxyType(
    {
        "tests/adapters": Suite.SHORT,
        "tests/adapters/costs/test_statement_costs.py": Suite.LONG,
        "tests/adapters/test_migrations.py": Suite.LONG,
        "tests/adapters/test_product_index.py": Suite.LONG,
        "tests/api": Suite.SHORT,
        "tests/api/test_calculated_by_http.py": Suite.LONG,
        "tests/api/test_example_tabs.py": Suite.LONG,
        "tests/api/test_held_loop.py": Suite.LONG,
        "tests/api/test_hosts.py": Suite.LONG,
        "tests/api/test_variants.py": Suite.LONG,
        "tests/cli": Suite.LONG,
        "tests/deploying": Suite.LONG,
        "tests/engine": Suite.SHORT,
        "tests/examples": Suite.LONG,
        "tests/fuzz": Suite.LONG,
        "tests/gifts": Suite.LONG,
        "tests/mutants": Suite.SHORT,
        "tests/packaging": Suite.LONG,
        "tests/plans": Suite.SHORT,
        "tests/services": Suite.SHORT,
        "tests/services/checkout/test_fifty_purchases.py": Suite.LONG,
        "tests/services/checkout/test_interrupted_purchases.py": Suite.LONG,
        "tests/services/checkout/test_stripe_purchases.py": Suite.LONG,
        "tests/services/gifts/test_killed_dispatches.py": Suite.LONG,
        "tests/services/orders/test_histories.py": Suite.LONG,
        "tests/services/orders/test_hold_renewals.py": Suite.LONG,
        "tests/services/orders/test_interrupted_orders.py": Suite.LONG,
        "tests/services/orders/test_killed_dispatches.py": Suite.LONG,
        "tests/services/orders/test_orders_once_more_at_stripe.py": Suite.LONG,
        "tests/services/orders/test_refund_histories.py": Suite.LONG,
        "tests/stripe_peer": Suite.LONG,
        "tests/test_answers.py": Suite.LONG,
        "tests/test_architecture.py": Suite.SHORT,
        "tests/test_benchmarks.py": Suite.LONG,
        "tests/test_calculator_docs.py": Suite.SHORT,
        "tests/test_gift_docs.py": Suite.LONG,
        "tests/test_glossary.py": Suite.SHORT,
        "tests/test_import_docs.py": Suite.SHORT,
        "tests/test_installation.py": Suite.SHORT,
        "tests/test_installers.py": Suite.SHORT,
        "tests/test_names.py": Suite.SHORT,
        "tests/test_order_docs.py": Suite.LONG,
        "tests/test_outages.py": Suite.LONG,
        "tests/test_readme.py": Suite.SHORT,
        "tests/test_readme_commands.py": Suite.LONG,
        "tests/test_requirements.py": Suite.SHORT,
        "tests/test_rule_cookbook.py": Suite.SHORT,
        "tests/test_schema.py": Suite.SHORT,
        "tests/test_security_page.py": Suite.SHORT,
        "tests/test_settings.py": Suite.SHORT,
        "tests/test_suites.py": Suite.SHORT,
        "tests/test_worker.py": Suite.SHORT,
        "tests/transport": Suite.SHORT,
        "tests/web": Suite.LONG,
        "tests/web_app": Suite.SHORT,
    }
)

REPEATED_ON_POSTGRES = (
    "tests/adapters/stripe_payments/",
    "tests/adapters/test_product_lists.py",
    "tests/api/",
    "tests/services/",
    "tests/web_app/",
)
"""Where the short suite runs on SQLite alone: what is slow on Postgres, or whose repositories' own
tests run on both.
"""


class SuiteMissing(Exception):
    """A test file that belongs to no suite; the message is its path."""


def suite_of_file(path: str) -> Suite:
    """The suite of a file, ``tests/…``. Raises ``SuiteMissing``."""
    file = PurePath(path)
    for place in (file, *file.parents):
        if (suite := SUITES.get(place.as_posix())) is not None:
            return suite
    raise SuiteMissing(path)


def suite_of_test(path: str, parameters: Collection[object] = ()) -> Suite:
    """The suite of a test in the file ``path``. Raises ``SuiteMissing``."""
    suite = suite_of_file(path)
    is_repeated = path.startswith(REPEATED_ON_POSTGRES) and "postgres" in parameters
    return Suite.LONG if is_repeated else suite
