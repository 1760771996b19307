"""A gift whose gateway is killed at each of its steps: nothing is lost, nothing happens twice."""

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from gateway.settings import Settings
from tests.gifts.killable_gateway import (
    CANCEL,
    CREATE,
    SHIPMENT,
    KillableGateway,
    abandon_gift,
    accept_through_kills,
    create_and_die,
    create_gift,
    create_short_gift,
    gift_input,
    killable_gateway,
    prepare_shop,
    wait_until,
)
from tests.running import START_TIMEOUT_SECONDS

UPDATES = """subscription ($id: ID!, $after: Int!) {
  giftUpdates(giftId: $id, after: $after) { sequence type }
}"""


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


def lose_answers(gateway: KillableGateway) -> dict[str, object]:
    """A gift that is asked for at each death, and never answered."""
    wish = create_and_die(gateway, "held")
    gateway.start_ask_and_die("the log is written, uncommitted", CREATE, gateway.giver, input=wish)
    gateway.start_ask_and_die("committed, nobody told", CREATE, gateway.giver, input=wish)
    gateway.start_and_die("a mail is about to go")
    gateway.start_and_die("a mail is gone")
    return wish


def deliver_through_kills(gateway: KillableGateway, gift: str) -> None:
    sending = {"id": gift, "status": "DISPATCHED"}
    gateway.start_ask_and_die("the money is about to be taken", SHIPMENT, gateway.staff, **sending)
    gateway.start_and_die("the money is taken")
    gateway.start_and_die("a mail is gone")
    arrival = {"id": gift, "status": "DELIVERED"}
    gateway.start_ask_and_die("the log is written, uncommitted", SHIPMENT, gateway.staff, **arrival)
    gateway.start_and_wait("")
    assert gateway.ask(SHIPMENT, gateway.staff, **arrival)["shipmentUpdate"]["userErrors"] == []


async def test_a_gateway_that_is_killed_at_every_step(tmp_path: Path) -> None:
    giver, staff = await prepare_shop(Settings(data_dir=tmp_path / "data"))
    with killable_gateway(tmp_path, giver, staff) as gateway:
        abandon_gift(gateway)
        wish = lose_answers(gateway)
        short_gift = create_short_gift(gateway, wish)
        gift = create_gift(gateway, gift_input(gateway, "given"))
        follower = ReconnectingFollower(gateway, gift)
        following = threading.Thread(target=follower.follow, daemon=True)
        following.start()
        accept_through_kills(gateway, gift)
        gateway.start_and_die("committed, nobody told")
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
