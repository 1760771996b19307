"""Commands about purchasers: the customer groups that they are in."""

import asyncio
from typing import Annotated

import typer

from gateway.bootstrap import Gateway
from gateway.cli.credentials import with_gateway
from gateway.cli.startup import EXIT_FAULTY, load_settings, print_error
from gateway.services.customer_groups import CustomerGroupRefusal, join_group, leave_group

purchasers = typer.Typer(name="purchasers", no_args_is_help=True, rich_markup_mode="markdown")


@purchasers.callback()
def purchaser_commands() -> None:
    """Purchasers, as the shop knows them."""


@purchasers.command("group")
def group(
    email: Annotated[str, typer.Argument(help="The purchaser's verified e-mail.")],
    name: Annotated[str, typer.Argument(help="The group, one of the rule file's `groups`.")],
    leave: Annotated[  # noqa: FBT002 - an option of a command
        bool, typer.Option("--leave", help="Take them out of the group.")
    ] = False,
) -> None:
    """Put a purchaser into a customer group, or take them out.

    Prices and promotions of the rules whose `customers` name the group are then theirs.
    """

    async def change(gateway: Gateway) -> CustomerGroupRefusal | None:
        change_groups = leave_group if leave else join_group
        return await change_groups(email, name, gateway.dependencies)

    refusal = asyncio.run(with_gateway(load_settings(), change))
    if refusal is not None:
        print_error(refusal.message)
        raise typer.Exit(EXIT_FAULTY)
    typer.echo(f"{email} is {'no longer in' if leave else 'in'} {name}.")
