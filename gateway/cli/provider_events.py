"""Commands for the events of the payment provider."""

import asyncio

import typer

from gateway.bootstrap import bootstrap
from gateway.cli.startup import console, load_settings
from gateway.preparation import prepare_database
from gateway.services.provider_events import retry_failed_events
from gateway.settings import Settings

provider_events = typer.Typer(
    name="provider-events",
    help="Events of the payment provider that could not be acted on; `check` lists them.",
    no_args_is_help=True,
)


@provider_events.command()
def retry() -> None:
    """Let the worker try the dead letters again."""
    count = asyncio.run(_retry(load_settings()))
    console().print(f"Events that are tried again: {count}.")


async def _retry(settings: Settings) -> int:
    await prepare_database(settings)
    async with bootstrap(settings) as gateway:
        return await retry_failed_events(dependencies=gateway.dependencies)
