"""Commands that add, list and revoke API keys."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, TypeAlias

import typer

from gateway.bootstrap import Gateway
from gateway.cli.credentials import with_gateway
from gateway.cli.instants import parse_instant
from gateway.cli.startup import EXIT_FAULTY, EXIT_NOT_STARTED, load_settings, print_error
from gateway.services.api_keys import (
    MAX_NAME_LENGTH,
    add_key,
    list_keys,
    normalize_key_name,
    revoke_key,
)
from gateway.services.identity.emails import normalize_email
from gateway.services.identity.registration import find_purchaser, find_purchaser_id
from gateway.services.ports.api_keys import ApiKeyRecord, ApiKeyRole
from gateway.services.ports.database import DuplicateKey, ReadSession

key = typer.Typer(name="key", no_args_is_help=True, rich_markup_mode="markdown")


@key.callback()
def keys() -> None:
    """API keys of partners and staff."""


Name: TypeAlias = Annotated[
    str, typer.Argument(help="What the key is called: one key in force a name.")
]


@key.command("add")
def add(
    name: Name,
    role: Annotated[ApiKeyRole, typer.Option(help="What it may do.")],
    purchaser: Annotated[
        str | None,
        typer.Option(
            show_default=False,
            help="The e-mail of who pays for the gifts made with it: a partner's key needs one.",
        ),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            show_default=False,
            help="From that day on (UTC) it counts no more; it may also be a time.",
        ),
    ] = None,
) -> None:
    """Make an API key and print it, once: it is kept as a digest only."""
    if role is ApiKeyRole.PARTNER and purchaser is None:
        print_error("a partner's key needs --purchaser: who pays for the gifts made with it")
        raise typer.Exit(EXIT_NOT_STARTED)
    valid_name, expires_at = _require_key_name(name), parse_instant("--expires", expires)

    async def create(gateway: Gateway) -> str | None:
        dependencies = gateway.dependencies
        payer = None
        if purchaser is not None:
            payer = await _find_payer(purchaser, gateway)
            if payer is None:
                return None
        return await add_key(
            valid_name,
            role,
            payer,
            database=dependencies.database,
            ids=dependencies.ids,
            clock=dependencies.clock,
            expires_at=expires_at,
        )

    try:
        secret = asyncio.run(with_gateway(load_settings(), create))
    except DuplicateKey:
        print_error(
            f"there is a key called {valid_name} already: revoke it first, or take another name"
        )
        raise typer.Exit(EXIT_FAULTY) from None
    if secret is None:
        print_error(f"no purchaser has the verified e-mail {purchaser}")
        raise typer.Exit(EXIT_FAULTY)
    typer.echo(secret)


@key.command("list")
def list_() -> None:
    """List the keys: what each is for, whose, and how long it counts; never the key itself."""
    for row in _format_columns(asyncio.run(with_gateway(load_settings(), _key_rows))):
        typer.echo(row)


@key.command("revoke")
def revoke(name: Name) -> None:
    """Revoke a key at once, which ends everything that is open with it. It stays in the list."""
    valid_name = _require_key_name(name)

    async def revoke_named(gateway: Gateway) -> bool:
        dependencies = gateway.dependencies
        return await revoke_key(
            valid_name, database=dependencies.database, clock=dependencies.clock
        )

    if not asyncio.run(with_gateway(load_settings(), revoke_named)):
        print_error(f"there is no key called {valid_name}")
        raise typer.Exit(EXIT_FAULTY)
    typer.echo(f"{valid_name} is revoked.")


def _require_key_name(name: str) -> str:
    valid_name = normalize_key_name(name)
    if valid_name is None:
        print_error(f"a key's name has 1 to {MAX_NAME_LENGTH} characters that can be seen")
        raise typer.Exit(EXIT_NOT_STARTED)
    return valid_name


async def _find_payer(purchaser: str, gateway: Gateway) -> str | None:
    email = normalize_email(purchaser)
    if email is None:
        return None
    async with gateway.dependencies.database.read() as reading:
        return await find_purchaser_id(email, reading=reading, cipher=gateway.dependencies.cipher)


HEADINGS = ("NAME", "ROLE", "PURCHASER", "CREATED", "EXPIRES", "STATE")


async def _key_rows(gateway: Gateway) -> list[tuple[str, ...]]:
    dependencies = gateway.dependencies
    async with dependencies.database.read() as reading:
        return [
            HEADINGS,
            *[
                (
                    record.key.name,
                    record.key.role.value,
                    await _purchaser_email(record.key.purchaser_id, reading, gateway),
                    _format_instant(record.created_at),
                    _format_instant(record.expires_at),
                    _key_state(record, dependencies.clock.now()),
                )
                for record in await list_keys(reading=reading)
            ],
        ]


async def _purchaser_email(purchaser_id: str | None, reading: ReadSession, gateway: Gateway) -> str:
    if purchaser_id is None:
        return "-"
    purchaser = await find_purchaser(
        purchaser_id, reading=reading, cipher=gateway.dependencies.cipher
    )
    return purchaser.email if purchaser else purchaser_id


def _key_state(record: ApiKeyRecord, now: datetime) -> str:
    if record.revoked_at is not None:
        return f"revoked {_format_instant(record.revoked_at)}"
    return "in force" if record.is_active(now) else "expired"


def _format_instant(instant: datetime | None) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ") if instant else "-"


def _format_columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """``rows`` as aligned lines, never wrapped, so that scripts can read them."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
