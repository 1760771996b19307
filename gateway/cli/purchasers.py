"""Commands about purchasers: whom the shop exempts from tax, and their customer groups."""

import asyncio
from typing import Annotated

import typer

from gateway.bootstrap import Gateway
from gateway.cli.credentials import with_gateway
from gateway.cli.startup import EXIT_FAULTY, EXIT_NOT_STARTED, load_settings, print_error
from gateway.services.customer_groups import CustomerGroupRefusal, join_group, leave_group
from gateway.services.identity.registration import lock_purchaser
from gateway.services.identity.tax_exemptions import MAX_REASON_LENGTH, set_tax_exemption

purchasers = typer.Typer(name="purchasers", no_args_is_help=True, rich_markup_mode="markdown")


@purchasers.callback()
def purchaser_commands() -> None:
    """Purchasers, as the shop knows them."""


@purchasers.command("exempt")
def exempt(
    email: Annotated[str, typer.Argument(help="The purchaser's verified e-mail.")],
    reason: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", show_default=False, help="Why: a certificate, its number, its date."
        ),
    ] = None,
    end: Annotated[  # noqa: FBT002 - an option of a command
        bool, typer.Option("--end", help="End the exemption that they have.")
    ] = False,
) -> None:
    """Exempt a purchaser from tax, so that they may buy as EXEMPT; or end that.

    The reason is kept sealed with the purchaser, and goes where they are erased.
    """
    text = _require_reason(reason, end=end)

    async def mark(gateway: Gateway) -> bool:
        cipher = gateway.dependencies.cipher
        async with gateway.dependencies.database.begin() as work:
            purchaser_id = await lock_purchaser(email, work=work, cipher=cipher)
            return purchaser_id is not None and await set_tax_exemption(
                purchaser_id, text, work=work, cipher=cipher
            )

    if not asyncio.run(with_gateway(load_settings(), mark)):
        print_error(f"no purchaser has the verified e-mail {email}")
        raise typer.Exit(EXIT_FAULTY)
    typer.echo(f"{email} is {'taxed again' if text is None else 'exempt from tax'}.")


def _require_reason(reason: str | None, *, end: bool) -> str | None:
    """The reason of an exemption; None to end one."""
    text = (reason or "").strip()
    if end == bool(text):
        print_error("give either --reason TEXT or --end")
        raise typer.Exit(EXIT_NOT_STARTED)
    if len(text) > MAX_REASON_LENGTH:
        print_error(f"--reason: at most {MAX_REASON_LENGTH} characters")
        raise typer.Exit(EXIT_NOT_STARTED)
    return text or None


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
