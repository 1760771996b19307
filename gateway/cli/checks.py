"""The command that checks whether what is kept of orders holds together."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import Progress

from gateway.adapters.clocks import SystemClock
from gateway.adapters.databases.opening import OpenDatabase
from gateway.cli.startup import EXIT_FAULTY, EXIT_NOT_STARTED, console, load_settings, print_error
from gateway.preparation import open_prepared_database
from gateway.services.order_checks import OrderCheck
from gateway.services.orders.hold_checks import list_ending_holds
from gateway.services.provider_clearance import LONG_FAILING, MAX_FAILING_LISTED
from gateway.services.provider_events import MAX_FAILED_LISTED
from gateway.settings import Settings

YEARS = range(1971, 9999)


def check(
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            show_default=False,
            help="Only what was placed, packed or bought from then on: a date, or a time.",
        ),
    ] = None,
) -> None:
    """Check that the sums of orders, money and parcels hold, and print what does not.

    Reads orders with their lines, charges, parcels and events, then parcels, then purchases, page
    by page, then holds that have ended or are not renewed, what the provider does not forget and
    events of its that failed; a gateway may run meanwhile. Nothing is changed. Ends with 1 where
    something is wrong.
    """
    settings = load_settings()
    earliest = _parse_since(since)
    count = asyncio.run(_print_violations(earliest, settings))
    if count:
        console().print(f"Violations: {count}.")
        raise typer.Exit(EXIT_FAULTY)
    console().print("All is well.")


async def _print_violations(since: datetime | None, settings: Settings) -> int:
    """How many violations were printed."""
    count = 0
    async with open_prepared_database(settings) as database:
        terminal = console(stderr=True)
        disabled = not terminal.is_terminal
        with Progress(console=terminal, transient=True, disable=disabled) as progress:
            task = progress.add_task("Checking", total=None)
            order_check = OrderCheck(
                database,
                SystemClock().now(),
                since,
                lambda row_count: progress.advance(task, row_count),
            )
            async for violation in order_check.find_violations():
                count += 1
                console().print(
                    f"{violation.invariant} {violation.subject_id}: {violation.sentence}",
                    markup=False,
                    soft_wrap=True,
                )
        count += await _print_ending_holds(database)
        count += await _print_failing_clearances(database)
        return count + await _print_failed_events(database)


async def _print_ending_holds(database: OpenDatabase) -> int:
    """How many holds were printed that do not last until their goods leave."""
    holds = await list_ending_holds(SystemClock().now(), database)
    for hold in holds:
        ends_at = hold.held_until.isoformat(timespec="seconds")
        sentence = (
            f"ended at {ends_at}, and goods are still to leave: it is asked for anew when they do."
            if hold.refusal is None
            else f"ends at {ends_at} and is not renewed ({hold.refusal}): dispatch before that, or "
            "it is asked for anew then."
        )
        console().print(
            f"HOLDS {hold.charge_id}: The hold of {hold.amount.text} for order {hold.order_id} "
            f"{sentence}",
            markup=False,
            soft_wrap=True,
        )
    return len(holds)


async def _print_failing_clearances(database: OpenDatabase) -> int:
    """How many methods and customers were printed that the payment provider does not forget."""
    given_up_before = SystemClock().now() - LONG_FAILING
    async with database.read() as reading:
        failing_clearances = await reading.provider_clearances.list_failing(MAX_FAILING_LISTED)
    clearances = [
        clearance for clearance in failing_clearances if clearance.created_at < given_up_before
    ]
    for clearance in clearances:
        console().print(
            f"CLEARANCES {clearance.id}: The payment provider has not yet forgotten this "
            f"{clearance.kind.lower()}, given up at "
            f"{clearance.created_at.isoformat(timespec='seconds')} ({clearance.failure}): it is "
            "tried again, see the log.",
            markup=False,
            soft_wrap=True,
        )
    return len(clearances)


async def _print_failed_events(database: OpenDatabase) -> int:
    """How many events of the payment provider were printed that are dead letters."""
    async with database.read() as reading:
        events = await reading.provider_events.list_failed(MAX_FAILED_LISTED)
    for event in events:
        console().print(
            f"EVENTS {event.id}: The provider's {event.type} of {event.object_id}, received at "
            f"{event.received_at.isoformat(timespec='seconds')}, could not be acted on "
            f"({event.failure}): see the log, then `gateway provider-events retry`.",
            markup=False,
            soft_wrap=True,
        )
    return len(events)


def _parse_since(text: str | None) -> datetime | None:
    """The instant of ``text``, a time or a date (its start); ends the command if it is neither."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.year not in YEARS:
        print_error("--since: a date such as 2027-01-31, or a time such as 2027-01-31T18:00:00Z")
        raise typer.Exit(EXIT_NOT_STARTED)
    return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
