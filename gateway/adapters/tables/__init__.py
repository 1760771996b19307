"""The tables, with one module for each feature.

The SQLModel classes only declare columns, without relationships and defaults.
"""

import importlib
import pkgutil

from sqlalchemy import MetaData
from sqlmodel import SQLModel

# Later migrations can change a constraint on both databases only if it has a name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def all_tables() -> MetaData:
    """The metadata of all tables of this package."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return SQLModel.metadata
