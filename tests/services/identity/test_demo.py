"""The purchasers to try the gateway with."""

from gateway.engine.identity.one_click_offers import OneClickState, build_button
from gateway.services.demo.purchasers import DEMO_PURCHASERS, add_demo_purchasers, create_token
from gateway.services.identity.one_click_profiles import load_setup
from tests.services.identity.conftest import IdentityShop


async def test_demo_purchasers_can_turn_one_click_on_and_are_made_once(shop: IdentityShop) -> None:
    made = await add_demo_purchasers(shop.dependencies)
    assert await add_demo_purchasers(shop.dependencies) == made
    for demo in DEMO_PURCHASERS:
        caller = await shop.authenticate(
            token=await create_token(demo.email, dependencies=shop.dependencies)
        )
        async with shop.dependencies.database.read() as reading:
            setup = await load_setup(
                caller=caller, reading=reading, cipher=shop.dependencies.cipher
            )
        assert setup is not None
        assert len(setup.addresses) == len(demo.addresses)
        assert len(setup.payment_methods) == len(demo.methods)
        assert build_button(setup, today=shop.clock.now().date()).state is OneClickState.ENABLEABLE


async def test_a_token_makes_a_purchaser_who_is_missing(shop: IdentityShop) -> None:
    first = await create_token("Eve@example.com", dependencies=shop.dependencies)
    second = await create_token("eve@example.com", dependencies=shop.dependencies)
    callers = [await shop.authenticate(token=each) for each in (first, second)]
    assert callers[0].purchaser_id == callers[1].purchaser_id is not None


async def test_what_is_no_email_gets_no_token(shop: IdentityShop) -> None:
    assert await create_token("eve", dependencies=shop.dependencies) is None
