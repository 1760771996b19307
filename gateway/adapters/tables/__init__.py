"""The tables, one module a feature.

SQLModel classes that only declare columns: no relationships, no defaults, never entities.
"""

import importlib
import pkgutil

from sqlalchemy import MetaData
from sqlmodel import SQLModel

# Named constraints can be altered by later migrations on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def all_tables() -> MetaData:
    """Every table of every module of this package."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return SQLModel.metadata
