"""Commands for the directory of people."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import typer
from rich.progress import track

from gateway.adapters.clocks import SystemClock
from gateway.adapters.countries import DataCountries
from gateway.adapters.directory_files import (
    DirectoryFile,
    ReadRecord,
    UnreadableDirectory,
    read_directory,
)
from gateway.adapters.phones import NumberingPlans
from gateway.cli.starting import FAULTY, TableFile, complain, console, settings
from gateway.preparation import prepare, prepared_database
from gateway.secret_key import cipher_of, require_secret
from gateway.services.gifts.directory import DirectoryImport
from gateway.settings import Settings


def import_directory(file: TableFile) -> None:
    """Import a directory of people, vCard or CSV, in which gifts' recipients are looked for.

    CSV columns: name, email, phone, country, region, city, postal code, line 1 to line 3, rev;
    separated by commas, semicolons or tabs. Countries are known by code and by name, in English
    and in their own languages. A record is found by e-mail, phone or name, replaced by a later
    import of the same, and kept sealed. Without a REV it counts as true when it was imported.
    What is ignored is told, by line and by column.
    """
    found = settings()
    asyncio.run(prepare(found))
    read = _read(file)
    shown = track(read.records, "Saving", console=console(stderr=True))
    useless = asyncio.run(_import(shown, found))
    for remark in (*read.ignored, *(f"{place}: {_USELESS}" for place in useless)):
        console().print(remark, markup=False, highlight=False)
    total = len(read.records)
    console().print(f"Records taken: {total - len(useless)} of {total}.")


_USELESS = (
    "not taken: a record needs two of a name, an e-mail address, a telephone number and an address "
    "that are understood"
)


def _read(file: Path) -> DirectoryFile:
    try:
        return read_directory(file, DataCountries())
    except UnreadableDirectory as wrong:
        complain(f"{file}: {wrong}")
        raise typer.Exit(FAULTY) from None


async def _import(records: Iterable[ReadRecord], found: Settings) -> list[str]:
    """The places of the records that were not taken."""
    async with prepared_database(found) as database:
        await require_secret(found, database)
        cipher = cipher_of(found)
        taking = DirectoryImport(database, cipher, SystemClock(), NumberingPlans())
        return [each.place for each in records if not await taking.take_one(each.record)]
