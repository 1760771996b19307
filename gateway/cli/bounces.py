"""The command for mails that came back."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from gateway.adapters import bounces as messages
from gateway.bootstrap import bootstrap
from gateway.cli.starting import FAULTY, complain, console, existing, settings
from gateway.preparation import prepare
from gateway.services.gifts.bounces import Bounce, take_bounces
from gateway.settings import Settings


def bounces(
    place: Annotated[
        Path,
        typer.Argument(
            show_default=False, help="A file, a maildir or a folder.", callback=existing
        ),
    ],
) -> None:
    """Read bounce messages (RFC 3464), so that gifts stop waiting for whom no mail reaches.

    PLACE is one message, a maildir or a folder of .eml files; nothing in it is changed, and what is
    read again does nothing. Only failures for good count, and only of mails to gifts' recipients.
    """
    found = settings()
    try:
        reported = list(messages.bounces(place))
    except messages.NoMessages as wrong:
        complain(str(wrong))
        raise typer.Exit(FAULTY) from None
    told = asyncio.run(_take(reported, found))
    console().print(f"Failures reported: {len(reported)}. Gifts that go on: {told}.")


async def _take(reported: list[Bounce], found: Settings) -> int:
    await prepare(found)
    async with bootstrap(found) as gateway:
        return await take_bounces(reported, parts=gateway.gifts)
