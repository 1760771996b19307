"""Every statement of the gateway by its name: walking the modules forgets none."""

import importlib
import pkgutil

import gateway
from gateway.adapters.sql.statements import Statement

ALONE = (
    "gateway.__main__",
    "gateway.adapters.migrations.env",
    "gateway.adapters.migrations.versions",
)
"""What runs when it is imported, or only under Alembic."""


def every_statement() -> dict[str, Statement]:
    """The statements that stand in modules, each by the first place it is seen at."""
    by_id: dict[int, tuple[str, Statement]] = {}
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        if not module.name.startswith(ALONE):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, Statement):
                    short = module.name.removeprefix("gateway.adapters.")
                    by_id.setdefault(
                        id(value), (f"{short.removeprefix('repositories.')}.{name}", value)
                    )
    return dict(by_id.values())
