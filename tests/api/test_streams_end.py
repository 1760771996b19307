"""Who may no longer see what happens is told of nothing more, whatever the stream is made of."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from gateway.server import prepare_first_start
from gateway.services.api_keys import revoke_key
from gateway.services.ports.api_keys import ApiKeyRole
from gateway.settings import Settings
from tests.api.house import ADA, GRACE, InProcessGateway, RequestIdentity, open_gateway
from tests.transport.asgi_driver import open_socket

UPDATES = {
    "gift": "subscription ($id: ID!) { giftUpdates(giftId: $id, after: 0)"
    " { sequence type gift { id status } } }",
    "order": "subscription ($id: ID!) { orderUpdates(orderId: $id, after: 0)"
    " { sequence type order { number total { gross { amount } } } } }",
    "feed": "subscription { giftFeed { sequence type gift { id } } }",
}
SIGN_OUT = "mutation { signOut { userErrors { code } } }"
CANCEL = {
    "gift": "mutation ($id: ID!) { giftCancel(input: {giftId: $id}) { userErrors { code } } }",
    "order": "mutation ($id: ID!) { orderCancel(input: {orderId: $id}) { userErrors { code } } }",
}
CANCEL["feed"] = CANCEL["gift"]


@pytest.fixture
async def shop(demo_folder: Path) -> AsyncIterator[InProcessGateway]:
    async with open_gateway(Settings(data_dir=demo_folder)) as opened_shop:
        yield opened_shop


FollowStream: TypeAlias = Callable[
    [InProcessGateway, RequestIdentity, str, dict[str, Any]], Coroutine[Any, Any, list[Any]]
]


async def follow_by_response(
    accept: str,
    shop: InProcessGateway,
    who: RequestIdentity,
    document: str,
    variables: Any,  # noqa: ANN401
) -> list[Any]:
    """The payloads of a streamed answer, which has come to its end."""
    answer = await shop.execute(who, document, variables, accept=accept)
    text = answer.body.decode()
    if accept == "text/event-stream":
        assert text.endswith("event: complete\ndata:\n\n")
        return [json.loads(each) for each in re.findall(r"^data: (\{.*\})$", text, re.MULTILINE)]
    assert text.endswith("\r\n--graphql--\r\n")
    results = [json.loads(each) for each in re.findall(r"^\{.+\}(?=\r?$)", text, re.MULTILINE)]
    return [each["payload"] for each in results]


async def follow_by_sse(
    shop: InProcessGateway, who: RequestIdentity, document: str, variables: dict[str, Any]
) -> list[Any]:
    return await follow_by_response("text/event-stream", shop, who, document, variables)


async def follow_by_multipart(
    shop: InProcessGateway, who: RequestIdentity, document: str, variables: dict[str, Any]
) -> list[Any]:
    return await follow_by_response(
        'multipart/mixed;boundary="graphql";subscriptionSpec=1.0', shop, who, document, variables
    )


async def follow_by_socket(
    shop: InProcessGateway, who: RequestIdentity, document: str, variables: dict[str, Any]
) -> list[Any]:
    """The payloads of a socket's operation, which has come to its end."""
    payloads: list[Any] = []
    async with open_socket(shop.app, who.payload, host="localhost") as socket:
        await socket.subscribe("1", document, variables=variables)
        while (message := await socket.receive())["type"] == "next":
            payloads.append(message["payload"])
    if message["type"] == "error":
        payloads.append({"errors": message["payload"]})
    return payloads


FOLLOW_BY_TRANSPORT: dict[str, FollowStream] = {
    "sse": follow_by_sse,
    "multipart": follow_by_multipart,
    "socket": follow_by_socket,
}
EndAccess: TypeAlias = Callable[[InProcessGateway, RequestIdentity], Awaitable[object]]


async def sign_out(shop: InProcessGateway, who: RequestIdentity) -> None:
    await shop.execute_for_data(who, SIGN_OUT)


async def expire(shop: InProcessGateway, who: RequestIdentity) -> None:
    shop.execute_sql("UPDATE sessions SET expires_at = 1 WHERE digest = ?", _digest(who))


async def forget_sessions(shop: InProcessGateway, who: RequestIdentity) -> None:
    shop.execute_sql("DELETE FROM sessions WHERE digest = ?", _digest(who))


async def sign_in_somebody_else(shop: InProcessGateway, who: RequestIdentity) -> None:
    """Somebody else signs in on the device."""
    await shop.execute_for_data(
        RequestIdentity(await shop.sign_in(GRACE), who.client), "{ viewer { client { id } } }"
    )


async def sign_out_on_device(shop: InProcessGateway, who: RequestIdentity) -> None:
    """The purchaser signs out on the device."""
    await shop.execute_for_data(who, SIGN_OUT)


async def revoke_key_of_follower(shop: InProcessGateway, who: RequestIdentity) -> None:  # noqa: ARG001
    parts = shop.gateway.dependencies
    assert await revoke_key("key", database=parts.database, clock=parts.clock)


async def expire_key(shop: InProcessGateway, who: RequestIdentity) -> None:  # noqa: ARG001
    shop.execute_sql("UPDATE api_keys SET expires_at = 1")


def _digest(who: RequestIdentity) -> str:
    from gateway.services.identity.client_identifiers import digest

    return digest(who.bearer or "")


async def gift_of_purchaser(shop: InProcessGateway) -> tuple[RequestIdentity, RequestIdentity, str]:
    """Who follows a gift, who moves it on, and its id."""
    who = RequestIdentity(await shop.sign_in(ADA), await shop.new_client())
    gift = await shop.create_gift(who)
    return who, RequestIdentity(await shop.sign_in(ADA)), gift["id"]


async def gift_of_partner(shop: InProcessGateway) -> tuple[RequestIdentity, RequestIdentity, str]:
    who = RequestIdentity(await shop.add_key("key", ApiKeyRole.PARTNER, ADA))
    gift = await shop.create_gift(who)
    return who, RequestIdentity(await shop.sign_in(ADA)), gift["id"]


async def order_of_purchaser(
    shop: InProcessGateway,
) -> tuple[RequestIdentity, RequestIdentity, str]:
    who = RequestIdentity(await shop.sign_in(ADA), await shop.new_client())
    return (
        RequestIdentity(who.bearer),
        RequestIdentity(await shop.sign_in(ADA)),
        await shop.place_order(who),
    )


async def order_of_client(shop: InProcessGateway) -> tuple[RequestIdentity, RequestIdentity, str]:
    """An order followed from the recognised device it was placed from."""
    who = RequestIdentity(await shop.sign_in(ADA), await shop.new_client())
    return (
        RequestIdentity(client=who.client),
        RequestIdentity(await shop.sign_in(ADA)),
        await shop.place_order(who),
    )


async def order_for_staff(shop: InProcessGateway) -> tuple[RequestIdentity, RequestIdentity, str]:
    _, mover, order = await order_of_purchaser(shop)
    return RequestIdentity(await shop.add_key("key", ApiKeyRole.STAFF)), mover, order


MakeSubject: TypeAlias = Callable[
    [InProcessGateway], Awaitable[tuple[RequestIdentity, RequestIdentity, str]]
]
NOT_THERE, SIGN_IN, KEY_ONLY = "NOT_FOUND", "SIGN_IN_REQUIRED", "FORBIDDEN"
RECOGNISED = "REAUTHENTICATION_REQUIRED"
CASES: list[tuple[str, MakeSubject, EndAccess, set[str]]] = [
    *[("gift", gift_of_purchaser, end, {SIGN_IN}) for end in (sign_out,)],
    *[("gift", gift_of_purchaser, end, {RECOGNISED}) for end in (expire, forget_sessions)],
    *[("gift", gift_of_partner, end, {SIGN_IN}) for end in (revoke_key_of_follower, expire_key)],
    *[("feed", gift_of_partner, end, {KEY_ONLY}) for end in (revoke_key_of_follower, expire_key)],
    *[
        ("order", order_of_purchaser, end, {NOT_THERE})
        for end in (sign_out, expire, forget_sessions)
    ],
    *[
        ("order", order_of_client, end, {NOT_THERE})
        for end in (sign_in_somebody_else, sign_out_on_device)
    ],
    *[("order", order_for_staff, end, {NOT_THERE}) for end in (revoke_key_of_follower, expire_key)],
]


@pytest.mark.parametrize("form", FOLLOW_BY_TRANSPORT)
@pytest.mark.parametrize(
    ("what", "made", "end", "codes"),
    CASES,
    ids=[f"{what}-{made.__name__}-{end.__name__}" for what, made, end, _ in CASES],
)
async def test_nothing_is_delivered_after_access_ended(
    shop: InProcessGateway, form: str, what: str, made: MakeSubject, end: EndAccess, codes: set[str]
) -> None:
    # R97
    who, mover, id = await made(shop)
    following = asyncio.create_task(FOLLOW_BY_TRANSPORT[form](shop, who, UPDATES[what], {"id": id}))
    await wait_until_following(shop, following)
    await end(shop, who)
    assert await shop.execute_for_data(mover, CANCEL[what], id=id) != {}
    payloads = await asyncio.wait_for(following, 30)
    *events, last = payloads
    assert {error["extensions"]["code"] for error in last["errors"]} == codes
    assert last.get("data") is None
    assert events
    event_types = [each["data"][next(iter(each["data"]))]["type"] for each in events]
    assert "cancelled" not in event_types


@pytest.mark.parametrize(
    ("what", "made", "end"),
    [
        ("gift", gift_of_purchaser, sign_out),
        ("order", order_of_client, sign_in_somebody_else),
        ("gift", gift_of_partner, revoke_key_of_follower),
    ],
)
async def test_nothing_is_delivered_after_access_ended_on_postgres(
    postgres_url: str, tmp_path: Path, what: str, made: MakeSubject, end: EndAccess
) -> None:
    # R97
    settings = Settings(data_dir=tmp_path / "data", database_url=postgres_url)
    await prepare_first_start(settings)
    async with open_gateway(settings) as shop:
        who, mover, id = await made(shop)
        following = asyncio.create_task(follow_by_sse(shop, who, UPDATES[what], {"id": id}))
        await wait_until_following(shop, following)
        await end(shop, who)
        await shop.execute_for_data(mover, CANCEL[what], id=id)
        *events, last = await asyncio.wait_for(following, 30)
    event_types = [each["data"][next(iter(each["data"]))]["type"] for each in events]
    assert (bool(event_types), "cancelled" in event_types, "errors" in last) == (True, False, True)


@pytest.mark.parametrize("form", FOLLOW_BY_TRANSPORT)
async def test_who_may_still_see_it_is_told_of_the_end(shop: InProcessGateway, form: str) -> None:
    # R97
    who, mover, id = await gift_of_purchaser(shop)
    following = asyncio.create_task(
        FOLLOW_BY_TRANSPORT[form](shop, who, UPDATES["gift"], {"id": id})
    )
    await wait_until_following(shop, following)
    await shop.execute_for_data(mover, CANCEL["gift"], id=id)
    payloads = await asyncio.wait_for(following, 30)
    assert [each["data"]["giftUpdates"]["type"] for each in payloads][-1] == "cancelled"


async def wait_until_following(
    shop: InProcessGateway, following: "asyncio.Task[list[Any]]"
) -> None:
    """Wait until the follower waits for what happens next."""
    parts = shop.gateway
    for _ in range(500):
        await asyncio.sleep(0.01)
        if following.done():
            following.result()
        if (
            parts.dependencies.log_tails.waiting_count
            or parts.gift_dependencies.log_tails.waiting_count
        ):
            return
    raise AssertionError("nobody follows")
