"""GraphiQL's example tabs, from top to bottom against a running gateway.

Nothing is copied by hand: answers are carried into the variables as the page does.
"""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from graphql import OperationDefinitionNode, parse

from tests.api.serving import RunningGateway, start_gateway
from tests.api.test_examples import EXAMPLES, FLOWS, document, variables
from tests.running import START_TIMEOUT_SECONDS

EVENT_PREFIX = "data: {"
CARRIED: dict[str, Any] = json.loads((EXAMPLES / "carried.json").read_text())


def value_at(data: Any, path: str) -> Any:  # noqa: ANN401 - whatever stands there
    """The value at a path such as "cart.lines.0.id"."""
    for name in path.split("."):
        data = data[int(name)] if name.isdigit() else data[name]
    return data


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with start_gateway(tmp_path_factory.mktemp("tabs")) as running:
        yield running


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    """A browser in which nobody has signed in yet."""
    with httpx.Client(timeout=30) as client:
        yield client


class ExampleTab:
    """A tab: its document, and the variables, into which answers are carried as the page does."""

    def __init__(self, flow: str, served: RunningGateway, client: httpx.Client) -> None:
        self.document = document(flow)
        self.variables = variables(flow)
        self.served = served
        self.url = served.graphql
        self.client = client

    def run(self, name: str) -> Any:  # noqa: ANN401 - whatever the operation answers
        """The one field that an operation of the tab answers."""
        outbox = self._list_mails()
        read = self.client.post(self.url, json=self.request(name)).json()
        assert "errors" not in read, read
        self._carry(CARRIED.get(name, {}), read["data"], outbox)
        [answer] = read["data"].values()
        assert answer is None or not answer.get("userErrors"), answer
        return answer

    def _carry(self, rule: dict[str, Any], data: dict[str, Any], outbox: list[Any]) -> None:
        for variable, path in rule.get("variables", {}).items():
            assert variable in self.variables
            self.variables[variable] = value_at(data, path)
        if "newKey" in rule:
            self.variables[rule["newKey"]] = str(uuid4())
        if "mailedCode" in rule:
            email = str(self.variables["email"])
            self.variables[rule["mailedCode"]] = self._mailed_code(email, outbox)
        if "bearer" in rule:
            token = value_at(data, rule["bearer"])
            self.client.headers["authorization"] = f"Bearer {token}"

    def _mailed_code(self, email: str, earlier_mails: list[Any]) -> str:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            for message in self._list_mails():
                code = re.search(r"\b[0-9]{6}\b", message["text"])
                if message not in earlier_mails and message["to"] == email and code is not None:
                    return code[0]
            time.sleep(0.05)
        raise AssertionError("no mail was written")

    def _list_mails(self) -> list[Any]:
        mails: list[Any] = self.client.get(f"{self.served.url}/outbox/messages").json()
        return mails

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


def test_the_quote(served: RunningGateway, browser: httpx.Client) -> None:
    answer = ExampleTab("quote", served, browser).run("Quote")
    assert answer["quote"]["total"] == {"gross": {"formatted": "$36.85"}}


def test_the_purchase_from_a_cart(served: RunningGateway, browser: httpx.Client) -> None:
    """Again and again: each cart is bought under a key of its own."""
    tab = ExampleTab("cart", served, browser)
    numbers = set()
    for _ in range(2):
        tab.run("BuyFromACart1Products")
        tab.run("BuyFromACart2Start")
        total = tab.run("BuyFromACart3Send")["cart"]["total"]["gross"]["formatted"]
        placed = tab.run("BuyFromACart4Checkout")
        assert placed["__typename"] == "OrderPlaced"
        assert placed["order"]["total"] == {"gross": {"formatted": total}}
        assert tab.run("BuyFromACart4Checkout") == placed
        numbers.add(placed["order"]["number"])
    assert len(numbers) == 2


def sign_in(served: RunningGateway, browser: httpx.Client) -> ExampleTab:
    tab = ExampleTab("one-click", served, browser)
    tab.run("BuyByOneClick1RequestCode")
    tab.run("BuyByOneClick2SignIn")
    return tab


def test_the_purchase_by_one_click(served: RunningGateway, browser: httpx.Client) -> None:
    tab = sign_in(served, browser)
    tab.run("BuyByOneClick3Mine")
    assert tab.run("BuyByOneClick4Enable")["enabled"] is True
    offers = tab.run("BuyByOneClick5Offers")["nodes"]
    assert offers[0]["variants"][0]["oneClick"]["state"] == "READY"
    clicked = tab.run("BuyByOneClick6Click")
    assert (clicked["__typename"], clicked["order"]["canModify"]) == ("OrderPlaced", True)
    assert tab.run("BuyByOneClick7Undo")["order"]["status"] == "CANCELLED"


def test_a_purchaser_who_has_nothing_yet(served: RunningGateway, browser: httpx.Client) -> None:
    tab = ExampleTab("one-click", served, browser)
    tab.variables["email"] = "new.buyer@example.com"
    for operation in ("1RequestCode", "2SignIn", "SaveAddress", "SavePaymentMethod", "3Mine"):
        tab.run(f"BuyByOneClick{operation}")
    assert tab.run("BuyByOneClick4Enable")["enabled"] is True


def test_the_gift(served: RunningGateway, browser: httpx.Client) -> None:
    sign_in(served, browser)
    tab = ExampleTab("gift", served, browser)
    tab.run("GiveAGift1Products")
    [gift] = tab.run("GiveAGift2Create")["gifts"]
    watching = {"accept": "text/event-stream"}
    asked = tab.request("GiveAGift3Watch")
    with browser.stream("POST", tab.url, json=asked, headers=watching) as stream:
        events = (
            json.loads(line[6:]) for line in stream.iter_lines() if line.startswith(EVENT_PREFIX)
        )
        first = next(events)["data"]["giftUpdates"]
        assert tab.run("GiveAGift4Status")["trackingNumber"] == gift["trackingNumber"]
        assert tab.run("GiveAGift5TakeBack")["gift"] == {"status": "CANCELLED"}
        later = [event["data"]["giftUpdates"] for event in events]
    assert later[-1]["status"] == "CANCELLED"
    sequences = [event["sequence"] for event in (first, *later)]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    nodes = tab.run("GiveAGift4Status")["events"]["nodes"]
    assert [node["sequence"] for node in nodes] == list(range(1, sequences[-1] + 1))


def test_every_operation_that_is_carried_from_is_there() -> None:
    names = {
        definition.name.value
        for flow in FLOWS
        for definition in parse(document(flow)).definitions
        if isinstance(definition, OperationDefinitionNode) and definition.name
    }
    assert set(CARRIED) - names == set()


def test_the_recipients_link_is_in_the_outbox(served: RunningGateway) -> None:
    """Soon: the worker writes it."""
    outbox: Path = served.data / "outbox"
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not any("robin@example.com" in mail.read_text() for mail in outbox.glob("*.eml")):
        assert time.monotonic() < deadline, "no mail was written"
        time.sleep(0.05)
