"""Commands for the database as a whole."""

import asyncio

import typer

from gateway.adapters.migrations import head
from gateway.bootstrap import bootstrap
from gateway.cli.starting import FAULTY, complain, console, settings
from gateway.preparation import migrate_database, prepare, prepared_database
from gateway.secret_key import cipher_of, require_secret
from gateway.services import vault
from gateway.services.ports.vault import Unreadable
from gateway.settings import Settings


def migrate() -> None:
    """Bring the database to the newest revision; one that is there already stays as it is."""
    asyncio.run(migrate_database(settings()))
    console().print(f"The database is at revision {head()}.")


def rotate_keys() -> None:
    """Wrap every data key anew under GATEWAY_SECRET_KEY; earlier ones stay listed."""
    try:
        count = asyncio.run(_rotate(settings()))
    except Unreadable:
        complain("GATEWAY_EARLIER_SECRET_KEYS lacks a secret that keys are wrapped under")
        raise typer.Exit(FAULTY) from None
    console().print(f"Data keys wrapped anew: {count}.")


async def _rotate(found: Settings) -> int:
    async with prepared_database(found) as database:
        await require_secret(found, database)
        return await vault.rotate(database=database, cipher=cipher_of(found))


def seed() -> None:
    """Put the demonstration shop into an empty database; never in production."""
    found = settings()
    if found.production:
        complain("GATEWAY_PRODUCTION is on: nothing is seeded")
        raise typer.Exit(FAULTY)
    if asyncio.run(_seed(found)):
        console().print("The demonstration shop is open.")
    else:
        console().print("There are products already: nothing was seeded.")


async def _seed(found: Settings) -> bool:
    from gateway.serving import plant

    await prepare(found)
    async with bootstrap(found) as gateway:
        return await plant(gateway)
