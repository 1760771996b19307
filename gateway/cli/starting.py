"""What commands need before they begin, and how they speak."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console

from gateway.adapters.databases import OpenDatabase, UnknownDatabase, open_database
from gateway.adapters.migrations import head, migrate
from gateway.settings import Settings, WrongSettings, read_settings, unknown_names

FAULTY, NOT_BEGUN = 1, 2
"""Exit codes."""
PLAIN_WIDTH = 160
"""Columns where the output is no terminal's: in a file, lines should not be broken at 80."""

File: TypeAlias = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, show_default=False)
]


def console(*, stderr: bool = False) -> Console:
    """Where to print to; notes and progress go to the error stream."""
    found = Console(stderr=stderr, highlight=False)
    return (
        found if found.is_terminal else Console(stderr=stderr, highlight=False, width=PLAIN_WIDTH)
    )


def complain(text: str) -> None:
    """Print what is wrong."""
    console(stderr=True).print(text, style="red", markup=False, soft_wrap=True)


def settings() -> Settings:
    """The settings; where they are wrong, the command ends and says why."""
    for name in unknown_names(os.environ):
        complain(f"{name} is no setting: it is ignored")
    try:
        return read_settings()
    except WrongSettings as wrong:
        complain(str(wrong))
        raise typer.Exit(NOT_BEGUN) from None


@asynccontextmanager
async def migrated(found: Settings) -> AsyncIterator[OpenDatabase]:
    """The database, at the newest revision: in production that is somebody's decision."""
    found.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        database = await open_database(found.database)
    except (UnknownDatabase, OSError) as wrong:
        complain(f"GATEWAY_DATABASE_URL: {wrong}")
        raise typer.Exit(NOT_BEGUN) from None
    try:
        if await database.revision() != head():
            if found.production:
                complain("the database is not at the newest revision: run `gateway migrate`")
                raise typer.Exit(NOT_BEGUN)
            await migrate(found.database)
        yield database
    finally:
        await database.close()
