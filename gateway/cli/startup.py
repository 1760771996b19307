"""The start of commands: settings, files and consoles."""

import codecs
import os
import sqlite3
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import asyncpg
import typer
from rich.console import Console
from typer.core import TyperGroup

from gateway.adapters.databases.opening import DatabaseUnavailable, describe_error
from gateway.adapters.migrations import OUTSIDE_CLASSES
from gateway.adapters.separated_files import detect_encoding
from gateway.preparation import StartupError
from gateway.settings import (
    InvalidSettings,
    Settings,
    read_settings,
    unknown_variables,
    variable_name,
)

EXIT_FAULTY, EXIT_NOT_STARTED = 1, 2
"""Exit codes of a command that found faults, and of one that could not start."""
FILE_WIDTH = 160
"""Columns of an output that is not a terminal, because a file should not be wrapped at 80."""
READ_CHUNK_BYTES = 1 << 20


class UnreadableFile(Exception):
    """A file cannot be read; the message is one line with its path."""


class UndecodableFile(UnreadableFile):
    """A file is not text in the encoding in which it is read."""


class CommandGroup(TyperGroup):
    """The commands; one that cannot start prints one line without a traceback and exits with 2."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own
        """Run the command, and report an error that prevents its start."""
        try:
            return super().invoke(ctx)
        except (StartupError, UnreadableFile, InvalidSettings) as error:
            print_error(str(error))
        except (DatabaseUnavailable, sqlite3.OperationalError) as error:
            print_error(f"{variable_name('database_url')}: {describe_error(error)}")
        except asyncpg.PostgresError as error:
            if not error.sqlstate.startswith(OUTSIDE_CLASSES):
                raise
            print_error(f"{variable_name('database_url')}: {describe_error(error)}")
        except OSError as error:
            print_error(
                f"{error.filename}: {describe_error(error)}"
                if error.filename
                else describe_error(error)
            )
        raise typer.Exit(EXIT_NOT_STARTED)


def require_existing(path: Path) -> Path:
    """``path``, if it exists and can be read.

    Raises:
        UnreadableFile: it does not exist, or this user cannot read it.

    """
    try:
        path.stat()
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{path}: {describe_error(error)}") from error
    if not os.access(path, os.R_OK):
        raise UnreadableFile(f"{path}: cannot be read by this user")
    return path


def require_text_file(path: Path) -> Path:
    """``path``, if it is a file of UTF-8 text.

    Raises:
        UnreadableFile: it does not exist, or is not such a file.

    """
    return _require_decodable(require_existing(path), "utf-8")


def require_table_file(path: Path) -> Path:
    """``path``, if it is a file of text in UTF-8 or in the encoding of its byte order mark.

    Raises:
        UnreadableFile: it does not exist, or is not such a file.

    """
    return require_encoded_file(path, None)


def require_encoded_file(path: Path, encoding: str | None) -> Path:
    """``path``, if it is a file of text in its encoding by ``file_encoding``.

    Raises:
        UnreadableFile: it does not exist, or is not such a file.

    """
    require_existing(path)
    try:
        text_encoding = file_encoding(path, encoding)
    except OSError as error:
        raise UnreadableFile(f"{path}: {describe_error(error)}") from error
    return _require_decodable(path, text_encoding)


def file_encoding(path: Path, encoding: str | None) -> str:
    """The encoding that a byte order mark of the file tells, else ``encoding``, else UTF-8.

    No text begins with such a mark in another encoding, whatever somebody says of it.
    """
    with path.open("rb") as stream:
        marked_encoding = detect_encoding(stream.read(4))
    return encoding if encoding and marked_encoding == "utf-8" else marked_encoding


def _require_decodable(path: Path, encoding: str) -> Path:
    decoder, position = codecs.getincrementaldecoder(encoding)(), 0
    is_utf8 = encoding.startswith("utf-8")
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(READ_CHUNK_BYTES):
                if is_utf8 and b"\0" in chunk:
                    raise UnreadableFile(
                        f"{path}: is no text: byte {position + chunk.index(0)} is zero"
                    )
                decoder.decode(chunk)
                position += len(chunk)
            decoder.decode(b"", final=True)
    except UnicodeError:
        name = "UTF-8" if is_utf8 else encoding
        raise UndecodableFile(f"{path}: is no {name} text: save it as UTF-8 first") from None
    except OSError as error:
        raise UnreadableFile(f"{path}: {describe_error(error)}") from error
    return path


TextFile: TypeAlias = Annotated[
    Path, typer.Argument(show_default=False, callback=require_text_file)
]
TableFile: TypeAlias = Annotated[
    Path, typer.Argument(show_default=False, callback=require_table_file)
]


def console(*, stderr: bool = False) -> Console:
    """The console for output; notes and progress go to the error stream."""
    output = Console(stderr=stderr, highlight=False)
    return (
        output if output.is_terminal else Console(stderr=stderr, highlight=False, width=FILE_WIDTH)
    )


def print_error(text: str) -> None:
    """Print an error message to the error stream."""
    console(stderr=True).print(text, style="red", markup=False, soft_wrap=True)


def load_settings() -> Settings:
    """The settings; ends the command with an error message if they are invalid."""
    for name in unknown_variables(os.environ):
        print_error(f"{name} is no setting: it is ignored")
    try:
        return read_settings()
    except InvalidSettings as error:
        print_error(str(error))
        raise typer.Exit(EXIT_NOT_STARTED) from None
