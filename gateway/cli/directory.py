"""Commands for the directory of people."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import typer
from rich.progress import track

from gateway.adapters.clocks import SystemClock
from gateway.adapters.directories.files import (
    DirectoryFile,
    InvalidDirectoryFile,
    LocatedRecord,
    read_directory,
)
from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.reference.phones import PhoneNumberPlans
from gateway.cli.startup import EXIT_FAULTY, TableFile, console, load_settings, print_error
from gateway.preparation import open_prepared_database, prepare_database
from gateway.secret_key import build_cipher, require_secret
from gateway.services.gifts.imported_directory import DirectoryImport
from gateway.settings import Settings


def import_directory(file: TableFile) -> None:
    """Import a directory of people, vCard or CSV, in which gifts' recipients are looked for.

    CSV columns: name, email, phone, country, region, city, postal code, line 1 to line 3, rev;
    separated by commas, semicolons or tabs. Countries are known by code and by name, in English
    and in their own languages. A record is found by e-mail, phone or name, replaced by a later
    import of the same, and kept sealed. Without a REV it counts as true when it was imported.
    What is ignored is told, by line and by column.
    """
    settings = load_settings()
    asyncio.run(prepare_database(settings))
    directory_file = _read_directory(file)
    tracked_records = track(directory_file.records, "Saving", console=console(stderr=True))
    unusable = asyncio.run(_import_records(tracked_records, settings))
    for remark in (
        *directory_file.ignored,
        *(f"{location}: {_UNUSABLE_MESSAGE}" for location in unusable),
    ):
        console().print(remark, markup=False, highlight=False)
    total = len(directory_file.records)
    console().print(f"Records taken: {total - len(unusable)} of {total}.")


_UNUSABLE_MESSAGE = (
    "not taken: a record needs two of a name, an e-mail address, a telephone number and an address "
    "that are understood"
)


def _read_directory(file: Path) -> DirectoryFile:
    try:
        return read_directory(file, CountryDataSet())
    except InvalidDirectoryFile as error:
        print_error(f"{file}: {error}")
        raise typer.Exit(EXIT_FAULTY) from None


async def _import_records(records: Iterable[LocatedRecord], settings: Settings) -> list[str]:
    """The locations of the records that were not imported."""
    async with open_prepared_database(settings) as database:
        await require_secret(settings, database)
        cipher = build_cipher(settings)
        directory_import = DirectoryImport(database, cipher, SystemClock(), PhoneNumberPlans())
        return [
            entry.location
            for entry in records
            if not await directory_import.import_record(entry.record)
        ]
