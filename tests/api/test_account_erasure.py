"""Erasing an account: orders stay without a person, and nothing else of the person stays."""

import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from gateway import bootstrap, secret_key
from gateway.adapters.encryption import EnvelopeCipher
from gateway.adapters.tables import all_tables
from gateway.engine.addresses.address import PostalAddress
from gateway.server import erase_listed_again, prepare_first_start
from gateway.services.gifts.imported_directory import DirectoryImport
from gateway.services.ports.api_keys import ApiKeyRole
from gateway.services.ports.sources import SourceRecord
from gateway.settings import Settings
from gateway.worker import run_due_jobs
from tests.api.house import ANONYMOUS, InProcessGateway, RequestIdentity, open_gateway

SECRET = "a secret of the tests, long enough"
EMAIL, PHONE = "zelda.quill@example.com", "+16502530000"
TELLTALES = re.compile("zelda|quill|heron|6502530000|6505550100", re.IGNORECASE)
"""What nothing but her own data has in it."""
ADDRESS = {
    "name": "Zelda Quill",
    "country": "US",
    "region": "CA",
    "city": "Mountain View",
    "postalCode": "94043",
    "lines": ["77 Quill Terrace"],
    "phone": "+16505550100",
}
RECIPIENT = {
    "name": "Kim Heron",
    "postal": {key: ADDRESS[key] for key in ("country", "region", "city", "postalCode")}
    | {"lines": ["5 Heron Street"]},
}
ERASE = "mutation { purchaserErase { purchaser { id } userErrors { code field message } } }"
ERASED: dict[str, dict[str, Any]] = {"purchaserErase": {"purchaser": None, "userErrors": []}}
ORDER_FOR_STAFF = """query ($id: ID!) { order(id: $id) {
  number status email shippingAddress { name } total { gross { amount } }
  shipments { shipTo { name } trackingNumber } items { name quantity }
} }"""


class ReadableCipher(EnvelopeCipher):
    """Seals by writing whose key opens it before the text: so what can be unsealed can be read."""

    def seal(self, subject: str, wrapped_key: bytes, plaintext: bytes, context: str) -> bytes:
        assert wrapped_key
        return b"\0".join((subject.encode(), context.encode(), plaintext))

    def unseal(self, subject: str, wrapped_key: bytes, sealed: bytes, context: str) -> bytes:
        sealed_for, sealed_in, plaintext = sealed.split(b"\0", 2)
        assert (sealed_for, sealed_in) == (subject.encode(), context.encode())
        return plaintext


@pytest.fixture
async def shop(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[InProcessGateway]:
    """The demonstration shop, once on each database."""
    for module in (bootstrap, secret_key):
        monkeypatch.setattr(module, "build_cipher", lambda _: ReadableCipher(SECRET))
    settings = Settings(
        data_dir=tmp_path / "data", database_url=database_url, secret_key=SecretStr(SECRET)
    )
    await prepare_first_start(settings)
    async with open_gateway(settings) as shop:
        yield shop


async def work(shop: InProcessGateway) -> None:
    """Let the worker do all that is due."""
    while await run_due_jobs(shop.gateway.jobs, datetime.now(UTC)):
        pass


async def sign_in(shop: InProcessGateway) -> RequestIdentity:
    """Zelda, who has just signed in by a mailed code."""
    client = RequestIdentity(client=await shop.new_client())
    await shop.execute_for_data(
        client,
        "mutation ($to: String!) { signInRequest(input: {email: $to}) { userErrors { code } } }",
        to=EMAIL,
    )
    await work(shop)
    mails = sorted(
        (shop.folder / "outbox").glob("sign-in-*.eml"), key=lambda it: it.stat().st_mtime
    )
    [code] = re.findall(r"code is (\d{6})", mails[-1].read_text())
    signed_in = await shop.execute_for_data(
        client,
        """mutation ($email: String!, $code: String!) {
          signIn(input: {email: $email, code: $code}) { token clientIdentifier }
        }""",
        email=EMAIL,
        code=code,
    )
    answer = signed_in["signIn"]
    return RequestIdentity(answer["token"], answer["clientIdentifier"])


async def change(
    shop: InProcessGateway, who: RequestIdentity, field: str, fields: str, **input: object
) -> Any:  # noqa: ANN401 - JSON
    """What a mutation without errors answers."""
    name = field[0].upper() + field[1:]
    data = await shop.execute_for_data(
        who,
        f"""mutation ($input: {name}Input!) {{
          {field}(input: $input) {{ {fields} userErrors {{ code message }} }}
        }}""",
        input=input,
    )
    assert data[field].pop("userErrors") == []
    return data[field]


async def settle_down(shop: InProcessGateway, zelda: RequestIdentity) -> None:
    """Say everything that a purchaser can say of herself."""
    await change(
        shop, zelda, "purchaserUpdate", "", name="Zelda Quill", phone=PHONE, locale="en-GB"
    )
    saved = await change(
        shop, zelda, "addressSave", "address { id }",
        label="Quill home", address=ADDRESS, useForGifts=True,
    )  # fmt: skip
    method = await change(
        shop, zelda, "paymentMethodSave", "paymentMethod { id }",
        providerToken="sim_ok", nickname="Quill card",
    )  # fmt: skip
    await change(
        shop, zelda, "oneClickEnable", "enabled",
        addressId=saved["address"]["id"], paymentMethodId=method["paymentMethod"]["id"],
        label="Quill click",
    )  # fmt: skip
    dependencies = shop.gateway.dependencies
    directory = DirectoryImport(
        dependencies.database,
        dependencies.cipher,
        dependencies.clock,
        dependencies.identity.phones,
    )
    place = PostalAddress("Zelda Quill", "US", "CA", "Mountain View", "94043", ("1 Heron Road",))
    assert await directory.import_record(SourceRecord("Zelda Quill", (EMAIL,), (PHONE,), place))


async def buy(shop: InProcessGateway, zelda: RequestIdentity, key: str) -> dict[str, Any]:
    """An order by one click."""
    data = await shop.execute_for_data(
        zelda,
        """mutation ($variant: ID!, $key: String!) {
          oneClickPurchase(input: {variantId: $variant, idempotencyKey: $key}) {
            ... on OrderPlaced { order { id number items { lineId } } }
          }
        }""",
        variant=await shop.find_variant(),
        key=key,
    )
    return dict(data["oneClickPurchase"]["order"])


async def put_words_in_cart(shop: InProcessGateway, zelda: RequestIdentity) -> str:
    """The id of Zelda's own cart, with all that can be written on it."""
    lines = [
        {
            "variantId": await shop.find_variant(),
            "attributes": [{"key": "engraving", "value": "Dear heron"}],
        }
    ]
    made = await change(shop, zelda, "cartCreate", "cart { id }", lines=lines)
    id = made["cart"]["id"]
    await change(
        shop, zelda, "cartDetailsSet", "cart { id }",
        cartId=id, note="For the heron", attributes=[{"key": "door", "value": "Quill"}],
    )  # fmt: skip
    await change(shop, zelda, "cartClaim", "cart { id }", cartId=id)
    return str(id)


async def check_out_words(
    shop: InProcessGateway, zelda: RequestIdentity, staff: RequestIdentity
) -> None:
    """Buy a cart with all that can be written on it, and get it."""
    id = await put_words_in_cart(shop, zelda)
    data = await shop.execute_for_data(
        zelda,
        """query ($id: ID!) {
          cart(id: $id) { version }
          viewer { purchaser { addresses { id } paymentMethods { id } } }
        }""",
        id=id,
    )
    purchaser = data["viewer"]["purchaser"]
    bought = await shop.execute_for_data(
        zelda,
        """mutation ($input: CartCheckoutInput!) {
          cartCheckout(input: $input) { ... on OrderPlaced { order { id } } }
        }""",
        input={
            "cartId": id,
            "expectedVersion": data["cart"]["version"],
            "expectedTotal": "1000",
            "idempotencyKey": "words",
            "addressId": purchaser["addresses"][0]["id"],
            "paymentMethodId": purchaser["paymentMethods"][0]["id"],
        },
    )
    await deliver(shop, staff, bought["cartCheckout"]["order"]["id"])


async def deliver(shop: InProcessGateway, staff: RequestIdentity, id: str) -> None:
    """A carrier's words of an order or a gift."""
    await work(shop)
    for status in ("DISPATCHED", "DELIVERED"):
        page = "https://carrier.example/quill"
        await change(shop, staff, "shipmentUpdate", "", id=id, status=status, trackingUrl=page)
        await work(shop)


async def give(shop: InProcessGateway, zelda: RequestIdentity, key: str) -> dict[str, Any]:
    """A gift to an address that Zelda knows."""
    made = await change(
        shop, zelda, "giftCreate", "gifts { id trackingNumber }",
        variantId=await shop.find_variant(), recipients=[RECIPIENT], message="From the heron",
        wrap="heron paper", idempotencyKey=key, **{"from": "Zelda of the herons"},
    )  # fmt: skip
    await work(shop)
    [gift] = made["gifts"]
    return dict(gift)


async def read_rows(shop: InProcessGateway) -> dict[str, list[list[object]]]:
    """Every row of every table."""
    settings = shop.gateway.settings
    names = [table.name for table in all_tables().sorted_tables]
    if settings.resolved_database_url.startswith("sqlite"):
        file = settings.resolved_database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(file)) as connection:
            return {
                name: [list(row) for row in connection.execute(f"SELECT * FROM {name}")]  # noqa: S608
                for name in names
            }
    connection_to_postgres = await asyncpg.connect(settings.resolved_database_url)
    try:
        return {
            name: [list(row) for row in await connection_to_postgres.fetch(f"SELECT * FROM {name}")]  # noqa: S608
            for name in names
        }
    finally:
        await connection_to_postgres.close()


def telling_tables(rows: dict[str, list[list[object]]]) -> set[str]:
    """The tables that tell of Zelda to whoever has the database and its secret."""
    subjects = {str(row[0]) for row in rows["data_keys"]}
    return {
        name
        for name, table_rows in rows.items()
        for row in table_rows
        for value in row
        if any(TELLTALES.search(text) for text in _readable_texts(value, subjects))
    }


def _readable_texts(value: object, subjects: set[str]) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        subject, separator, _ = value.partition(b"\0")
        if not separator or subject.decode(errors="replace") in subjects:
            yield value.decode(errors="replace")


def blind_indexes_kept(shop: InProcessGateway, rows: dict[str, list[list[object]]]) -> set[str]:
    """The tables that have a hash by which Zelda's e-mail address or number can be looked up."""
    cipher = shop.gateway.dependencies.cipher
    purposes = {
        "purchaser e-mail": EMAIL,
        "directory key": f"email:{EMAIL}",
        "recipient's mailbox": EMAIL,
    }
    hashes = {
        index for purpose, text in purposes.items() for index in cipher.blind_indexes(purpose, text)
    }
    return {
        name
        for name, table_rows in rows.items()
        for row in table_rows
        for value in row
        if value in hashes
    }


async def test_orders_stay_without_a_person(shop: InProcessGateway) -> None:  # R117
    zelda = await sign_in(shop)
    before = await shop.execute_for_data(zelda, "{ viewer { purchaser { id } } }")
    purchaser_id = before["viewer"]["purchaser"]["id"]
    await settle_down(shop, zelda)
    staff = RequestIdentity(await shop.add_key("desk", ApiKeyRole.STAFF))
    partner = RequestIdentity(await shop.add_key("app", ApiKeyRole.PARTNER, EMAIL))
    order = await buy(shop, zelda, "first")
    await deliver(shop, staff, order["id"])
    line = {"lineId": order["items"][0]["lineId"], "quantity": 1}
    requested = await change(
        shop, zelda, "returnRequest", "return { id }",
        orderId=order["id"], lines=[line], reason="The heron is chipped",
    )  # fmt: skip
    await change(
        shop, staff, "returnUpdate", "return { id }",
        returnId=requested["return"]["id"], status="DECLINED",
    )  # fmt: skip
    await check_out_words(shop, zelda, staff)
    await put_words_in_cart(shop, zelda)
    cancelled = await buy(shop, zelda, "second")
    await change(shop, zelda, "orderCancel", "order { id }", orderId=cancelled["id"])
    gift, cancelled_gift = await give(shop, zelda, "third"), await give(shop, zelda, "fourth")
    await deliver(shop, staff, gift["id"])
    await change(shop, zelda, "giftCancel", "gift { id }", giftId=cancelled_gift["id"])
    await work(shop)
    personal_tables = telling_tables(await read_rows(shop))
    assert personal_tables >= {
        "purchasers",
        "addresses",
        "payment_methods",
        "one_click_grants",
        "orders",
    }
    assert personal_tables >= {
        "carts",
        "shipments",
        "returns",
        "gifts",
        "directory_entries",
        "purchase_attempts",
    }
    as_staff = (await shop.execute_for_data(staff, ORDER_FOR_STAFF, id=order["id"]))["order"]
    assert as_staff["email"] == EMAIL
    assert list((shop.folder / "outbox").glob("*.eml")) != []

    assert await shop.execute_for_data(zelda, ERASE) == ERASED

    rows = await read_rows(shop)
    assert telling_tables(rows) == {"kept_invoices"}
    assert blind_indexes_kept(shop, rows) == set()
    assert purchaser_id not in {row[0] for row in rows["data_keys"]}
    assert not any(EMAIL in mail.read_text() for mail in (shop.folder / "outbox").glob("*.eml"))
    # The shop's books are as they were.
    assert (await shop.execute_for_data(staff, ORDER_FOR_STAFF, id=order["id"]))["order"] == {
        **as_staff,
        "email": None,
        "shippingAddress": None,
        "shipments": [{"shipTo": None, "trackingNumber": None}],
    }
    # Nobody is signed in, recognised, or gives at her expense any more.
    viewer = "{ viewer { purchaser { id } orders { nodes { id } } openOrders { id } } }"
    nobody: dict[str, Any] = {
        "viewer": {"purchaser": None, "orders": {"nodes": []}, "openOrders": []}
    }
    assert await shop.execute_for_data(zelda, viewer) == nobody
    seen = "{ viewer { client { candidates { hint } } } }"
    answer = await shop.execute_for_data(RequestIdentity(client=zelda.client), seen)
    assert answer == {"viewer": {"client": {"candidates": []}}}
    erased_again = await shop.execute_for_data(zelda, ERASE)
    assert [error["code"] for error in erased_again["purchaserErase"]["userErrors"]] == [
        "SIGN_IN_REQUIRED"
    ]
    webhooks = 'mutation { webhookSave(input: {url: "https://a.example"}) { userErrors { code } } }'
    assert await shop.execute_for_data(partner, webhooks) == {
        "webhookSave": {"userErrors": [{"code": "FORBIDDEN"}]}
    }
    # Whoever signs in by the address is somebody new.
    anew = await sign_in(shop)
    answer = await shop.execute_for_data(
        anew, "{ viewer { purchaser { id name addresses { id } } orders { nodes { id } } } }"
    )
    purchaser = answer["viewer"]["purchaser"]
    assert purchaser["id"] != purchaser_id
    assert answer == {
        "viewer": {
            "purchaser": {"id": purchaser["id"], "name": None, "addresses": []},
            "orders": {"nodes": []},
        }
    }
    # The desk can still give money back.
    refund = await change(
        shop, staff, "orderRefund", "refund { status }", orderId=order["id"], idempotencyKey="r"
    )
    assert refund == {"refund": {"status": "COMPLETED"}}


async def test_what_has_not_ended_is_told(shop: InProcessGateway) -> None:  # R117
    zelda = await sign_in(shop)
    await settle_down(shop, zelda)
    order, gift = await buy(shop, zelda, "first"), await give(shop, zelda, "second")
    rows = await read_rows(shop)
    message = (
        f"Not everything has ended: order {order['number']} is OPEN; gift "
        f"{gift['trackingNumber']} is RESOLVED. Cancel what can be cancelled and wait for the "
        "rest to end, then erase the account: nothing was erased."
    )
    assert await shop.execute_for_data(zelda, ERASE) == {
        "purchaserErase": {
            "purchaser": None,
            "userErrors": [{"code": "NOT_MODIFIABLE", "field": None, "message": message}],
        }
    }
    assert await read_rows(shop) == rows
    await change(shop, zelda, "orderCancel", "order { id }", orderId=order["id"])
    await change(shop, zelda, "giftCancel", "gift { id }", giftId=gift["id"])
    await work(shop)
    assert await shop.execute_for_data(zelda, ERASE) == ERASED
    # Nothing was paid: there is no invoice.
    assert telling_tables(await read_rows(shop)) == set()


async def test_an_old_sign_in_erases_nothing(shop: InProcessGateway) -> None:  # R117
    zelda = await sign_in(shop)
    sessions = shop.gateway.dependencies.policy.reauthenticate_after
    assert sessions == timedelta(minutes=15)
    device = RequestIdentity(client=zelda.client)
    for who, code in ((ANONYMOUS, "SIGN_IN_REQUIRED"), (device, "REAUTHENTICATION_REQUIRED")):
        answer = await shop.execute_for_data(who, ERASE)
        assert [error["code"] for error in answer["purchaserErase"]["userErrors"]] == [code]
    answer = await shop.execute_for_data(zelda, "{ viewer { purchaser { email } } }")
    assert answer == {"viewer": {"purchaser": {"email": EMAIL}}}


async def test_a_restored_backup_knows_nobody_who_was_erased(
    demo_folder: Path, tmp_path: Path
) -> None:  # R117
    settings = Settings(data_dir=demo_folder)
    database, backup = settings.data_dir / "gateway.db", tmp_path / "backup.db"
    async with open_gateway(settings) as shop:
        zelda = await sign_in(shop)
        await settle_down(shop, zelda)
        with (
            closing(sqlite3.connect(database)) as source,
            closing(sqlite3.connect(backup)) as target,
        ):
            source.backup(target)
        assert await shop.execute_for_data(zelda, ERASE) == ERASED
        await erase_listed_again(shop.gateway)
    for file in settings.data_dir.glob("gateway.db*"):
        file.unlink()
    shutil.copy(backup, database)
    async with open_gateway(settings) as shop:
        viewer = "{ viewer { purchaser { id } } }"
        assert await shop.execute_for_data(zelda, viewer) != {"viewer": {"purchaser": None}}
        await erase_listed_again(shop.gateway)
        assert await shop.execute_for_data(zelda, viewer) == {"viewer": {"purchaser": None}}
        rows = await read_rows(shop)
        assert blind_indexes_kept(shop, rows) == set()
        assert [len(rows[name]) for name in ("addresses", "directory_entries")] == [3, 0]
