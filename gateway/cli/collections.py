"""Commands for collections."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.markup import escape
from rich.table import Table

from gateway.adapters.collection_files import (
    InvalidCollectionFile,
    collection_file_schema,
    read_collection_file,
)
from gateway.adapters.random_ids import RandomIds
from gateway.cli.startup import EXIT_FAULTY, TextFile, console, load_settings, print_error
from gateway.preparation import open_prepared_database
from gateway.services.catalogue import collection_import
from gateway.services.catalogue.collection_import import (
    CollectionChange,
    CollectionChangeKind,
    CollectionEntry,
    CollectionsImported,
    CollectionsRefused,
)
from gateway.settings import Settings

MAX_PRINTED_ERRORS = 100
"""More errors of one file are only counted."""


def import_collections(
    file: TextFile,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    complete: Annotated[
        bool, typer.Option("--complete", help="Remove the collections that the file does not name.")
    ] = False,
) -> None:
    """Import a collection file: collections picked by hand or made by a rule, in order.

    The format is YAML (see collections-schema); products are named by their handles. Collections
    are found again by theirs. The whole file is imported, or nothing of it: a file with a fault, or
    with a product that is not there, is refused with every fault named, and the command ends
    with 1.
    """
    settings, entries = load_settings(), _read_entries(file)
    match asyncio.run(_import_entries(entries, settings, complete=complete, dry_run=dry_run)):
        case CollectionsRefused(errors):
            _refuse(file, errors)
        case CollectionsImported(changes):
            _print_changes(changes)
            if dry_run:
                console().print("Nothing was changed: this was a dry run.")


def collections_schema() -> None:
    """Print the JSON Schema of collection files; editors complete and check YAML by it."""
    typer.echo(collection_file_schema())


def _read_entries(file: Path) -> Sequence[CollectionEntry]:
    try:
        return read_collection_file(file)
    except InvalidCollectionFile as error:
        _refuse(file, error.errors)


def _refuse(file: Path, errors: Sequence[str]) -> NoReturn:
    for error in errors[:MAX_PRINTED_ERRORS]:
        print_error(f"{file}: {error}")
    if len(errors) > MAX_PRINTED_ERRORS:
        print_error(f"{file}: {len(errors) - MAX_PRINTED_ERRORS} more faults")
    print_error(f"{file} was not imported")
    raise typer.Exit(EXIT_FAULTY)


async def _import_entries(
    entries: Sequence[CollectionEntry], settings: Settings, *, complete: bool, dry_run: bool
) -> CollectionsImported | CollectionsRefused:
    async with open_prepared_database(settings) as database:
        return await collection_import.import_collections(
            entries, database=database, ids=RandomIds(), complete=complete, dry_run=dry_run
        )


def _print_changes(changes: Sequence[CollectionChange]) -> None:
    table = Table("Collection", "What", "Products before", "Products after")
    for change in changes:
        if change.kind is not CollectionChangeKind.UNCHANGED:
            counts = str(change.products_before), str(change.products_after)
            table.add_row(escape(change.handle), change.kind, *counts)
    if table.row_count:
        console().print(table)
    counts_by_kind = Counter(change.kind for change in changes)
    console().print(
        " ".join(f"Collections {kind}: {counts_by_kind[kind]}." for kind in CollectionChangeKind)
    )
