"""A gateway that runs as a process of its own, its giver, carrier and post, and who follows."""

import asyncio
import email
import email.policy
import json
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import httpx
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.api.serving import RunningGateway, command_output
from tests.running import START_TIMEOUT_SECONDS

GIVER = "grace@example.com"
MUG = '{ products(first: 1, query: "mug") { nodes { variants { id } } } }'
CREATE = """mutation ($input: GiftCreateInput!) {
  giftCreate(input: $input) { gifts { id trackingNumber } userErrors { code field message } }
}"""
SHIPMENT = """mutation ($id: ID!, $status: ShipmentStatus!) {
  shipmentUpdate(input: {id: $id, status: $status}) { userErrors { code } }
}"""
UPDATES = """subscription ($id: ID!, $after: Int!) {
  giftUpdates(giftId: $id, after: $after) { id sequence type status occurredAt }
}"""


class ReceivedEvent(NamedTuple):
    """An event as a follower receives it."""

    id: str
    sequence: int
    type: str
    status: str
    at: str


Frames: TypeAlias = AsyncGenerator[str, None]
Listening: TypeAlias = Callable[..., Frames]


@dataclass(frozen=True)
class RealShop:
    """A running gateway with the demonstration shop, and the bearers of who deals with it."""

    served: RunningGateway
    giver: str
    staff: str

    async def execute_for_data(
        self, document: str, bearer: str = "", **variables: object
    ) -> dict[str, Any]:
        """The data of an answer that has no errors."""
        answer = (await self.execute(document, bearer, **variables)).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def execute(self, document: str, bearer: str = "", **variables: object) -> httpx.Response:
        """The answer, whatever it is."""
        async with httpx.AsyncClient(timeout=START_TIMEOUT_SECONDS) as client:
            return await client.post(
                self.served.graphql,
                json={"query": document, "variables": variables},
                headers={"authorization": f"Bearer {bearer}"} if bearer else {},
            )

    async def create_gift(self, recipient: str, bearer: str = "", **more: object) -> str:
        """The id of a gift for somebody known by an e-mail address only."""
        [product] = (await self.execute_for_data(MUG))["products"]["nodes"]
        gift_input = {
            "variantId": product["variants"][0]["id"],
            "recipients": [{"email": recipient}],
            "idempotencyKey": recipient,
            **more,
        }
        answer = await self.execute_for_data(CREATE, bearer or self.giver, input=gift_input)
        assert answer["giftCreate"]["userErrors"] == []
        return str(answer["giftCreate"]["gifts"][0]["id"])

    async def update_shipment(self, gift_id: str, status: str) -> None:
        """The carrier says that the gift is now ``status``."""
        answer = await self.execute_for_data(SHIPMENT, self.staff, id=gift_id, status=status)
        assert answer == {"shipmentUpdate": {"userErrors": []}}

    def sent_mails(self, recipient: str) -> list[EmailMessage]:
        """What was sent to ``recipient`` so far."""
        files = sorted((self.served.data / "outbox").glob("*.eml"))
        return [mail for mail in map(_parse_mail, files) if mail["To"] == recipient]

    async def wait_for_link(self, recipient: str) -> str:
        """The link in the mail to ``recipient``, once that is there."""
        await wait_until(lambda: bool(self.sent_mails(recipient)))
        [mail] = self.sent_mails(recipient)
        [link] = re.findall(r"\S+/gift#[\w-]+", plain_text(mail))
        return str(link)

    def follow_by_socket(self, gift_id: str) -> "Follower":
        """Somebody who follows the gift over graphql-transport-ws, and has seen nothing yet."""
        return self._follower(self.socket_frames, gift_id)

    def follow_by_sse(self, gift_id: str) -> "Follower":
        """Somebody who follows the gift over server-sent events, and has seen nothing yet."""
        return self._follower(self.stream_frames, gift_id)

    def _follower(self, frames: "Listening", gift_id: str) -> "Follower":
        return Follower(lambda after: frames(UPDATES, self.giver, id=gift_id, after=after))

    async def socket_frames(self, document: str, bearer: str, **variables: object) -> Frames:
        """What a subscription sends over graphql-transport-ws, to its end, as JSON texts."""
        address = self.served.graphql.replace("http", "ws", 1)
        subprotocols = [Subprotocol("graphql-transport-ws")]
        async with connect(
            address, subprotocols=subprotocols, open_timeout=START_TIMEOUT_SECONDS
        ) as socket:
            who = {"authorization": f"Bearer {bearer}"}
            await socket.send(json.dumps({"type": "connection_init", "payload": who}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            asked = {"query": document, "variables": variables}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": asked}))
            while json.loads(frame := await socket.recv(decode=True))["type"] != "complete":
                yield frame

    async def stream_frames(self, document: str, bearer: str, **variables: object) -> Frames:
        """What a subscription sends as server-sent events, to its end, as JSON texts."""
        body = {"query": document, "variables": variables}
        headers = {"accept": "text/event-stream", "authorization": f"Bearer {bearer}"}
        async with (
            httpx.AsyncClient(timeout=START_TIMEOUT_SECONDS) as client,
            client.stream("POST", self.served.graphql, json=body, headers=headers) as answer,
        ):
            ended = False
            async for line in answer.aiter_lines():
                ended = ended or line == "event: complete"
                if line.startswith("data: {"):
                    yield line.removeprefix("data: ")
            assert ended, "it broke off"


def open_real_shop(served: RunningGateway) -> RealShop:
    """The shop of a gateway that has just started."""
    token = command_output(served, "token", "--purchaser", GIVER)
    key = command_output(served, "key", "add", "carrier", "--role", "staff", "--purchaser", GIVER)
    return RealShop(served, token, key)


@dataclass
class Follower:
    """Somebody who hangs up and comes back, and asks for what came after what they saw last."""

    listen: Callable[[int], Frames]
    seen: list[ReceivedEvent] = field(default_factory=list)
    connections: int = 0

    async def follow(self, until: str = "") -> None:
        """Read on to the event ``until``, and hang up; to the end where none is named."""
        self.connections += 1
        after = self.seen[-1].sequence if self.seen else 0
        async with asyncio.timeout(START_TIMEOUT_SECONDS), aclosing(self.listen(after)) as frames:
            async for frame in frames:
                self.seen.append(_received_event(json.loads(frame)))
                if self.seen[-1].type == until:
                    return
        assert until == "", f"it ended before {until}"


async def wait_until(has_happened: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    async with asyncio.timeout(START_TIMEOUT_SECONDS):
        while not has_happened():  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(0.05)


def plain_text(mail: EmailMessage) -> str:
    """The mail's plain text."""
    plain = mail.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content())


def _parse_mail(file: Path) -> EmailMessage:
    return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


def _received_event(answer: dict[str, Any]) -> ReceivedEvent:
    event = answer.get("payload", answer)["data"]["giftUpdates"]
    return ReceivedEvent(
        event["id"], event["sequence"], event["type"], event["status"], event["occurredAt"]
    )
