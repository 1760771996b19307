"""R126: `gateway check` prints what does not hold of orders, and ends with 1 then."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.cli import app
from gateway.engine.orders.holds import HOLD_RENEWAL_MARGIN
from tests.services.orders.ending_holds import OFF_SESSION, WaitingShop

EMPTY_PARCEL = """
INSERT INTO shipments (
  id, place, state, subject, sealed, created_at, due_at, version, purchaser_id
) VALUES ('shm_1', 2000000000000000000, 'READY', 'pur_1', '', 1800000000000000, 0, 1, 'pur_1')
"""

DEAD_LETTER = """
INSERT INTO provider_events (
  id, type, object_id, state, failure, received_at, due_at, attempts, version
) VALUES ('evt_1', 'refund.failed', 're_1', 'FAILED', 'ValueError', 1800000000000000, 0, 18, 40)
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(folder))
    return folder


def run_check(*options: str) -> Result:
    return CliRunner().invoke(app, ["check", *options])


def test_an_empty_database_is_well(data: Path) -> None:
    result = run_check()
    assert (result.exit_code, result.stdout) == (0, "All is well.\n")
    assert (data / "gateway.db").exists()


def test_what_does_not_hold_is_printed(data: Path) -> None:  # R126
    assert run_check().exit_code == 0
    with closing(sqlite3.connect(data / "gateway.db")) as connection, connection:
        connection.execute(EMPTY_PARCEL)
    result = run_check()
    assert result.exit_code == 1
    assert result.stdout == "PARCELS shm_1: It is empty.\nViolations: 1.\n"


def test_events_that_could_not_be_acted_on_are_printed_and_tried_again(data: Path) -> None:
    # R132
    assert run_check().exit_code == 0
    with closing(sqlite3.connect(data / "gateway.db")) as connection, connection:
        connection.execute(DEAD_LETTER)
    result = run_check()
    assert result.exit_code == 1
    assert result.stdout == (
        "EVENTS evt_1: The provider's refund.failed of re_1, received at 2027-01-15T08:00:00+00:00,"
        " could not be acted on (ValueError): see the log, then `gateway provider-events retry`.\n"
        "Violations: 1.\n"
    )
    retrial = CliRunner().invoke(app, ["provider-events", "retry"])
    assert (retrial.exit_code, retrial.stdout) == (0, "Events that are tried again: 1.\n")
    assert run_check().stdout == "All is well.\n"


def test_what_came_before_is_left_out(data: Path) -> None:
    assert run_check().exit_code == 0
    with closing(sqlite3.connect(data / "gateway.db")) as connection, connection:
        connection.execute(EMPTY_PARCEL)
    assert run_check("--since", "2026-01-01").exit_code == 1
    assert run_check("--since", "2090-01-01T12:00:00Z").exit_code == 0


@pytest.mark.parametrize("text", ["yesterday", "1969-12-31", "2026-13-01"])
def test_since_is_a_date(data: Path, text: str) -> None:
    result = run_check("--since", text)
    assert (result.exit_code, data.exists()) == (2, False)
    assert result.stderr.startswith("--since: a date such as 2027-01-31")


async def hold_for_orders(path: Path, now: datetime) -> tuple[str, str, str]:
    """An order whose hold has ended, and one whose hold is not renewed; what is told of them."""
    clock = ManualClock(now - OFF_SESSION)
    database = await SqliteDatabase.open(path, clock)
    shop = await WaitingShop.open(database, clock)
    _, first = await shop.place("ada@example.com")
    clock.advance(HOLD_RENEWAL_MARGIN / 2)
    _, second = await shop.place("kim@example.com")
    shop.provider.token = "sim_declined"
    await shop.work(now - clock.now())
    payments = [await shop.find_payment(order) for order in (first, second)]
    await database.close()
    ends = [payment.held_until for payment in payments]
    assert None not in ends
    ended_at, ends_at = (end.isoformat(timespec="seconds") for end in ends if end is not None)
    ended = (
        f"HOLDS {payments[0].charge_id}: The hold of 165.88 USD for order {first.id} ended at "
        f"{ended_at}, and goods are still to leave: it is asked for anew when they do."
    )
    refused = (
        f"HOLDS {payments[1].charge_id}: The hold of 165.88 USD for order {second.id} ends at "
        f"{ends_at} and is not renewed (DECLINED): dispatch before that, or it is asked for anew "
        "then."
    )
    return ended, refused, "Violations: 2."


def test_holds_that_do_not_last_until_their_goods_leave_are_printed(data: Path) -> None:
    # R131
    assert run_check().exit_code == 0
    now = datetime.now(UTC)
    lines = asyncio.run(hold_for_orders(data / "gateway.db", now))
    result = run_check()
    assert (result.exit_code, tuple(result.stdout.splitlines())) == (1, lines)
