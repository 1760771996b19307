"""A gateway that is killed and started again: what is asked of it, and what it leaves behind."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from gateway.bootstrap import bootstrap
from gateway.server import prepare_first_start
from gateway.services.api_keys import add_key
from gateway.services.demo.purchasers import DEMO_CLIENT, create_token
from gateway.services.identity.callers import Authentication, Caller
from gateway.services.identity.payment_methods import save_method
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
        """Start one that is killed at a point, or never where that is empty."""
        self.orders.write(f"{point}\n")
        self.orders.flush()

    def start_and_wait(self, point: str) -> None:
        """Start, and wait until it answers."""
        self.start(point)
        wait_until_ready(self.url)

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
        self.start_and_wait(point)
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


async def prepare_shop(settings: Settings, provider_token: str = "") -> tuple[str, str]:
    """A giver's token and a carrier's key, in a seeded shop.

    ``provider_token``: the card that the giver saves; those of the simulation have one.
    """
    await prepare_first_start(settings)
    async with bootstrap(settings) as gateway:
        parts = gateway.dependencies
        token = await create_token(GIVER, dependencies=parts.identity)
        async with parts.database.read() as reading:
            giver = await find_purchaser_id(GIVER, reading=reading, cipher=parts.cipher)
        assert giver is not None
        if provider_token:
            caller = Caller(DEMO_CLIENT, authentication=Authentication(giver, parts.clock.now()))
            saving = await save_method(
                provider_token, None, caller=caller, dependencies=parts.identity
            )
            assert saving.value is not None, saving
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
def killable_gateway(
    folder: Path, giver: str, staff: str, **more: str
) -> Iterator[KillableGateway]:
    """A gateway on the data in ``folder``, not started yet; ``more`` are settings."""
    port = str(free_port())
    settings = process_environment(folder, GATEWAY_PORT=port, **more)
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


def abandon_gift(gateway: KillableGateway) -> None:
    """A gift whose money is held and whose giver never asks again."""
    create_and_die(gateway, "never", "the hold is made: nobody comes back")


def create_and_die(
    gateway: KillableGateway, recipient: str, point: str = "the hold is made"
) -> dict[str, object]:
    """What is asked of a gateway that dies of it: a gift that ends soon, so that it holds first."""
    gateway.start_and_wait(point)
    soon = (datetime.now(UTC) + timedelta(days=4)).isoformat()
    wish = gift_input(gateway, recipient, expiresAt=soon)
    gateway.ask_and_die(CREATE, gateway.giver, input=wish)
    return wish


def create_short_gift(gateway: KillableGateway, wish: dict[str, object]) -> str:
    """The gift whose answer was lost, asked for again."""
    gateway.start_and_wait("the link is used, uncommitted")
    return create_gift(gateway, wish)


def accept_through_kills(gateway: KillableGateway, gift: str) -> None:
    """Accepted, and its money held: dying after each."""
    secret = gateway.wait_for_link(gift)
    gateway.ask_and_die(ACCEPT, token=secret)
    gateway.start_and_wait("the hold is made")
    # It may die of the hold before this is answered: what was accepted is accepted.
    with suppress(httpx.TransportError):
        assert gateway.ask(ACCEPT, token=secret)["giftAccept"]["userErrors"] == []
    gateway.wait_for_death()
