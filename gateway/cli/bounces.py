"""The command for bounced mails."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from gateway.adapters.messaging import bounce_reports as messages
from gateway.bootstrap import bootstrap
from gateway.cli.startup import EXIT_FAULTY, console, load_settings, print_error, require_existing
from gateway.preparation import prepare_database
from gateway.services.gifts.bounced_mails import Bounce, record_bounces
from gateway.settings import Settings


def bounces(
    place: Annotated[
        Path,
        typer.Argument(
            show_default=False, help="A file, a maildir or a folder.", callback=require_existing
        ),
    ],
) -> None:
    """Read bounce messages (RFC 3464), so that gifts stop waiting for whom no mail reaches.

    PLACE is one message, a maildir or a folder of .eml files; nothing in it is changed, and what is
    read again does nothing. Only failures for good count, and only of mails to gifts' recipients.
    """
    settings = load_settings()
    try:
        reports = list(messages.read_bounces(place))
    except messages.NoMessagesFound as error:
        print_error(str(error))
        raise typer.Exit(EXIT_FAULTY) from None
    continued_count = asyncio.run(_record_bounces(reports, settings))
    console().print(f"Failures reported: {len(reports)}. Gifts that go on: {continued_count}.")


async def _record_bounces(reports: list[Bounce], settings: Settings) -> int:
    await prepare_database(settings)
    async with bootstrap(settings) as gateway:
        return await record_bounces(reports, dependencies=gateway.gift_dependencies)
