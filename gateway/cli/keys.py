"""Commands that make, list and end API keys."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

import typer

from gateway.bootstrap import Gateway
from gateway.cli.access import with_gateway
from gateway.cli.starting import FAULTY, NOT_BEGUN, complain, settings
from gateway.services.identity.emails import normalised
from gateway.services.identity.registering import by_email, by_id
from gateway.services.keys import MAX_NAME, add_key, every_key, key_name, revoke_key
from gateway.services.ports.database import Duplicate, Reading
from gateway.services.ports.keys import KeyRecord, Role

YEARS = range(2000, 2101)

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
    role: Annotated[Role, typer.Option(help="What it may do.")],
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
    if role is Role.PARTNER and purchaser is None:
        complain("a partner's key needs --purchaser: who pays for the gifts made with it")
        raise typer.Exit(NOT_BEGUN)
    called, ends = _called(name), _instant(expires)

    async def added(gateway: Gateway) -> str | None:
        parts = gateway.parts
        payer = None
        if purchaser is not None:
            payer = await _payer(purchaser, gateway)
            if payer is None:
                return None
        return await add_key(
            called,
            role,
            payer,
            database=parts.database,
            ids=parts.ids,
            clock=parts.clock,
            expires_at=ends,
        )

    try:
        secret = asyncio.run(with_gateway(settings(), added))
    except Duplicate:
        complain(f"there is a key called {called} already: revoke it first, or take another name")
        raise typer.Exit(FAULTY) from None
    if secret is None:
        complain(f"no purchaser has the verified e-mail {purchaser}")
        raise typer.Exit(FAULTY)
    typer.echo(secret)


@key.command("list")
def list_() -> None:
    """List the keys: what each is for, whose, and how long it counts; never the key itself."""
    for row in _columns(asyncio.run(with_gateway(settings(), _rows))):
        typer.echo(row)


@key.command("revoke")
def revoke(name: Name) -> None:
    """Let a key count no more, at once: what is open with it ends. It stays in the list."""
    called = _called(name)

    async def revoked(gateway: Gateway) -> bool:
        parts = gateway.parts
        return await revoke_key(called, database=parts.database, clock=parts.clock)

    if not asyncio.run(with_gateway(settings(), revoked)):
        complain(f"there is no key called {called}")
        raise typer.Exit(FAULTY)
    typer.echo(f"{called} is revoked.")


def _called(name: str) -> str:
    called = key_name(name)
    if called is None:
        complain(f"a key's name has 1 to {MAX_NAME} characters that can be seen")
        raise typer.Exit(NOT_BEGUN)
    return called


def _instant(text: str | None) -> datetime | None:
    """The first moment of a date, or the time, that ``text`` is; the command ends where neither."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.year not in YEARS:
        complain("--expires: a date such as 2027-01-31, or a time such as 2027-01-31T18:00:00Z")
        raise typer.Exit(NOT_BEGUN)
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


async def _payer(purchaser: str, gateway: Gateway) -> str | None:
    address = normalised(purchaser)
    if address is None:
        return None
    async with gateway.parts.database.read() as reading:
        return await by_email(address, reading=reading, cipher=gateway.parts.cipher)


HEADINGS = ("NAME", "ROLE", "PURCHASER", "CREATED", "EXPIRES", "STATE")


async def _rows(gateway: Gateway) -> list[tuple[str, ...]]:
    parts = gateway.parts
    async with parts.database.read() as reading:
        return [
            HEADINGS,
            *[
                (
                    each.key.name,
                    each.key.role.value,
                    await _email(each.key.purchaser_id, reading, gateway),
                    _shown(each.created_at),
                    _shown(each.expires_at),
                    _state(each, parts.clock.now()),
                )
                for each in await every_key(reading=reading)
            ],
        ]


async def _email(purchaser_id: str | None, reading: Reading, gateway: Gateway) -> str:
    if purchaser_id is None:
        return "-"
    found = await by_id(purchaser_id, reading=reading, cipher=gateway.parts.cipher)
    return found.email if found else purchaser_id


def _state(record: KeyRecord, now: datetime) -> str:
    if record.revoked_at is not None:
        return f"revoked {_shown(record.revoked_at)}"
    return "in force" if record.in_force(now) else "expired"


def _shown(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else "-"


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """``rows`` as lines, never broken, so that a script can read them too."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
