"""Commands that let programs and developers in."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from gateway.bootstrap import Gateway, bootstrap
from gateway.cli.starting import FAULTY, complain, settings
from gateway.preparation import prepare
from gateway.services.identity.demo import token_for
from gateway.services.identity.registering import by_email
from gateway.services.keys import add_key
from gateway.services.ports.database import Duplicate
from gateway.services.ports.keys import Role
from gateway.settings import Settings

key = typer.Typer(name="key", no_args_is_help=True, rich_markup_mode="markdown")


@key.callback()
def keys() -> None:
    """API keys of partners and staff."""


@key.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What the key is called; each name once.")],
    role: Annotated[Role, typer.Option(help="What it may do.")],
    purchaser: Annotated[
        str, typer.Option(help="The e-mail of who pays for the gifts made with it.")
    ],
) -> None:
    """Make an API key and print it, once: it is kept as a digest only."""

    async def added(gateway: Gateway) -> str | None:
        parts = gateway.parts
        async with parts.database.read() as reading:
            payer = await by_email(purchaser, reading=reading, cipher=parts.cipher)
        if payer is None:
            return None
        return await add_key(
            name, role, payer, database=parts.database, ids=parts.ids, clock=parts.clock
        )

    try:
        secret = asyncio.run(_with_gateway(settings(), added))
    except Duplicate:
        complain(f"there is a key called {name} already")
        raise typer.Exit(FAULTY) from None
    if secret is None:
        complain(f"no purchaser has the verified e-mail {purchaser}")
        raise typer.Exit(FAULTY)
    typer.echo(secret)


def token(
    purchaser: Annotated[str, typer.Option(help="The e-mail of the purchaser.")],
) -> None:
    """Print a bearer token as of a sign-in just now; never in production.

    A purchaser who is not known yet is made.
    """
    found = settings()
    if found.production:
        complain("GATEWAY_PRODUCTION is on: tokens come from signing in")
        raise typer.Exit(FAULTY)

    async def opened(gateway: Gateway) -> str | None:
        return await token_for(purchaser, parts=gateway.parts.identity)

    made = asyncio.run(_with_gateway(found, opened))
    if made is None:
        complain(f"{purchaser} is no e-mail address")
        raise typer.Exit(FAULTY)
    typer.echo(made)


async def _with_gateway(
    found: Settings, do: Callable[[Gateway], Awaitable[str | None]]
) -> str | None:
    await prepare(found)
    async with bootstrap(found) as gateway:
        return await do(gateway)
