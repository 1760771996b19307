"""GraphiQL's example tabs, from top to bottom against a running gateway."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import OperationDefinitionNode, parse

from tests.api.serving import START_TIMEOUT_SECONDS, RunningGateway, command_output, start_gateway
from tests.api.test_examples import document, variables

EVENT_PREFIX = "data: {"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with start_gateway(tmp_path_factory.mktemp("tabs")) as running:
        yield running


@pytest.fixture
def ada(served: RunningGateway) -> Iterator[httpx.Client]:
    """A browser in which a demonstration purchaser has signed in."""
    token = command_output(served, "token", "--purchaser", "ada@example.com")
    with httpx.Client(headers={"authorization": f"Bearer {token}"}, timeout=30) as client:
        yield client


class ExampleTab:
    """A tab: its document, and the variables as the reader fills them in."""

    def __init__(self, flow: str, served: RunningGateway, client: httpx.Client) -> None:
        self.document = document(flow)
        self.variables = variables(flow)
        self.url = served.graphql
        self.client = client

    def run(self, name: str) -> Any:  # noqa: ANN401 - whatever the operation answers
        """The one field that an operation of the tab answers."""
        read = self.client.post(self.url, json=self.request(name)).json()
        assert "errors" not in read, read
        [answer] = read["data"].values()
        assert answer is None or not answer.get("userErrors"), answer
        return answer

    def request(self, name: str) -> dict[str, object]:
        """GraphiQL sends the whole tab, and which operation of it is meant."""
        [operation] = (
            each
            for each in parse(self.document).definitions
            if isinstance(each, OperationDefinitionNode) and each.name and each.name.value == name
        )
        declared = {each.variable.name.value for each in operation.variable_definitions or ()}
        given_values = {name: value for name, value in self.variables.items() if name in declared}
        return {"query": self.document, "operationName": name, "variables": given_values}


def test_the_quote(served: RunningGateway, ada: httpx.Client) -> None:
    answer = ExampleTab("quote", served, ada).run("Quote")
    assert answer["quote"]["total"] == {"gross": {"formatted": "$36.85"}}


def test_the_purchase_by_cart_and_by_one_click(served: RunningGateway, ada: httpx.Client) -> None:
    tab = ExampleTab("purchase", served, ada)
    tab.variables["variantId"] = tab.run("Buy1Products")["nodes"][0]["variants"][0]["id"]
    cart = tab.run("Buy2StartCart")["cart"]
    tab.variables |= {"cartId": cart["id"], "version": cart["version"]}
    sent = tab.run("Buy3SendCart")["cart"]
    tab.variables |= {"version": sent["version"], "total": sent["total"]["gross"]["amount"]}
    tab.variables["due"] = sent["due"]["amount"]
    placed = tab.run("Buy4Checkout")
    assert placed["__typename"] == "OrderPlaced"
    total = sent["total"]["gross"]["formatted"]
    assert placed["order"]["total"] == {"gross": {"formatted": total}}
    assert tab.run("Buy4Checkout") == placed

    mine = tab.run("Buy5Mine")["purchaser"]
    tab.variables["addressId"] = mine["addresses"][0]["id"]
    tab.variables["paymentMethodId"] = mine["paymentMethods"][0]["id"]
    assert tab.run("Buy6Offer")["oneClick"]["state"] == "ENABLEABLE"
    assert tab.run("Buy6Enable")["enabled"] is True
    assert tab.run("Buy6Offer")["oneClick"]["state"] == "READY"
    clicked = tab.run("Buy7OneClick")
    assert (clicked["__typename"], clicked["order"]["canModify"]) == ("OrderPlaced", True)


def test_the_gift(served: RunningGateway, ada: httpx.Client) -> None:
    tab = ExampleTab("gift", served, ada)
    tab.variables["variantId"] = tab.run("Give1Presents")["nodes"][0]["variants"][0]["id"]
    [gift] = tab.run("Give2Create")["gifts"]
    tab.variables["giftId"] = gift["id"]
    watching = {"accept": "text/event-stream"}
    asked = tab.request("Give3Watch")
    with ada.stream("POST", tab.url, json=asked, headers=watching) as stream:
        events = (
            json.loads(line[6:]) for line in stream.iter_lines() if line.startswith(EVENT_PREFIX)
        )
        first = next(events)["data"]["giftUpdates"]
        assert tab.run("Give4Gift")["trackingNumber"] == gift["trackingNumber"]
        assert tab.run("Give5TakeBack")["gift"] == {"status": "CANCELLED"}
        later = [event["data"]["giftUpdates"] for event in events]
    assert later[-1]["status"] == "CANCELLED"
    sequences = [event["sequence"] for event in (first, *later)]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    nodes = tab.run("Give4Gift")["events"]["nodes"]
    assert [node["sequence"] for node in nodes] == list(range(1, sequences[-1] + 1))


def test_the_recipients_link_is_in_the_outbox(served: RunningGateway) -> None:
    """Soon: the worker writes it."""
    outbox: Path = served.data / "outbox"
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not any("robin@example.com" in mail.read_text() for mail in outbox.glob("*.eml")):
        assert time.monotonic() < deadline, "no mail was written"
        time.sleep(0.05)
