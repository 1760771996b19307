"""The purchasers to try the gateway with."""

from gateway.engine.offers import OfferState, offer
from gateway.services.identity.demo import DEMO_PURCHASERS, add_demo_purchasers, token_for
from gateway.services.identity.one_click import standing
from tests.services.identity.conftest import Shop


async def test_demo_purchasers_can_turn_one_click_on_and_are_made_once(shop: Shop) -> None:
    made = await add_demo_purchasers(shop.parts)
    assert await add_demo_purchasers(shop.parts) == made
    for demo in DEMO_PURCHASERS:
        caller = await shop.recognise(token=await token_for(demo.email, parts=shop.parts))
        async with shop.parts.database.read() as reading:
            found = await standing(caller=caller, reading=reading, cipher=shop.parts.cipher)
        assert found is not None
        assert len(found.addresses) == len(demo.addresses)
        assert len(found.payment_methods) == len(demo.methods)
        assert offer(found, today=shop.clock.now().date()).state is OfferState.ENABLEABLE


async def test_a_token_makes_a_purchaser_who_is_missing(shop: Shop) -> None:
    first = await token_for("Eve@example.com", parts=shop.parts)
    second = await token_for("eve@example.com", parts=shop.parts)
    callers = [await shop.recognise(token=each) for each in (first, second)]
    assert callers[0].purchaser_id == callers[1].purchaser_id is not None


async def test_what_is_no_email_gets_no_token(shop: Shop) -> None:
    assert await token_for("eve", parts=shop.parts) is None
