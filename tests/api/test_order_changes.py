"""Changes of orders over GraphQL: previewed, guarded, and by guests with their link."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.services.orders.confirmation_mail import CHANGE_MAIL_INTERVAL
from gateway.settings import Settings
from gateway.worker import run_due_jobs
from tests.api.house import (
    ADA,
    ANONYMOUS,
    GRACE,
    OWN_RECORDS,
    InProcessGateway,
    RequestIdentity,
    open_gateway,
)

ORDER_FIELDS = """order {
  status canModify total { gross { amount } } items { lineId quantity }
} userErrors { code field message } warnings { code }"""
LINE_UPDATE = f"""mutation ($input: OrderLineUpdateInput!) {{
  orderLineUpdate(input: $input) {{ {ORDER_FIELDS} }}
}}"""
ADDRESS_SET = """mutation ($input: OrderAddressSetInput!) {
  orderAddressSet(input: $input) {
    order { email shippingAddress { name city } } userErrors { code field message }
  }
}"""
CANCEL_WITHIN = """mutation ($input: OrderCancelInput!) {
  orderCancel(input: $input) { order { status } userErrors { code field message } }
}"""
CANCEL = """mutation ($id: ID!) {
  orderCancel(input: {orderId: $id}) { order { status canModify } userErrors { code field } }
}"""
ACCESS = """mutation ($token: String!) {
  orderAccess(input: {token: $token}) {
    order { id email shippingAddress { name city } canModify }
    userErrors { code field message } warnings { code }
  }
}"""
ORDER = """query ($id: ID!) { order(id: $id) {
  status canModify modifiableUntil email shippingAddress { city } items { lineId quantity }
} }"""
EVENTS = "query ($id: ID!) { order(id: $id) { events { nodes { type } } } }"
CREATE_CART = """mutation ($variant: ID!) {
  cartCreate(input: {lines: [{variantId: $variant, quantity: 2}]}) { cart { id version } }
}"""
CHECK_OUT = """mutation ($input: CartCheckoutInput!) { cartCheckout(input: $input) {
  __typename ... on OrderPlaced { undoUntil order { id email canModify modifiableUntil } }
} }"""
ADDRESS = {
    "name": "Kim Lee",
    "country": "US",
    "region": "CA",
    "city": "Mountain View",
    "postalCode": "94043",
    "lines": ["100 Castro Street"],
}
NEW_ADDRESS = {
    **ADDRESS, "region": "NY", "city": "New York", "postalCode": "10001", "lines": ["5 Penn Plaza"],
}  # fmt: skip
NOT_FOUND = {
    "code": "NOT_FOUND", "field": ["input", "orderId"], "message": "There is no such order.",
}  # fmt: skip


@pytest.fixture
async def shop(demo_folder: Path) -> AsyncIterator[InProcessGateway]:
    async with open_gateway(Settings(data_dir=demo_folder)) as opened:
        yield opened


async def set_quantity(
    shop: InProcessGateway, identity: RequestIdentity, **fields: object
) -> dict[str, Any]:
    answer = await shop.execute_for_data(identity, LINE_UPDATE, input=fields)
    return dict(answer["orderLineUpdate"])


async def find_line(shop: InProcessGateway, identity: RequestIdentity, order_id: str) -> str:
    answer = await shop.execute_for_data(identity, ORDER, id=order_id)
    return str(answer["order"]["items"][0]["lineId"])


async def test_a_line_is_changed_with_its_new_total_told_before(shop: InProcessGateway) -> None:
    """R120."""
    ada = RequestIdentity(await shop.sign_in(ADA), await shop.new_client())
    order_id = await shop.place_order(ada)
    device = RequestIdentity(client=ada.client)
    line_id = await find_line(shop, device, order_id)
    fields = {"orderId": order_id, "lineId": line_id, "quantity": 2}

    preview = await set_quantity(shop, device, **fields, dryRun=True)
    total = preview["order"]["total"]["gross"]["amount"]
    assert preview == {
        "order": {
            "status": "OPEN",
            "canModify": True,
            "total": {"gross": {"amount": total}},
            "items": [{"lineId": line_id, "quantity": 2}],
        },
        "userErrors": [],
        "warnings": [],
    }
    unguarded = await set_quantity(shop, device, **fields)
    assert unguarded["order"]["items"] == [{"lineId": line_id, "quantity": 1}]
    assert [(each["code"], each["field"]) for each in unguarded["userErrors"]] == [
        ("PRICE_CHANGED", ["input", "expectedTotal"])
    ]
    changed = await set_quantity(shop, device, **fields, expectedTotal=total, idempotencyKey="k")
    assert changed == preview
    assert await set_quantity(
        shop, device, **fields, expectedTotal=total, idempotencyKey="k"
    ) == preview  # fmt: skip
    events = (await shop.execute_for_data(ada, EVENTS, id=order_id))["order"]["events"]["nodes"]
    assert [each["type"] for each in events] == ["placed", "line_changed"]

    grace = RequestIdentity(await shop.sign_in(GRACE))
    assert await set_quantity(shop, grace, **fields) == {
        "order": None,
        "userErrors": [NOT_FOUND],
        "warnings": [],
    }
    for quantity in (-1, 1_000_001):
        refused = await set_quantity(shop, device, **{**fields, "quantity": quantity})
        assert refused["order"] == preview["order"]
        assert [(each["code"], each["field"]) for each in refused["userErrors"]] == [
            ("INVALID_INPUT", ["input", "quantity"])
        ]
    gone = await set_quantity(shop, device, **{**fields, "quantity": 0})
    assert (gone["order"]["status"], gone["order"]["canModify"]) == ("CANCELLED", False)
    too_late = await set_quantity(shop, device, **fields)
    assert too_late["order"]["status"] == "CANCELLED"
    assert too_late["userErrors"] == [
        {
            "code": "NOT_MODIFIABLE",
            "field": ["input", "orderId"],
            "message": "The order is cancelled.",
        }
    ]


async def test_an_order_moves_to_another_address_of_its_purchaser(shop: InProcessGateway) -> None:
    """R120: told before, with a recent sign-in."""
    ada = RequestIdentity(await shop.sign_in(ADA), await shop.new_client())
    order_id = await shop.place_order(ada)
    saved = await shop.execute_for_data(
        ada,
        "mutation ($input: AddressSaveInput!) { addressSave(input: $input) { address { id } } }",
        input={"label": "laboratory", "address": NEW_ADDRESS},
    )
    fields = {
        "orderId": order_id,
        "addressId": saved["addressSave"]["address"]["id"],
        "expectedTotal": "1000",
    }
    device = RequestIdentity(client=ada.client)
    refused = await shop.execute_for_data(device, ADDRESS_SET, input=fields)
    assert refused["orderAddressSet"]["userErrors"][0]["code"] == "REAUTHENTICATION_REQUIRED"
    assert refused["orderAddressSet"]["order"] == {"email": None, "shippingAddress": None}
    before = (await shop.execute_for_data(ada, ORDER, id=order_id))["order"]["shippingAddress"]
    preview = await shop.execute_for_data(ada, ADDRESS_SET, input={**fields, "dryRun": True})
    moved = {"email": ADA, "shippingAddress": {"name": "Kim Lee", "city": "New York"}}
    assert preview == {"orderAddressSet": {"order": moved, "userErrors": []}}
    order = (await shop.execute_for_data(ada, ORDER, id=order_id))["order"]
    assert order["shippingAddress"] == before
    assert await shop.execute_for_data(ada, ADDRESS_SET, input=fields) == preview
    order = (await shop.execute_for_data(ada, ORDER, id=order_id))["order"]
    assert order["shippingAddress"] == {"city": "New York"}
    records = (await shop.execute_for_data(ada, OWN_RECORDS))["viewer"]["purchaser"]
    assert fields["addressId"] in [each["id"] for each in records["addresses"]]


async def test_a_guest_comes_back_by_the_link(shop: InProcessGateway) -> None:
    """R121: the device sees the lines; who holds the link sees and changes the address too."""
    guest = RequestIdentity(client=await shop.new_client())
    cart = (await shop.execute_for_data(guest, CREATE_CART, variant=await shop.find_variant()))[
        "cartCreate"
    ]["cart"]
    checkout = {
        "cartId": cart["id"],
        "expectedVersion": cart["version"],
        "expectedTotal": "1000",
        "idempotencyKey": "guest",
        "guest": {"email": "kim@example.com", "address": ADDRESS, "providerToken": "sim_ok"},
    }
    placed = (await shop.execute_for_data(guest, CHECK_OUT, input=checkout))["cartCheckout"]
    order_id = placed["order"]["id"]
    assert placed == {
        "__typename": "OrderPlaced",
        "undoUntil": placed["order"]["modifiableUntil"],
        "order": {
            "id": order_id,
            "email": None,
            "canModify": True,
            "modifiableUntil": placed["undoUntil"],
        },
    }
    line_id = await find_line(shop, guest, order_id)
    order = (await shop.execute_for_data(guest, ORDER, id=order_id))["order"]
    assert (order["email"], order["shippingAddress"], order["canModify"]) == (None, None, True)
    fewer = await set_quantity(shop, guest, orderId=order_id, lineId=line_id, quantity=1)
    assert fewer["userErrors"] == []
    stranger = RequestIdentity(client=await shop.new_client())
    assert await shop.execute_for_data(stranger, ORDER, id=order_id) == {"order": None}
    assert await shop.execute_for_data(ANONYMOUS, CANCEL, id=order_id) == {
        "orderCancel": {
            "order": None,
            "userErrors": [{"code": "NOT_FOUND", "field": ["input", "orderId"]}],
        }
    }

    wrong = await shop.execute_for_data(stranger, ACCESS, token="wrong")
    assert wrong["orderAccess"] == {
        "order": None,
        "userErrors": [
            {
                "code": "INVALID_TOKEN",
                "field": ["input", "token"],
                "message": "The link is wrong or has expired.",
            }
        ],
        "warnings": [],
    }
    opened = await shop.execute_for_data(stranger, ACCESS, token=await mailed_token(shop))
    assert opened["orderAccess"] == {
        "order": {
            "id": order_id,
            "email": "kim@example.com",
            "shippingAddress": {"name": "Kim Lee", "city": "Mountain View"},
            "canModify": True,
        },
        "userErrors": [],
        "warnings": [],
    }
    move = {"orderId": order_id, "address": NEW_ADDRESS, "expectedTotal": "1000"}
    refused = await shop.execute_for_data(guest, ADDRESS_SET, input=move)
    assert refused["orderAddressSet"]["userErrors"][0]["code"] == "SIGN_IN_REQUIRED"
    moved = await shop.execute_for_data(stranger, ADDRESS_SET, input=move)
    assert moved["orderAddressSet"] == {
        "order": {
            "email": "kim@example.com",
            "shippingAddress": {"name": "Kim Lee", "city": "New York"},
        },
        "userErrors": [],
    }
    await run_jobs(shop, CHANGE_MAIL_INTERVAL)
    previewed = await shop.execute_for_data(
        stranger, CANCEL_WITHIN, input={"orderId": order_id, "dryRun": True}
    )
    assert previewed["orderCancel"] == {"order": {"status": "CANCELLED"}, "userErrors": []}
    refused = await shop.execute_for_data(
        stranger, CANCEL_WITHIN, input={"orderId": order_id, "expectedTotal": "0.001"}
    )
    assert refused["orderCancel"] == {
        "order": {"status": "OPEN"},
        "userErrors": [
            {
                "code": "INVALID_INPUT",
                "field": ["input", "expectedTotal"],
                "message": "Not an amount to pay: USD has 2 decimals.",
            }
        ],
    }
    assert await shop.execute_for_data(stranger, CANCEL, id=order_id) == {
        "orderCancel": {"order": {"status": "CANCELLED", "canModify": False}, "userErrors": []}
    }
    await run_jobs(shop)
    mails = [mail.read_text() for mail in (shop.folder / "outbox").glob("*.eml")]
    mails_to_kim = [mail for mail in mails if "To: kim@example.com" in mail]
    assert sum("is cancelled" in mail for mail in mails_to_kim) == 1
    assert any("was changed" in mail for mail in mails_to_kim)
    assert not any("Castro" in mail or "Kim Lee" in mail for mail in mails_to_kim)


async def run_jobs(shop: InProcessGateway, later: timedelta = timedelta()) -> None:
    while await run_due_jobs(shop.gateway.jobs, datetime.now(UTC) + later):
        pass


async def mailed_token(shop: InProcessGateway) -> str:
    """The secret of the link in the mail to the guest."""
    await run_jobs(shop)
    for mail in (shop.folder / "outbox").glob("*.eml"):
        link = re.search(r"/order#(?:=23)?([\w-]{43})", mail.read_text().replace("=\n", ""))
        if link is not None:
            return link[1]
    raise AssertionError("no link was sent")
