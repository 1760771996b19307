"""Orders and gifts as staff export them: a row a line, page by page, to a file of their own."""

import csv
import json
import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.export_files import (
    COLUMNS,
    InvalidExportFile,
    open_export,
    require_export_file,
)
from gateway.engine.money import Currency, Money
from gateway.engine.pricing.purchase_details import Attribute
from gateway.services import encryption, order_export
from gateway.services.order_export import ExportRow, export_orders
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import BY_EMAIL, HOME_TYPED, GiftShop
from tests.services.gifts.shop import HOME as GIFT_HOME
from tests.shelves import HOME, MUG, PRINT
from tests.store import Store, require_order

USD = Currency("USD", 2)
ROW = ExportRow(
    number="ABC",
    placed_at=datetime(2026, 11, 2, 12, tzinfo=UTC),
    status="OPEN",
    email="ada@example.com",
    ship_to=replace(HOME, phone="+14155552671"),
    sku="MUG",
    title="Mug",
    quantity=2,
    unit_price=Money(1000, USD),
    total=Money(2145, USD),
    currency="USD",
    shipment_ids=("shm_1", "shm_2"),
    is_gift=False,
    attributes=(Attribute("Engraving", "Kim"), Attribute("Font", "serif")),
    note="=Ring twice",
    order_attributes=(Attribute("Source", "fair"),),
)


async def export(
    store: Store, shop: GiftShop, since: datetime | None = None
) -> list[tuple[ExportRow, ...]]:
    """The portions of the export of both, which have one database."""
    dependencies = replace(store.dependencies, cipher=shop.dependencies.cipher)
    return [rows async for rows in export_orders(since, dependencies, shop.dependencies)]


def export_file(path: Path, *portions: Sequence[ExportRow]) -> None:
    with open_export(path) as writer:
        for rows in portions:
            writer.write(rows)


def read_csv(path: Path) -> list[list[str]]:
    with path.open(newline="") as stream:
        return list(csv.reader(stream))


async def test_each_line_of_an_order_is_a_row_with_its_parcels(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    store, shop = await Store.open(databases, clock), GiftShop(databases, clock)
    shop.dependencies = replace(shop.dependencies, cipher=store.dependencies.cipher)
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG, 2))
    await buyer.purchase(PRINT, 1)
    clock.advance(store.dependencies.policy.consolidation.window)
    await store.work_until_idle()
    async with databases.read() as reading:
        (shipment,) = await reading.shipments.list_page(None, 9, None)
    (rows, gift_rows) = await export(store, shop)
    mug_row = ExportRow(
        number=order.number,
        placed_at=order.placed_at,
        status="SCHEDULED",
        email="ada@example.com",
        ship_to=HOME,
        sku="MUG",
        title="Mug",
        quantity=2,
        unit_price=Money(1000, USD),
        total=Money(2145, USD),
        currency="USD",
        shipment_ids=(shipment.id,),
        is_gift=False,
    )
    print_row = replace(
        mug_row,
        sku="PRINT",
        title="Print",
        quantity=1,
        unit_price=Money(12_000, USD),
        total=Money(12_870, USD),
    )
    assert (rows, gift_rows) == ((mug_row, print_row), ())


async def test_a_gift_is_a_row_with_its_givers_mail_and_its_address(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    store, shop = await Store.open(databases, clock), GiftShop(databases, clock)
    await shop.set_stock(9)
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    (order_rows, (row,)) = await export(store, shop)
    assert order_rows == ()
    assert row == ExportRow(
        number=gift.tracking_number,
        placed_at=gift.created_at,
        status=gift.status.value,
        email=f"{gift.giver_id}@givers.example.com",
        ship_to=GIFT_HOME,
        sku="var_tea",
        title=gift.item.title,
        quantity=gift.item.quantity,
        unit_price=None,
        total=gift.charges.final,
        currency="USD",
        shipment_ids=(gift.parcel_id or "",),
        is_gift=True,
    )


async def test_pages_are_read_one_by_one_and_only_since_a_date(
    databases: AnyDatabase, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, shop = await Store.open(databases, clock), GiftShop(databases, clock)
    shop.dependencies = replace(shop.dependencies, cipher=store.dependencies.cipher)
    for _ in range(5):
        await store.check_out_as_guest(await store.create_cart([(MUG, 1)]))
        clock.advance(timedelta(days=1))
    async with databases.read() as reading:
        orders = await reading.order_search.list_orders(None, None, 9)
    numbers = [order.number for order in orders]
    monkeypatch.setattr(order_export, "ORDERS_PER_READ", 2)
    portions = await export(store, shop)
    assert [len(rows) for rows in portions] == [2, 2, 1, 0]
    assert [row.number for rows in portions for row in rows] == numbers
    since = await export(store, shop, orders[2].placed_at)
    assert [row.number for rows in since for row in rows] == numbers[:3]


async def test_who_was_forgotten_has_no_address_in_it(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    store, shop = await Store.open(databases, clock), GiftShop(databases, clock)
    shop.dependencies = replace(shop.dependencies, cipher=store.dependencies.cipher)
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG))
    assert order.purchaser_id is not None
    async with databases.begin() as work:
        await encryption.delete_data_key(order.purchaser_id, work=work)
    ((row,), _) = await export(store, shop)
    assert (row.number, row.email, row.ship_to) == (order.number, None, None)


def test_a_table_has_a_row_a_line_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("what was there")
    path.chmod(0o644)
    export_file(path, [ROW], [], [replace(ROW, ship_to=None, unit_price=None, is_gift=True)])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["orders.csv"]
    heading, order_row, gift_row = read_csv(path)
    assert heading == list(COLUMNS)
    assert dict(zip(heading, order_row, strict=True)) == {
        "number": "ABC",
        "placedAt": "2026-11-02T12:00:00+00:00",
        "status": "OPEN",
        "email": "ada@example.com",
        "shipToName": "Ada Lovelace",
        "shipToLines": "100 Castro Street",
        "shipToCity": "Mountain View",
        "shipToRegion": "CA",
        "shipToPostalCode": "94043",
        "shipToCountry": "US",
        "shipToPhone": "'+14155552671",
        "sku": "MUG",
        "title": "Mug",
        "quantity": "2",
        "unitPrice": "10.00",
        "total": "21.45",
        "currency": "USD",
        "shipmentId": "shm_1 shm_2",
        "gift": "false",
        "attributes": "Engraving: Kim; Font: serif",
        "note": "'=Ring twice",
        "orderAttributes": "Source: fair",
        "customerKind": "CONSUMER",
        "taxId": "",
        "taxIdState": "",
        "taxIdConfirmedAt": "",
        "taxIdConsultation": "",
    }
    assert [gift_row[COLUMNS.index(name)] for name in ("shipToName", "unitPrice", "gift")] == [
        "",
        "",
        "true",
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_table_is_run_as_a_formula(tmp_path: Path, start: str) -> None:
    path, title = tmp_path / "orders.csv", f'{start}HYPERLINK("https://evil.example")'
    export_file(path, [replace(ROW, title=title, sku=f"A{title}")])
    row = read_csv(path)[1]
    assert row[COLUMNS.index("title")] == f"'{title}"
    assert row[COLUMNS.index("sku")] == f"A{title}"


def test_json_is_a_list_of_objects_with_the_same_names(tmp_path: Path) -> None:
    path, empty = tmp_path / "orders.JSON", tmp_path / "empty.json"
    export_file(path, [ROW, ROW], [replace(ROW, title="=Tee für zwei", shipment_ids=())])
    export_file(empty, [])
    rows = json.loads(path.read_text())
    assert [list(row) for row in rows] == [list(COLUMNS)] * 3
    assert (rows[0]["quantity"], rows[0]["gift"], rows[0]["total"]) == (2, False, "21.45")
    assert (rows[2]["title"], rows[2]["shipmentId"]) == ("=Tee für zwei", None)
    assert json.loads(empty.read_text()) == []


def test_what_was_there_stays_when_an_export_fails(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("what was there")

    def fail() -> None:
        with open_export(path) as writer:
            writer.write([ROW])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [
        ("orders.csv", "what was there")
    ]


def test_what_cannot_become_an_export_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    refusals = {}
    for name in ("orders.txt", "orders", "folder.csv", "none/orders.csv"):
        with pytest.raises(InvalidExportFile) as refusal:
            require_export_file(tmp_path / name)
        refusals[name] = str(refusal.value).removeprefix(f"{tmp_path / name}: ")
    assert refusals == {
        "orders.txt": "the name must end with .csv or .json",
        "orders": "the name must end with .csv or .json",
        "folder.csv": "is a folder",
        "none/orders.csv": f"there is no folder {tmp_path / 'none'}",
    }
