"""``gateway orders``: a file for its owner alone, an invoice, or one line that says why not."""

import asyncio
import csv
import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import pytest
from typer.testing import CliRunner, Result

from gateway.adapters.export_files import COLUMNS
from gateway.bootstrap import Gateway, bootstrap
from gateway.cli import app
from gateway.engine.cart_lines import LineRequest
from gateway.engine.pricing.purchase_details import (
    CONSUMER,
    TaxCustomer,
    TaxIdConsultation,
    TaxIdState,
)
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.services import cart_lines
from gateway.services.checkout.cart_checkout import CheckoutRequest, GuestBuyer, check_out_cart
from gateway.services.identity.callers import Credentials
from gateway.services.kept_invoices import Invoice, InvoiceBuyer, keep_invoice
from gateway.settings import Settings
from tests.shelves import HOME, find_variant_id
from tests.store import require_order

Run: TypeAlias = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``gateway orders`` in a data folder of the test's own."""
    import os

    for name in os.environ:
        if name.startswith("GATEWAY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "data"))

    def run_command(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["orders", *arguments])

    return run_command


async def buy(gateway: Gateway) -> str:
    """The number of a guest's new order."""
    dependencies = gateway.dependencies
    async with dependencies.database.read() as reading:
        variant_id = await find_variant_id("MUG-WHITE", reading)
    creation = await cart_lines.create_cart(None, [LineRequest(variant_id, 2)], dependencies)
    assert creation.value is not None
    cart = creation.value
    guest = GuestBuyer("guest@example.com", HOME, "sim_ok")
    request = CheckoutRequest(
        cart_id=cart.id,
        expected_version=cart.version,
        expected_total=None,  # type: ignore[arg-type]
        idempotency_key="key",
        guest=guest,
    )
    caller = await gateway.authenticator.authenticate(Credentials(None, None))
    outcome = await check_out_cart(request, caller=caller, dependencies=dependencies)
    return require_order(outcome).number


async def buy_in(folder: Path) -> str:
    async with bootstrap(Settings(data_dir=folder)) as gateway:
        return await buy(gateway)


def test_orders_are_exported_to_a_table_and_to_json(run: Run, tmp_path: Path) -> None:
    CliRunner().invoke(app, ["seed"])
    number = asyncio.run(buy_in(tmp_path / "data"))
    table, document = tmp_path / "orders.csv", tmp_path / "orders.json"
    for file in (table, document):
        answer = run("export", str(file))
        assert (answer.exit_code, answer.stdout) == (0, f"Rows exported: 1, to {file}.\n")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with table.open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    (same_row,) = json.loads(document.read_text())
    assert (row["number"], row["email"], row["sku"]) == (number, "guest@example.com", "MUG-WHITE")
    assert (same_row["number"], same_row["quantity"]) == (number, 2)
    assert row["unitPrice"] == same_row["unitPrice"]


def test_only_what_came_since_a_date(run: Run, tmp_path: Path) -> None:
    CliRunner().invoke(app, ["seed"])
    asyncio.run(buy_in(tmp_path / "data"))
    file = tmp_path / "orders.csv"
    for since, count in (("2099-01-01", 0), ("2020-01-01", 1)):
        answer = run("export", str(file), "--since", since)
        assert (answer.exit_code, answer.stdout) == (0, f"Rows exported: {count}, to {file}.\n")
        assert file.read_text().splitlines()[0] == ",".join(COLUMNS)


def test_a_wrong_date_and_a_wrong_file_are_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    for arguments, message in (
        (
            (str(file), "--since", "last week"),
            "--since: a date such as 2027-01-31, or a time such as 2027-01-31T18:00:00Z",
        ),
        ((str(tmp_path / "x.txt"),), f"{tmp_path}/x.txt: the name must end with .csv or .json"),
        (
            (str(tmp_path / "no" / "x.csv"),),
            f"{tmp_path}/no/x.csv: there is no folder {tmp_path}/no",
        ),
    ):
        answer = run("export", *arguments)
        assert (answer.exit_code, answer.stdout, answer.stderr) == (2, "", f"{message}\n")
    assert not file.exists()


def test_an_invoice_of_an_erased_account_is_printed(run: Run, demo_folder: Path) -> None:
    # R117, R134
    async def keep() -> None:
        settings = Settings(data_dir=demo_folder)
        async with bootstrap(settings) as gateway, gateway.database.begin() as work:
            evidence = TaxIdConsultation(datetime(2026, 1, 1, tzinfo=UTC), "WAPIAAAAW1")
            business = TaxCustomer(
                CustomerKind.BUSINESS, "FR40303265045", TaxIdState.CONFIRMED, "FR", evidence
            )
            for number, address, customer in (
                ("1001", HOME, business),
                ("GIFT", None, CONSUMER),
            ):
                await keep_invoice(
                    Invoice(f"id_{number}", number, datetime(2026, 1, 1, tzinfo=UTC)),
                    InvoiceBuyer("Ada Lovelace", "ada@example.com", address, customer),
                    work=work,
                    cipher=gateway.dependencies.cipher,
                )

    asyncio.run(keep())
    printed = run("invoice", "1001")
    assert (printed.exit_code, printed.stdout.splitlines()) == (
        0,
        [
            "Ada Lovelace",
            "ada@example.com",
            "100 Castro Street",
            "Mountain View CA 94043 US",
            "Tax id: FR40303265045 (WAPIAAAAW1)",
        ],
    )
    printed = run("invoice", "GIFT")
    assert (printed.exit_code, printed.stdout) == (0, "Ada Lovelace\nada@example.com\n")
    missing = run("invoice", "1002")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert missing.stderr.strip() == "No invoice of an erased account is kept for 1002."
