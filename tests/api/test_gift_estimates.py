"""What a gift may cost before it is ordered, and the name under which it is given."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.services.dependencies import Dependencies
from tests.api.giving import STRANGER, GiftShop, open_gift_shop

ESTIMATE = """query ($variant: ID!, $quantity: Int! = 1) {
  giftEstimate(variantId: $variant, quantity: $quantity) {
    low { amount currency } high { amount currency }
  }
}"""
CHARGES = "gifts { charges { state low { amount currency } high { amount currency } } }"
KIM = {"name": "Kim", "email": "kim@example.com"}
UPDATE = """mutation ($input: PurchaserUpdateInput!) {
  purchaserUpdate(input: $input) { userErrors { code } }
}"""


@pytest.fixture
async def shop(parts: Dependencies, database: SqliteDatabase) -> GiftShop:
    return await open_gift_shop(parts, database)


@pytest.mark.parametrize("quantity", [1, 3])
async def test_an_estimate_is_what_the_gift_shows(shop: GiftShop, quantity: int) -> None:
    # R66
    answer = await shop.ask(ESTIMATE, STRANGER, variant=shop.variant, quantity=quantity)
    payload = await shop.create_gifts(
        CHARGES, shop.signed_in_caller(shop.ada), KIM, quantity=quantity
    )
    assert payload == {"gifts": [{"charges": {"state": "ESTIMATED", **answer["giftEstimate"]}}]}
    assert answer["giftEstimate"]["low"]["currency"] == "USD"


@pytest.mark.parametrize(
    "variables", [{"variant": "var_none"}, {"quantity": 0}, {"quantity": 1_001}, {"quantity": -1}]
)
async def test_what_cannot_be_given_has_no_estimate(
    shop: GiftShop, variables: Mapping[str, object]
) -> None:
    answer = await shop.ask(ESTIMATE, STRANGER, **{"variant": shop.variant, **variables})
    assert answer == {"giftEstimate": None}


async def shown_sender(shop: GiftShop, **more: object) -> tuple[str | None, bool]:
    """What the page and the mail say of who gives to Kim: the name, and whether the mail has it."""
    await shop.create_gifts("gifts { id }", shop.signed_in_caller(shop.ada), KIM, **more)
    claim = await shop.ask(
        "query ($token: String!) { giftClaim(token: $token) { from } }",
        STRANGER,
        token=shop.link_token("kim@example.com"),
    )
    name = claim["giftClaim"]["from"]
    text = [mail.text for mail in shop.mail_sender.sent if mail.to == "kim@example.com"][-1]
    return name, name is not None and name in text


async def test_the_name_that_recipients_see(shop: GiftShop) -> None:
    # Of the first address, while the purchaser says no name of their own.
    assert await shown_sender(shop) == ("Ada Lovelace", True)
    await shop.ask(UPDATE, shop.signed_in_caller(shop.ada), input={"name": "Augusta King"})
    assert await shown_sender(shop) == ("Augusta King", True)
    assert await shown_sender(shop, **{"from": "Your  neighbours"}) == ("Your neighbours", True)
    assert await shown_sender(shop, **{"from": " "}) == ("Augusta King", True)
    hidden = {"from": "Your neighbours", "anonymous": True}
    assert await shown_sender(shop, **hidden) == (None, False)
    text = [mail.text for mail in shop.mail_sender.sent if mail.to == "kim@example.com"][-1]
    assert "Your neighbours" not in text
    assert "Augusta" not in text


async def test_a_name_is_no_link(shop: GiftShop) -> None:
    name, is_in_mail = await shown_sender(shop, **{"from": "https://evil.example\u202e"})
    assert (name, is_in_mail) == ("evil. example", True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x" * 201, "At most 200 characters; these are 201."),
        ("4111 1111 1111 1111", "This looks like a card number."),
    ],
)
async def test_a_bad_name_is_refused(shop: GiftShop, name: str, message: str) -> None:
    document = """mutation ($input: GiftCreateInput!) {
      giftCreate(input: $input) { gifts { id } userErrors { code field message } }
    }"""
    gift: dict[str, Any] = {"variantId": shop.variant, "recipients": [KIM], "idempotencyKey": "k"}
    answer = await shop.ask(document, shop.signed_in_caller(shop.ada), input={**gift, "from": name})
    error = {"code": "INVALID_INPUT", "field": ["input", "from"], "message": message}
    assert answer == {"giftCreate": {"gifts": [], "userErrors": [error]}}


async def test_the_provider_tells_what_a_browser_needs(shop: GiftShop) -> None:
    answer = await shop.ask("{ paymentProvider { name publishableKey } }", STRANGER)
    assert answer == {"paymentProvider": {"name": "sim", "publishableKey": None}}
