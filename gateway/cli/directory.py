"""Commands for the directory of people."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

import typer
from rich.progress import track

from gateway.adapters.clocks import SystemClock
from gateway.adapters.countries import DataCountries
from gateway.adapters.directory_files import UnreadableDirectory, directory_records
from gateway.adapters.phones import NumberingPlans
from gateway.bootstrap import cipher_of, require_secret
from gateway.cli.starting import FAULTY, TableFile, complain, console, settings
from gateway.preparation import prepare, prepared_database
from gateway.services.gifts.directory import DirectoryImport
from gateway.services.ports.sources import SourceRecord
from gateway.settings import Settings


def import_directory(file: TableFile) -> None:
    """Import a directory of people, vCard or CSV, in which gifts' recipients are looked for.

    CSV columns, parted by commas, semicolons or tabs: name, email, phone, country, region, city,
    postal code, line 1 to line 3, rev. A record is found by e-mail, phone or name, replaced by a
    later import of the same, and kept sealed. Without a REV it counts as true when it was imported.
    """
    found = settings()
    asyncio.run(prepare(found))
    records = _read(file)
    shown = track(records, "Saving", console=console(stderr=True))
    taken = asyncio.run(_import(shown, found))
    console().print(f"Records taken: {taken} of {len(records)}.")


def _read(file: Path) -> Sequence[SourceRecord]:
    try:
        return list(directory_records(file, DataCountries()))
    except (UnreadableDirectory, UnicodeDecodeError) as wrong:
        complain(f"{file}: {wrong}")
        raise typer.Exit(FAULTY) from None


async def _import(records: Iterable[SourceRecord], found: Settings) -> int:
    async with prepared_database(found) as database:
        await require_secret(found, database)
        cipher = cipher_of(found)
        taking = DirectoryImport(database, cipher, SystemClock(), NumberingPlans())
        return await taking.take(records)
