"""R126, R131: a gateway that is killed around its calls of Stripe holds and takes money once."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from gateway.settings import Settings
from tests.gifts.killable_gateway import (
    ACCEPT,
    CANCEL,
    CREATE,
    SHIPMENT,
    KillableGateway,
    abandon_gift,
    create_gift,
    gift_input,
    killable_gateway,
    prepare_shop,
    wait_until,
)
from tests.running import wait_until_ready
from tests.stripe_peer.fixtures import StripeAccount


@pytest.mark.timeout(240)
async def test_each_gift_is_held_and_taken_once(
    tmp_path: Path, stripe_account: StripeAccount
) -> None:
    settings = stripe_account.settings
    values = {name.removeprefix("GATEWAY_").lower(): value for name, value in settings.items()}
    giver, staff = await prepare_shop(
        Settings(data_dir=tmp_path / "data", **values),  # type: ignore[arg-type]
        stripe_account.create_method("sim_ok"),
    )
    with killable_gateway(tmp_path, giver, staff, **settings) as gateway:
        abandon_gift(gateway)
        short_gift = create_short_gift(gateway)
        gift = create_gift(gateway, gift_input(gateway, "given"))
        accept_through_kills(gateway, gift)
        dispatch_through_kills(gateway, gift)
        assert gateway.ask(CANCEL, giver, id=short_gift)["giftCancel"]["userErrors"] == []
        wait_until(lambda: gateway.status(short_gift) == ("CANCELLED", "RELEASED"))
        wait_until(lambda: gateway.status(gift) == ("DISPATCHED", "CAPTURED"))
    intents = stripe_account.list_intents()
    assert sorted(intent["status"] for intent in intents) == ["canceled", "canceled", "succeeded"]
    assert list(stripe_account.count_holds().values()) == [1, 1, 1]
    [taken] = [intent for intent in intents if intent["status"] == "succeeded"]
    assert taken["amount_received"] == taken["amount"]
    assert stripe_account.count_captures() == {taken["id"]: 1}


def create_short_gift(gateway: KillableGateway) -> str:
    """A gift that ends soon, so that its money is held before it exists."""
    gateway.start("the hold is made")
    wait_until_ready(gateway.url)
    soon = (datetime.now(UTC) + timedelta(days=4)).isoformat()
    wish = gift_input(gateway, "held", expiresAt=soon)
    gateway.ask_and_die(CREATE, gateway.giver, input=wish)
    gateway.start("the link is used, uncommitted")
    wait_until_ready(gateway.url)
    return create_gift(gateway, wish)


def accept_through_kills(gateway: KillableGateway, gift: str) -> None:
    """Accepted, and its money held: dying after each."""
    secret = gateway.wait_for_link(gift)
    gateway.ask_and_die(ACCEPT, token=secret)
    gateway.start("the hold is made")
    wait_until_ready(gateway.url)
    # It may die of the hold before this is answered: what was accepted is accepted.
    with suppress(httpx.TransportError):
        assert gateway.ask(ACCEPT, token=secret)["giftAccept"]["userErrors"] == []
    gateway.wait_for_death()
    gateway.start("the money is about to be taken")
    wait_until_ready(gateway.url)
    wait_until(lambda: gateway.status(gift)[1] == "HELD")


def dispatch_through_kills(gateway: KillableGateway, gift: str) -> None:
    gateway.ask_and_die(SHIPMENT, gateway.staff, id=gift, status="DISPATCHED")
    gateway.start_and_die("the money is taken")
    gateway.start("")
    wait_until_ready(gateway.url)
