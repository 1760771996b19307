"""A gateway of its own, seen from outside: the bank's page, a directory that fails, a flood."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.api.serving import start_gateway
from tests.gifts.real_shop import MUG, RealShop, open_real_shop, wait_until
from tests.running import START_TIMEOUT_SECONDS

pytestmark = pytest.mark.asyncio(loop_scope="session")

SAVE = """mutation ($token: String!) {
  paymentMethodSave(input: {providerToken: $token}) { paymentMethod { id } userErrors { code } }
}"""
SUPPLY = """mutation ($gift: ID!, $method: ID!) {
  giftInfoSupply(input: {giftId: $gift, paymentMethodId: $method}) {
    gift { status charges { actionUrl } } userErrors { code }
  }
}"""
CANCEL = """mutation ($gift: ID!) {
  giftCancel(input: {giftId: $gift}) {
    gift { status charges { payment actionUrl } } userErrors { code }
  }
}"""
GIFT = "query ($gift: ID!) { gift(id: $gift) { status charges { payment actionUrl } } }"
HOME = {
    "country": "US",
    "region": "CA",
    "city": "Mountain View",
    "postalCode": "94043",
    "lines": ["1600 Amphitheatre Parkway"],
}
REACHABLE_RECIPIENT = {"name": "Robin Doe", "email": "robin@example.com", "postal": HOME}


@dataclass
class Directory:
    """Answers 503 so often, then knows Robin."""

    failures: int
    asked: list[str] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split()[1])
        failing = len(self.asked) <= self.failures
        as_of = datetime.now(UTC).isoformat()
        emails = ["robin@example.com"]
        robin = {"name": "Robin Doe", "emails": emails, "address": HOME, "asOf": as_of}
        body = b"" if failing else json.dumps({"records": [robin]}).encode()
        status = "503 Service Unavailable" if failing else "200 OK"
        kind = "content-type: application/json\r\nconnection: close"
        writer.write(f"HTTP/1.1 {status}\r\n{kind}\r\ncontent-length: {len(body)}\r\n\r\n".encode())
        writer.write(body)
        await writer.drain()
        writer.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def directory() -> AsyncIterator[tuple[Directory, str]]:
    answering = Directory(failures=3)
    server = await asyncio.start_server(answering.answer, "127.0.0.1", 0)
    async with server:
        yield answering, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/people"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(
    tmp_path_factory: pytest.TempPathFactory, directory: tuple[Directory, str]
) -> AsyncIterator[RealShop]:
    """`gateway serve` with the demonstration shop, beside the directory."""
    settings = {"GATEWAY_DIRECTORY_URL": directory[1], "GATEWAY_GIFT_SOURCES": "http_directory"}
    with ExitStack() as stack:
        entered = start_gateway(tmp_path_factory.mktemp("shop"), **settings)
        served = await asyncio.to_thread(stack.enter_context, entered)
        yield await asyncio.to_thread(open_real_shop, served)


async def wait_for_gift(shop: RealShop, gift: str, is_wanted: Callable[[Any], bool]) -> Any:  # noqa: ANN401 - an answer
    """The gift as its giver sees it, once it is as wanted."""
    async with asyncio.timeout(START_TIMEOUT_SECONDS):
        while True:
            seen_gift = (await shop.execute_for_data(GIFT, shop.giver, gift=gift))["gift"]
            if is_wanted(seen_gift):
                return seen_gift
            await asyncio.sleep(0.1)


async def charge_statuses(shop: RealShop) -> list[str]:
    """What became of every charge."""
    async with httpx.AsyncClient(timeout=START_TIMEOUT_SECONDS) as client:
        made = (await client.get(f"{shop.served.url}/sim/charges")).json()
    return sorted(each["status"] for each in made)


async def test_the_banks_confirmation_of_a_gift_succeeds(shop: RealShop) -> None:
    """gifts 1, R62: by itself, and also where the giver names the method once more."""
    saved = (await shop.execute_for_data(SAVE, shop.giver, token="sim_3ds"))["paymentMethodSave"]
    method = saved["paymentMethod"]["id"]
    for number in range(2):
        gift = await shop.create_gift(
            f"robin{number}@example.com", recipients=[REACHABLE_RECIPIENT], paymentMethodId=method
        )
        waiting = await wait_for_gift(shop, gift, lambda each: each["status"] == "AWAITING_GIVER")
        assert waiting["charges"]["payment"] == "MANDATE"
        page = waiting["charges"]["actionUrl"]
        if number:
            answer = await shop.execute_for_data(SUPPLY, shop.giver, gift=gift, method=method)
            assert answer["giftInfoSupply"]["userErrors"] == []
            again = await wait_for_gift(
                shop, gift, lambda each: each["charges"]["actionUrl"] is not None
            )
            assert again["charges"]["actionUrl"] == page
        async with httpx.AsyncClient(timeout=START_TIMEOUT_SECONDS) as client:
            assert (await client.post(page)).status_code == 200
        resolved = await wait_for_gift(shop, gift, lambda each: each["status"] == "RESOLVED")
        assert resolved["charges"] == {"payment": "HELD", "actionUrl": None}
    assert (await charge_statuses(shop)).count("HELD") == 2
    answer = (await shop.execute_for_data(CANCEL, shop.giver, gift=gift))["giftCancel"]
    back = {"payment": "RELEASED", "actionUrl": None}
    assert answer == {"gift": {"status": "CANCELLED", "charges": back}, "userErrors": []}
    assert (await charge_statuses(shop)).count("HELD") == 1


async def test_a_directory_that_recovers_is_asked_again(
    shop: RealShop, directory: tuple[Directory, str]
) -> None:
    """gifts 2, R52."""
    robin = {"name": "Robin Doe", "email": "robin@example.com"}
    gift = await shop.create_gift("key", recipients=[robin], contactRecipient=False)
    await wait_for_gift(shop, gift, lambda each: each["status"] == "RESOLVED")
    assert len(directory[0].asked) > 3
    await shop.execute_for_data(CANCEL, shop.giver, gift=gift)
    assert shop.sent_mails("robin@example.com") == []


async def test_forty_gifts_to_one_stranger_are_six_mails(shop: RealShop) -> None:
    """security 7, R101: counted by root field, so that aliases are no way round."""
    [product] = (await shop.execute_for_data(MUG))["products"]["nodes"]
    variant = product["variants"][0]["id"]
    fields = " ".join(
        f'g{number}: giftCreate(input: {{variantId: $variant, idempotencyKey: "{number}",'
        f' recipients: [{{email: "kim+{number}@example.com"}}]}}) {{ userErrors {{ code }} }}'
        for number in range(20)
    )
    made = await shop.execute_for_data(
        f"mutation ($variant: ID!) {{ {fields} }}", shop.giver, variant=variant
    )
    assert [each["userErrors"] for each in made.values()] == [[]] * 20

    def count_written_mails() -> int:
        return sum(len(shop.sent_mails(f"kim+{number}@example.com")) for number in range(20))

    await wait_until(lambda: count_written_mails() >= 6)
    # What was given later is written later: nothing more is on its way to the first.
    await shop.create_gift("pat@example.com")
    await wait_until(lambda: bool(shop.sent_mails("pat@example.com")))
    assert count_written_mails() == 6
