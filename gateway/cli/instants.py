"""Instants in the arguments of commands."""

from datetime import UTC, datetime

import typer

from gateway.cli.startup import EXIT_NOT_STARTED, print_error

YEARS = range(2000, 2101)


def parse_instant(option: str, text: str | None) -> datetime | None:
    """The instant of ``text``, a time or a date (its start); ends the command if it is neither.

    ``option`` names the argument in the error message.
    """
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.year not in YEARS:
        print_error(f"{option}: a date such as 2027-01-31, or a time such as 2027-01-31T18:00:00Z")
        raise typer.Exit(EXIT_NOT_STARTED)
    return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
