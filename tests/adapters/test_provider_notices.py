"""What every payment provider with events tells of a charge that one is about."""

import pytest

from gateway.services.ports.provider_events import HoldNotice, HoldState
from tests.adapters.providers_under_test import PROVIDERS_WITH_EVENTS, ProviderUnderTest

pytestmark = pytest.mark.parametrize("payments", PROVIDERS_WITH_EVENTS, indirect=True)


async def fetch(payments: ProviderUnderTest, charge_id: str) -> tuple[object, ...]:
    """What an event about the charge stands for now."""
    assert payments.notices is not None
    assert payments.describe_event is not None
    return await payments.notices.fetch(*payments.describe_event(charge_id))


async def test_an_event_tells_how_a_hold_stands_now(payments: ProviderUnderTest) -> None:
    """Whatever its type says: it may come late, twice or in another order."""
    await payments.save()
    held_charge = await payments.hold("k1")
    released_charge = await payments.hold("k2")
    for _ in range(2):
        assert await fetch(payments, held_charge) == (
            HoldNotice("k1", held_charge, HoldState.HELD),
        )
    await payments.capture(held_charge, 600)
    await payments.provider.release(released_charge)
    assert await fetch(payments, held_charge) == (
        HoldNotice("k1", held_charge, HoldState.CAPTURED, 600, is_capture_ours=True),
    )
    assert await fetch(payments, released_charge) == (
        HoldNotice("k2", released_charge, HoldState.RELEASED),
    )


async def test_an_event_about_what_is_not_ours_tells_nothing(payments: ProviderUnderTest) -> None:
    assert await fetch(payments, "pi_none") == ()
