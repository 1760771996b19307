"""A running gateway that forgets: nothing in its files opens, nobody is written to."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.api.serving import start_gateway
from tests.gifts.real_shop import RealShop, open_real_shop, wait_until

FORGET = """mutation ($token: String!) {
  giftForget(input: {token: $token}) { claim { status } userErrors { code } }
}"""
SEEN = "query ($id: ID!) { gift(id: $id) { status facts { kind } } }"
ROBIN, TAGGED = "robin.oakley@example.com", "robin.oakley+more@example.com"
HOME = {
    "country": "US",
    "region": "NY",
    "city": "New York",
    "postalCode": "10001",
    "lines": ["5 Pennsylvania Plaza"],
}
WORDS = {"message": "Many happy returns", "wrap": "in blue for Robin Oakley"}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[RealShop]:
    """`gateway serve` with the demonstration shop."""
    with ExitStack() as stack:
        served = await asyncio.to_thread(stack.enter_context, start_gateway(tmp_path))
        yield await asyncio.to_thread(open_real_shop, served)


def folder_bytes(shop: RealShop) -> bytes:
    """All that the data folder holds, the secret excepted."""
    files = (each for each in shop.served.data.rglob("*") if each.is_file())
    return b"".join(each.read_bytes() for each in files if each.name != "secret_key")


def data_keys(shop: RealShop, *gifts: str) -> list[bytes]:
    with closing(sqlite3.connect(shop.served.data / "gateway.db")) as connection:
        rows = connection.execute("SELECT subject, wrapped FROM data_keys").fetchall()
    return [wrapped for subject, wrapped in rows if subject.endswith(gifts)]


# R102
async def test_nothing_is_left_in_the_data_folder(shop: RealShop) -> None:
    person = {"name": "Robin Oakley", "email": ROBIN, "postal": HOME, "hints": "tall"}
    earlier = await shop.create_gift("unused", recipients=[person], idempotencyKey="one", **WORDS)
    gift = await shop.create_gift(TAGGED, idempotencyKey="two", **WORDS)
    link = await shop.wait_for_link(TAGGED)
    before = data_keys(shop, earlier, gift)
    assert len(before) == 2
    assert all(gift_id in folder_bytes(shop) for gift_id in before)
    answer = await shop.execute_for_data(FORGET, token=link.partition("#")[2])
    assert answer == {"giftForget": {"claim": {"status": "DECLINED"}, "userErrors": []}}
    await wait_until(lambda: not any(gift_id in folder_bytes(shop) for gift_id in before))
    await wait_until(lambda: b"robin.oakley" not in folder_bytes(shop).lower())
    surprise = await shop.create_gift(
        "unused",
        recipients=[{"name": "Robin Oakley", "email": ROBIN}],
        contactRecipient=False,
        idempotencyKey="three",
    )
    again = await shop.create_gift("robin.oakley+again@example.com", idempotencyKey="four")
    known_by_name, unknown = "nothing_found", "exhausted"
    for gift_id, event in ((surprise, known_by_name), (again, unknown)):
        await shop.follow_by_sse(gift_id).follow(event)
        seen = await shop.execute(SEEN, shop.giver, id=gift_id)
        assert seen.json() == {"data": {"gift": {"status": "AWAITING_GIVER", "facts": []}}}
    outbox = [gift_id.read_bytes() for gift_id in (shop.served.data / "outbox").iterdir()]
    assert [gift_id for gift_id in outbox if b"robin" in gift_id.lower()] == []
