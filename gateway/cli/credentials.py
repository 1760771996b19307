"""Commands that make credentials for developers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from gateway.bootstrap import Gateway, bootstrap
from gateway.cli.startup import EXIT_FAULTY, load_settings, print_error
from gateway.preparation import prepare_database
from gateway.services.demo.purchasers import create_token
from gateway.settings import Settings

ResultT = TypeVar("ResultT")


def token(
    purchaser: Annotated[str, typer.Option(help="The e-mail of the purchaser.")],
) -> None:
    """Print a bearer token as of a sign-in just now; never in production.

    A purchaser who does not exist yet is added.
    """
    settings = load_settings()
    if settings.production:
        print_error("GATEWAY_PRODUCTION is on: tokens come from signing in")
        raise typer.Exit(EXIT_FAULTY)

    async def issue(gateway: Gateway) -> str | None:
        return await create_token(purchaser, dependencies=gateway.dependencies.identity)

    bearer_token = asyncio.run(with_gateway(settings, issue))
    if bearer_token is None:
        print_error(f"{purchaser} is no e-mail address")
        raise typer.Exit(EXIT_FAULTY)
    typer.echo(bearer_token)


async def with_gateway(
    settings: Settings, action: Callable[[Gateway], Awaitable[ResultT]]
) -> ResultT:
    """The result of ``action`` with an open gateway and a prepared database."""
    await prepare_database(settings)
    async with bootstrap(settings) as gateway:
        return await action(gateway)
