"""Commands about purchasers: whom the shop exempts from tax."""

import asyncio
from typing import Annotated

import typer

from gateway.bootstrap import Gateway
from gateway.cli.credentials import with_gateway
from gateway.cli.startup import EXIT_FAULTY, EXIT_NOT_STARTED, load_settings, print_error
from gateway.services.identity.emails import normalize_email
from gateway.services.identity.registration import find_purchaser_id
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
        cipher, address = gateway.dependencies.cipher, normalize_email(email)
        async with gateway.dependencies.database.begin() as work:
            purchaser_id = (
                None
                if address is None
                else await find_purchaser_id(address, reading=work, cipher=cipher)
            )
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
