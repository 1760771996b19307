"""Who may no longer see what happens is told of nothing more, whatever the stream is made of."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from gateway.services.keys import revoke_key
from gateway.services.ports.keys import Role
from gateway.serving import open_shop
from gateway.settings import Settings
from tests.api.house import ADA, GRACE, House, Who, house
from tests.transport.asgi_driver import acknowledged

UPDATES = {
    "gift": "subscription ($id: ID!) { giftUpdates(giftId: $id, after: 0)"
    " { sequence type gift { id status } } }",
    "order": "subscription ($id: ID!) { orderUpdates(orderId: $id, after: 0)"
    " { sequence type order { number total { gross { amount } } } } }",
    "feed": "subscription { giftFeed { sequence type gift { id } } }",
}
OUT = "mutation { signOut { userErrors { code } } }"
CANCEL = {
    "gift": "mutation ($id: ID!) { giftCancel(input: {giftId: $id}) { userErrors { code } } }",
    "order": "mutation ($id: ID!) { orderCancel(input: {orderId: $id}) { userErrors { code } } }",
}
CANCEL["feed"] = CANCEL["gift"]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration shop, planted once to be copied."""
    folder = tmp_path_factory.mktemp("planted") / "data"
    asyncio.run(open_shop(Settings(data_dir=folder)))
    return folder


@pytest.fixture
async def shop(planted: Path, tmp_path: Path) -> AsyncIterator[House]:
    folder = Path(shutil.copytree(planted, tmp_path / "data"))
    async with house(Settings(data_dir=folder)) as found:
        yield found


Following: TypeAlias = Callable[[House, Who, str, dict[str, Any]], Coroutine[Any, Any, list[Any]]]


async def by_answer(accept: str, shop: House, who: Who, document: str, of: Any) -> list[Any]:  # noqa: ANN401
    """The payloads of a streamed answer, which has come to its end."""
    answer = await shop.answer(who, document, of, accept=accept)
    text = answer.body.decode()
    if accept == "text/event-stream":
        assert text.endswith("event: complete\ndata:\n\n")
        return [json.loads(each) for each in re.findall(r"^data: (\{.*\})$", text, re.MULTILINE)]
    assert text.endswith("\r\n--graphql--\r\n")
    found = [json.loads(each) for each in re.findall(r"^\{.+\}(?=\r?$)", text, re.MULTILINE)]
    return [each["payload"] for each in found]


async def by_events(shop: House, who: Who, document: str, of: dict[str, Any]) -> list[Any]:
    return await by_answer("text/event-stream", shop, who, document, of)


async def by_parts(shop: House, who: Who, document: str, of: dict[str, Any]) -> list[Any]:
    return await by_answer(
        'multipart/mixed;boundary="graphql";subscriptionSpec=1.0', shop, who, document, of
    )


async def by_socket(shop: House, who: Who, document: str, of: dict[str, Any]) -> list[Any]:
    """The payloads of a socket's operation, which has come to its end."""
    found: list[Any] = []
    async with acknowledged(shop.app, who.payload, host="localhost") as socket:
        await socket.subscribe("1", document, variables=of)
        while (message := await socket.receive())["type"] == "next":
            found.append(message["payload"])
    if message["type"] == "error":
        found.append({"errors": message["payload"]})
    return found


FORMS: dict[str, Following] = {"sse": by_events, "multipart": by_parts, "socket": by_socket}
Ending: TypeAlias = Callable[[House, Who], Awaitable[object]]


async def sign_out(shop: House, who: Who) -> None:
    await shop.data(who, OUT)


async def expire(shop: House, who: Who) -> None:
    shop.sql("UPDATE sessions SET expires_at = 1 WHERE digest = ?", _digest(who))


async def forget_sessions(shop: House, who: Who) -> None:
    shop.sql("DELETE FROM sessions WHERE digest = ?", _digest(who))


async def move(shop: House, who: Who) -> None:
    """Somebody else signs in on the device."""
    await shop.data(Who(await shop.bearer(GRACE), who.client), "{ viewer { client { id } } }")


async def leave(shop: House, who: Who) -> None:
    """The purchaser signs out on the device."""
    await shop.data(who, OUT)


async def revoke(shop: House, who: Who) -> None:  # noqa: ARG001
    parts = shop.gateway.parts
    assert await revoke_key("key", database=parts.database, clock=parts.clock)


async def expire_key(shop: House, who: Who) -> None:  # noqa: ARG001
    shop.sql("UPDATE api_keys SET expires_at = 1")


def _digest(who: Who) -> str:
    from gateway.services.identity.identifiers import digest

    return digest(who.bearer or "")


async def gift_of_purchaser(shop: House) -> tuple[Who, Who, str]:
    """Who follows a gift, who moves it on, and its id."""
    who = Who(await shop.bearer(ADA), await shop.client())
    gift = await shop.gift(who)
    return who, Who(await shop.bearer(ADA)), gift["id"]


async def gift_of_partner(shop: House) -> tuple[Who, Who, str]:
    who = Who(await shop.key("key", Role.PARTNER, ADA))
    gift = await shop.gift(who)
    return who, Who(await shop.bearer(ADA)), gift["id"]


async def order_of_purchaser(shop: House) -> tuple[Who, Who, str]:
    who = Who(await shop.bearer(ADA), await shop.client())
    return Who(who.bearer), Who(await shop.bearer(ADA)), await shop.order(who)


async def order_of_client(shop: House) -> tuple[Who, Who, str]:
    """An order followed from the recognised device it was placed from."""
    who = Who(await shop.bearer(ADA), await shop.client())
    return Who(client=who.client), Who(await shop.bearer(ADA)), await shop.order(who)


async def order_for_staff(shop: House) -> tuple[Who, Who, str]:
    _, mover, order = await order_of_purchaser(shop)
    return Who(await shop.key("key", Role.STAFF)), mover, order


Made: TypeAlias = Callable[[House], Awaitable[tuple[Who, Who, str]]]
NOT_THERE, SIGN_IN, KEY_ONLY = "NOT_FOUND", "SIGN_IN_REQUIRED", "FORBIDDEN"
RECOGNISED = "REAUTHENTICATION_REQUIRED"
CASES: list[tuple[str, Made, Ending, set[str]]] = [
    *[("gift", gift_of_purchaser, end, {SIGN_IN}) for end in (sign_out,)],
    *[("gift", gift_of_purchaser, end, {RECOGNISED}) for end in (expire, forget_sessions)],
    *[("gift", gift_of_partner, end, {SIGN_IN}) for end in (revoke, expire_key)],
    *[("feed", gift_of_partner, end, {KEY_ONLY}) for end in (revoke, expire_key)],
    *[
        ("order", order_of_purchaser, end, {NOT_THERE})
        for end in (sign_out, expire, forget_sessions)
    ],
    *[("order", order_of_client, end, {NOT_THERE}) for end in (move, leave)],
    *[("order", order_for_staff, end, {NOT_THERE}) for end in (revoke, expire_key)],
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("what", "made", "end", "codes"),
    CASES,
    ids=[f"{what}-{made.__name__}-{end.__name__}" for what, made, end, _ in CASES],
)
async def test_nothing_is_delivered_after_access_ended(
    shop: House, form: str, what: str, made: Made, end: Ending, codes: set[str]
) -> None:
    # R97
    who, mover, id = await made(shop)
    following = asyncio.create_task(FORMS[form](shop, who, UPDATES[what], {"id": id}))
    await followed(shop, following)
    await end(shop, who)
    assert await shop.data(mover, CANCEL[what], id=id) != {}
    found = await asyncio.wait_for(following, 5)
    *events, last = found
    assert {error["extensions"]["code"] for error in last["errors"]} == codes
    assert last.get("data") is None
    assert events
    told = [each["data"][next(iter(each["data"]))]["type"] for each in events]
    assert "cancelled" not in told


@pytest.mark.parametrize(
    ("what", "made", "end"),
    [
        ("gift", gift_of_purchaser, sign_out),
        ("order", order_of_client, move),
        ("gift", gift_of_partner, revoke),
    ],
)
async def test_nothing_is_delivered_after_access_ended_on_postgres(
    postgres_url: str, tmp_path: Path, what: str, made: Made, end: Ending
) -> None:
    # R97
    settings = Settings(data_dir=tmp_path / "data", database_url=postgres_url)
    await open_shop(settings)
    async with house(settings) as shop:
        who, mover, id = await made(shop)
        following = asyncio.create_task(by_events(shop, who, UPDATES[what], {"id": id}))
        await followed(shop, following)
        await end(shop, who)
        await shop.data(mover, CANCEL[what], id=id)
        *events, last = await asyncio.wait_for(following, 5)
    told = [each["data"][next(iter(each["data"]))]["type"] for each in events]
    assert (bool(told), "cancelled" in told, "errors" in last) == (True, False, True)


@pytest.mark.parametrize("form", FORMS)
async def test_who_may_still_see_it_is_told_of_the_end(shop: House, form: str) -> None:
    # R97
    who, mover, id = await gift_of_purchaser(shop)
    following = asyncio.create_task(FORMS[form](shop, who, UPDATES["gift"], {"id": id}))
    await followed(shop, following)
    await shop.data(mover, CANCEL["gift"], id=id)
    found = await asyncio.wait_for(following, 5)
    assert [each["data"]["giftUpdates"]["type"] for each in found][-1] == "cancelled"


async def followed(shop: House, following: "asyncio.Task[list[Any]]") -> None:
    """Wait until the follower waits for what happens next."""
    parts = shop.gateway
    for _ in range(500):
        await asyncio.sleep(0.01)
        if following.done():
            following.result()
        if parts.parts.followers.waiting or parts.gifts.followers.waiting:
            return
    raise AssertionError("nobody follows")
