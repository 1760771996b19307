"""Commands that let developers in."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from gateway.bootstrap import Gateway, bootstrap
from gateway.cli.starting import FAULTY, complain, settings
from gateway.preparation import prepare
from gateway.services.identity.demo import token_for
from gateway.settings import Settings

Found = TypeVar("Found")


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

    made = asyncio.run(with_gateway(found, opened))
    if made is None:
        complain(f"{purchaser} is no e-mail address")
        raise typer.Exit(FAULTY)
    typer.echo(made)


async def with_gateway(found: Settings, do: Callable[[Gateway], Awaitable[Found]]) -> Found:
    """What ``do`` comes to, the database prepared and the gateway open."""
    await prepare(found)
    async with bootstrap(found) as gateway:
        return await do(gateway)
