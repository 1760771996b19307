"""What commands need before they begin, and how they speak."""

import codecs
import os
import sqlite3
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import asyncpg
import typer
from rich.console import Console
from typer.core import TyperGroup

from gateway.adapters.databases import DatabaseUnavailable, reason
from gateway.adapters.migrations import OUTSIDE_CLASSES
from gateway.adapters.separated_files import encoding_of
from gateway.preparation import CannotBegin
from gateway.settings import Settings, WrongSettings, read_settings, unknown_names, variable

FAULTY, NOT_BEGUN = 1, 2
"""Exit codes."""
PLAIN_WIDTH = 160
"""Columns where the output is no terminal's: in a file, lines should not be broken at 80."""
READ_BYTES = 1 << 20


class WrongFile(Exception):
    """A file that a command cannot begin with: one line, with its path."""


class Commands(TyperGroup):
    """The commands: what keeps one from beginning is one line and exit code 2, no traceback."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (CannotBegin, WrongFile, WrongSettings) as refusal:
            complain(str(refusal))
        except (DatabaseUnavailable, sqlite3.OperationalError) as refusal:
            complain(f"{variable('database_url')}: {reason(refusal)}")
        except asyncpg.PostgresError as refusal:
            if not refusal.sqlstate.startswith(OUTSIDE_CLASSES):
                raise
            complain(f"{variable('database_url')}: {reason(refusal)}")
        except OSError as refusal:
            complain(
                f"{refusal.filename}: {reason(refusal)}" if refusal.filename else reason(refusal)
            )
        raise typer.Exit(NOT_BEGUN)


def existing(path: Path) -> Path:
    """``path``, where there is something.

    Raises:
        WrongFile: there is nothing, or it cannot be read by this user.

    """
    try:
        path.stat()
    except (OSError, ValueError) as refusal:
        raise WrongFile(f"{path}: {reason(refusal)}") from refusal
    if not os.access(path, os.R_OK):
        raise WrongFile(f"{path}: cannot be read by this user")
    return path


def text_file(path: Path) -> Path:
    """``path``, where a file of UTF-8 text is.

    Raises:
        WrongFile: there is none, or it holds something else.

    """
    return _decoded(existing(path), "utf-8")


def table_file(path: Path) -> Path:
    """``path``, where a file of text is as spreadsheets save it: UTF-8, or what its mark says.

    Raises:
        WrongFile: there is none, or it holds something else.

    """
    existing(path)
    try:
        with path.open("rb") as stream:
            encoding = encoding_of(stream.read(4))
    except OSError as refusal:
        raise WrongFile(f"{path}: {reason(refusal)}") from refusal
    return _decoded(path, encoding)


def _decoded(path: Path, encoding: str) -> Path:
    decoder, position = codecs.getincrementaldecoder(encoding)(), 0
    single = encoding.startswith("utf-8")
    try:
        with path.open("rb") as stream:
            while piece := stream.read(READ_BYTES):
                if single and b"\0" in piece:
                    raise WrongFile(f"{path}: is no text: byte {position + piece.index(0)} is zero")
                decoder.decode(piece)
                position += len(piece)
            decoder.decode(b"", final=True)
    except UnicodeError:
        raise WrongFile(f"{path}: is no UTF-8 text: save it as UTF-8 first") from None
    except OSError as refusal:
        raise WrongFile(f"{path}: {reason(refusal)}") from refusal
    return path


File: TypeAlias = Annotated[Path, typer.Argument(show_default=False, callback=text_file)]
TableFile: TypeAlias = Annotated[Path, typer.Argument(show_default=False, callback=table_file)]


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
