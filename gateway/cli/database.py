"""Commands for the database as a whole."""

import asyncio

import typer

from gateway.adapters.migrations import head
from gateway.bootstrap import bootstrap
from gateway.cli.startup import EXIT_FAULTY, console, load_settings, print_error
from gateway.preparation import migrate_database, open_prepared_database, prepare_database
from gateway.secret_key import build_cipher, require_secret
from gateway.services import encryption
from gateway.services.ports.encryption import UnsealFailed
from gateway.settings import Settings


def migrate() -> None:
    """Bring the database to the newest revision; one that is there already stays as it is."""
    asyncio.run(migrate_database(load_settings()))
    console().print(f"The database is at revision {head()}.")


def rotate_keys() -> None:
    """Wrap every data key anew under GATEWAY_SECRET_KEY; earlier ones stay listed."""
    try:
        count = asyncio.run(_rewrap_data_keys(load_settings()))
    except UnsealFailed:
        print_error("GATEWAY_EARLIER_SECRET_KEYS lacks a secret that keys are wrapped under")
        raise typer.Exit(EXIT_FAULTY) from None
    console().print(f"Data keys wrapped anew: {count}.")


async def _rewrap_data_keys(settings: Settings) -> int:
    async with open_prepared_database(settings) as database:
        await require_secret(settings, database)
        return await encryption.rewrap_data_keys(database=database, cipher=build_cipher(settings))


def seed() -> None:
    """Put the demonstration shop into an empty database; never in production.

    One that an earlier release put there gets what is new: nothing that was changed is touched.
    """
    settings = load_settings()
    if settings.production:
        print_error("GATEWAY_PRODUCTION is on: nothing is seeded")
        raise typer.Exit(EXIT_FAULTY)
    console().print(asyncio.run(_seed_demo_shop(settings)))


async def _seed_demo_shop(settings: Settings) -> str:
    """Seed or complete the demonstration shop; returns what was done."""
    from gateway.server import complete_demo_shop, seed_demo_shop

    await prepare_database(settings)
    async with bootstrap(settings) as gateway:
        if await seed_demo_shop(gateway):
            return "The demonstration shop is open."
        completed_count = await complete_demo_shop(gateway)
    if completed_count:
        return f"Products of the demonstration shop completed: {completed_count}."
    return "There are products already: nothing was seeded."
