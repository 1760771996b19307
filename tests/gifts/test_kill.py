"""A gift whose gateway is killed at each of its steps: nothing is lost, nothing happens twice."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from gateway.bootstrap import bootstrap
from gateway.server import prepare_first_start
from gateway.services.api_keys import add_key
from gateway.services.demo.purchasers import create_token
from gateway.services.identity.registration import find_purchaser_id
from gateway.services.ports.api_keys import ApiKeyRole
from gateway.settings import Settings
from tests.running import START_TIMEOUT_SECONDS, free_port, process_environment, wait_until_ready

ROOT = Path(__file__).parents[2]
GIVER = "grace@example.com"
CREATE = """mutation ($input: GiftCreateInput!) {
  giftCreate(input: $input) { gifts { id } userErrors { code message } }
}"""
ACCEPT = """mutation ($token: String!) {
  giftAccept(input: {token: $token, address: {
    name: "Robin", country: "US", region: "NY", city: "New York", postalCode: "10001"
    lines: ["5 Pennsylvania Plaza"]
  }}) { claim { status } userErrors { code } }
}"""
CANCEL = "mutation ($id: ID!) { giftCancel(input: {giftId: $id}) { userErrors { code } } }"
SHIPMENT = """mutation ($id: ID!, $status: ShipmentStatus!) {
  shipmentUpdate(input: {id: $id, status: $status}) { userErrors { code } }
}"""
GIFT = "query ($id: ID!) { gift(id: $id) { status charges { payment } } }"
UPDATES = """subscription ($id: ID!, $after: Int!) {
  giftUpdates(giftId: $id, after: $after) { sequence type }
}"""


def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@dataclass
class KillableGateway:
    """A gateway that is started again and again, on one data folder and one port."""

    url: str
    data: Path
    orders: IO[str]
    ends: IO[str]
    giver: str
    staff: str

    def start(self, point: str) -> None:
        self.orders.write(f"{point}\n")
        self.orders.flush()

    def wait_for_death(self) -> None:
        assert self.ends.readline().strip() == str(int(signal.SIGKILL))

    def ask(self, document: str, bearer: str = "", **variables: object) -> dict[str, Any]:
        answer = httpx.post(
            f"{self.url}/graphql",
            json={"query": document, "variables": variables},
            headers={"authorization": f"Bearer {bearer}"} if bearer else {},
            timeout=START_TIMEOUT_SECONDS,
        ).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    def start_ask_and_die(
        self, point: str, document: str, bearer: str = "", **variables: object
    ) -> None:
        """Start, ask, and see it die before it has answered."""
        self.start(point)
        wait_until_ready(self.url)
        self.ask_and_die(document, bearer, **variables)

    def ask_and_die(self, document: str, bearer: str = "", **variables: object) -> None:
        try:
            answer = self.ask(document, bearer, **variables)
        except httpx.TransportError:
            self.wait_for_death()
        else:
            pytest.fail(f"it lives, and answers {answer}")

    def start_and_die(self, point: str) -> None:
        """Start, and see it die of the work it found."""
        self.start(point)
        self.wait_for_death()

    def charges(self) -> list[str]:
        made = httpx.get(f"{self.url}/sim/charges").json()
        return sorted(each["status"] for each in made)

    def sent_mails(self) -> list[tuple[str, str]]:
        lines = (self.data / "sent").read_text().splitlines()
        return [(name, secret) for name, _, secret in (line.partition(" ") for line in lines)]

    def wait_for_link(self, gift_id: str) -> str:
        """The link in the mail to the gift's recipient, once that is there."""
        file = self.data / "outbox" / f"{gift_id}.0.1.eml"
        wait_until(file.exists)
        link = re.search(r"/gift#([\w-]+)", file.read_text())
        assert link is not None
        return link[1]

    def status(self, gift_id: str) -> tuple[str, str]:
        gift = self.ask(GIFT, self.giver, id=gift_id)["gift"]
        return gift["status"], gift["charges"]["payment"]


@dataclass
class ReconnectingFollower:
    """A subscriber who comes back, whenever it was cut off, with what it saw last."""

    gateway: KillableGateway
    gift_id: str
    seen: list[tuple[int, str]] = field(default_factory=list)
    connections: int = 0

    def follow(self) -> None:
        while not self.seen or self.seen[-1][1] != "delivered":
            try:
                self._listen()
            except httpx.TransportError:
                time.sleep(0.05)

    def _listen(self) -> None:
        after = self.seen[-1][0] if self.seen else 0
        asked = {"query": UPDATES, "variables": {"id": self.gift_id, "after": after}}
        bearer = f"Bearer {self.gateway.giver}"
        headers = {"accept": "text/event-stream", "authorization": bearer}
        url = f"{self.gateway.url}/graphql"
        with httpx.stream(
            "POST", url, json=asked, headers=headers, timeout=START_TIMEOUT_SECONDS
        ) as answer:
            self.connections += 1
            for line in answer.iter_lines():
                if line.startswith("data: {"):
                    event = json.loads(line[6:])["data"]["giftUpdates"]
                    self.seen.append((event["sequence"], event["type"]))


async def prepare_shop(settings: Settings) -> tuple[str, str]:
    """A giver's token and a carrier's key, in a seeded shop."""
    await prepare_first_start(settings)
    async with bootstrap(settings) as gateway:
        parts = gateway.dependencies
        token = await create_token(GIVER, dependencies=parts.identity)
        async with parts.database.read() as reading:
            giver = await find_purchaser_id(GIVER, reading=reading, cipher=parts.cipher)
        assert giver is not None
        key = await add_key(
            "carrier",
            ApiKeyRole.STAFF,
            giver,
            database=parts.database,
            ids=parts.ids,
            clock=parts.clock,
        )
    assert token is not None
    return token, key


@contextmanager
def killable_gateway(folder: Path, giver: str, staff: str) -> Iterator[KillableGateway]:
    port = str(free_port())
    settings = process_environment(folder, GATEWAY_PORT=port)
    command = [sys.executable, "-m", "tests.gifts.dying_gateway"]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(  # noqa: S603 - our own
            command,
            cwd=ROOT,
            env=settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        url = f"http://127.0.0.1:{port}"
        try:
            yield KillableGateway(url, folder / "data", process.stdin, process.stdout, giver, staff)
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def gift_input(gateway: KillableGateway, recipient: str, **more: object) -> dict[str, object]:
    products = gateway.ask('{ products(first: 1, query: "mug") { nodes { variants { id } } } }')
    variant = products["products"]["nodes"][0]["variants"][0]["id"]
    to = [{"name": "Robin", "email": f"{recipient}@example.com"}]
    return {"variantId": variant, "recipients": to, "idempotencyKey": recipient, **more}


def create_gift(gateway: KillableGateway, wish: dict[str, object]) -> str:
    answer = gateway.ask(CREATE, gateway.giver, input=wish)["giftCreate"]
    assert answer["userErrors"] == []
    return str(answer["gifts"][0]["id"])


def create_short_gift(gateway: KillableGateway) -> tuple[str, dict[str, object]]:
    """A gift that ends soon, so that its money is held before it exists."""
    gateway.start("the hold is made")
    wait_until_ready(gateway.url)
    soon = (datetime.now(UTC) + timedelta(days=4)).isoformat()
    wish = gift_input(gateway, "held", expiresAt=soon)
    gateway.ask_and_die(CREATE, gateway.giver, input=wish)
    gateway.start_ask_and_die("the log is written, uncommitted", CREATE, gateway.giver, input=wish)
    gateway.start_ask_and_die("committed, nobody told", CREATE, gateway.giver, input=wish)
    gateway.start_and_die("a mail is about to go")
    gateway.start_and_die("a mail is gone")
    gateway.start("the link is used, uncommitted")
    wait_until_ready(gateway.url)
    return create_gift(gateway, wish), wish


def abandon_gift(gateway: KillableGateway) -> None:
    """A gift whose money is held and whose giver never asks again."""
    gateway.start("the hold is made: nobody comes back")
    wait_until_ready(gateway.url)
    soon = (datetime.now(UTC) + timedelta(days=4)).isoformat()
    gateway.ask_and_die(CREATE, gateway.giver, input=gift_input(gateway, "never", expiresAt=soon))


def resolve_through_kills(gateway: KillableGateway, gift: str) -> None:
    """Accepted, and its money held: dying in between."""
    secret = gateway.wait_for_link(gift)
    gateway.ask_and_die(ACCEPT, token=secret)
    gateway.start("the hold is made")
    wait_until_ready(gateway.url)
    # It may die of the hold before this is answered: what was accepted is accepted.
    with suppress(httpx.TransportError):
        assert gateway.ask(ACCEPT, token=secret)["giftAccept"]["userErrors"] == []
    gateway.wait_for_death()
    gateway.start_and_die("committed, nobody told")


def deliver_through_kills(gateway: KillableGateway, gift: str) -> None:
    sending = {"id": gift, "status": "DISPATCHED"}
    gateway.start_ask_and_die("the money is about to be taken", SHIPMENT, gateway.staff, **sending)
    gateway.start_and_die("the money is taken")
    gateway.start_and_die("a mail is gone")
    arrival = {"id": gift, "status": "DELIVERED"}
    gateway.start_ask_and_die("the log is written, uncommitted", SHIPMENT, gateway.staff, **arrival)
    gateway.start("")
    wait_until_ready(gateway.url)
    assert gateway.ask(SHIPMENT, gateway.staff, **arrival)["shipmentUpdate"]["userErrors"] == []


@pytest.mark.timeout(240)
async def test_a_gateway_that_is_killed_at_every_step(tmp_path: Path) -> None:
    giver, staff = await prepare_shop(Settings(data_dir=tmp_path / "data"))
    with killable_gateway(tmp_path, giver, staff) as gateway:
        abandon_gift(gateway)
        short_gift, wish = create_short_gift(gateway)
        gift = create_gift(gateway, gift_input(gateway, "given"))
        follower = ReconnectingFollower(gateway, gift)
        following = threading.Thread(target=follower.follow, daemon=True)
        following.start()
        resolve_through_kills(gateway, gift)
        deliver_through_kills(gateway, gift)
        assert create_gift(gateway, wish) == short_gift
        assert gateway.ask(CANCEL, giver, id=short_gift)["giftCancel"]["userErrors"] == []
        wait_until(lambda: gateway.status(short_gift) == ("CANCELLED", "RELEASED"))
        assert gateway.status(gift) == ("DELIVERED", "CAPTURED")
        following.join(START_TIMEOUT_SECONDS)
        wait_until(lambda: len(gateway.sent_mails()) == 6)
        assert gateway.charges() == ["CAPTURED", "RELEASED", "RELEASED"]
        assert_followed(follower)
        assert_sent_once(gateway.sent_mails(), short_gift, gift)


def assert_followed(follower: ReconnectingFollower) -> None:
    types = ["created", "contactable", "reply", "sufficient", "valid", "dispatch", "delivered"]
    assert follower.seen == list(enumerate(types, 1))
    assert follower.connections > 1


def assert_sent_once(sent: list[tuple[str, str]], short_gift: str, gift: str) -> None:
    """What was gone when its sender died is sent again, the very same; nothing else is."""
    assert {name for name, _ in sent} == {
        f"{short_gift}.0.1.eml",
        f"{gift}.0.1.eml",
        f"{gift}.dispatched.6.eml",
        f"{gift}.delivered.7.eml",
    }
    # Which two it was going to send when it died, hangs on how fast the machine is.
    assert (len(sent), len(set(sent))) == (4 + 2, 4)
