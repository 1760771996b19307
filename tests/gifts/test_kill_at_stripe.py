"""R126, R131: a gateway that is killed around its calls of Stripe holds and takes money once."""

from pathlib import Path

from gateway.settings import Settings
from tests.gifts.killable_gateway import (
    CANCEL,
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
from tests.stripe_peer.fixtures import StripeAccount


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
        short_gift = create_short_gift(gateway, create_and_die(gateway, "held"))
        gift = create_gift(gateway, gift_input(gateway, "given"))
        accept_through_kills(gateway, gift)
        gateway.start_and_wait("the money is about to be taken")
        wait_until(lambda: gateway.status(gift)[1] == "HELD")
        dispatch_through_kills(gateway, gift)
        assert gateway.ask(CANCEL, giver, id=short_gift)["giftCancel"]["userErrors"] == []
        wait_until(lambda: gateway.status(short_gift) == ("CANCELLED", "RELEASED"))
        wait_until(lambda: gateway.status(gift) == ("DISPATCHED", "CAPTURED"))
    intents = stripe_account.list_intents()
    assert sorted(intent["status"] for intent in intents) == ["canceled", "canceled", "succeeded"]
    assert list(stripe_account.count_holds().values()) == [1, 1, 1]
    [captured] = [intent for intent in intents if intent["status"] == "succeeded"]
    assert captured["amount_received"] == captured["amount"]
    assert stripe_account.count_captures() == {captured["id"]: 1}


def dispatch_through_kills(gateway: KillableGateway, gift: str) -> None:
    gateway.ask_and_die(SHIPMENT, gateway.staff, id=gift, status="DISPATCHED")
    gateway.start_and_die("the money is taken")
    gateway.start_and_wait("")
