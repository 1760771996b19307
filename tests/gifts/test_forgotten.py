"""A running gateway that forgets: nothing in its files opens, nobody is written to."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.api.serving import gateway
from tests.gifts.real_shop import RealShop, real_shop, until

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
    """`gateway serve` on an empty folder."""
    with ExitStack() as stack:
        served = await asyncio.to_thread(stack.enter_context, gateway(tmp_path))
        yield await asyncio.to_thread(real_shop, served)


def contents(shop: RealShop) -> bytes:
    """All that the data folder holds, the secret excepted."""
    files = (each for each in shop.served.data.rglob("*") if each.is_file())
    return b"".join(each.read_bytes() for each in files if each.name != "secret_key")


def keys(shop: RealShop, *gifts: str) -> list[bytes]:
    with closing(sqlite3.connect(shop.served.data / "gateway.db")) as connection:
        rows = connection.execute("SELECT subject, wrapped FROM data_keys").fetchall()
    return [wrapped for subject, wrapped in rows if subject.endswith(gifts)]


# R102
async def test_nothing_is_left_in_the_data_folder(shop: RealShop) -> None:
    person = {"name": "Robin Oakley", "email": ROBIN, "postal": HOME, "hints": "tall"}
    earlier = await shop.give("unused", recipients=[person], idempotencyKey="one", **WORDS)
    gift = await shop.give(TAGGED, idempotencyKey="two", **WORDS)
    link = await shop.link(TAGGED)
    before = keys(shop, earlier, gift)
    assert len(before) == 2
    assert all(each in contents(shop) for each in before)
    answer = await shop.ask(FORGET, token=link.partition("#")[2])
    assert answer == {"giftForget": {"claim": {"status": "DECLINED"}, "userErrors": []}}
    await until(lambda: not any(each in contents(shop) for each in before))
    await until(lambda: b"robin.oakley" not in contents(shop).lower())
    surprise = await shop.give(
        "unused",
        recipients=[{"name": "Robin Oakley", "email": ROBIN}],
        contactRecipient=False,
        idempotencyKey="three",
    )
    again = await shop.give("robin.oakley+again@example.com", idempotencyKey="four")
    known_by_name, unknown = "nothing_found", "exhausted"
    for each, event in ((surprise, known_by_name), (again, unknown)):
        await shop.by_stream(each).follow(event)
        seen = await shop.answer(SEEN, shop.giver, id=each)
        assert seen.json() == {"data": {"gift": {"status": "AWAITING_GIVER", "facts": []}}}
    outbox = [each.read_bytes() for each in (shop.served.data / "outbox").iterdir()]
    assert [each for each in outbox if b"robin" in each.lower()] == []
