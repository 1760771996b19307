"""A gift's dispatch that is killed: it is finished, and its request is known all the same."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.orders.shipments import Shipment, ShipmentState
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_store import DISPATCH_LEASE
from gateway.services.gifts.shipments import ShipmentStatus, update_shipment
from gateway.services.orders.dispatching import Dispatch
from gateway.services.outcomes import Outcome
from gateway.services.parcels import ParcelDependencies, dispatch_parcel
from gateway.services.ports.payments import (
    AuthorizationRequest,
    AuthorizationResult,
    PaymentProvider,
)
from gateway.services.request_keys import IdempotentRequest
from gateway.services.staff_actions import StaffMember
from tests.conftest import AnyDatabase
from tests.kills import (
    ProcessCrash,
    count_awaits,
    kill_at_await,
    make_database_wait,
    make_payments_wait,
)
from tests.services.gifts.shop import BY_EMAIL, HOME_TYPED, GiftShop
from tests.shelves import build_dependencies

TYPED = replace(BY_EMAIL, postal=HOME_TYPED)
PAGE = "https://carrier.example/1"
FINAL_MINOR = 1200
"""What a gift to that address costs."""
MAX_AWAITS = 500
MIN_AWAITS = 15
"""So many there are at least: fewer would mean that nothing was cut."""


class DyingPayments:
    """A provider at whose first capture the process that asked for it dies."""

    def __init__(self, payments: PaymentProvider) -> None:
        self._payments = payments

    def __getattr__(self, name: str) -> object:
        return getattr(self._payments, name)

    async def capture(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - passed on
        await self._payments.capture(*arguments, **named)
        raise ProcessCrash


class OvertakenPayments:
    """A provider that declines, but not before another process has done something."""

    def __init__(self, payments: PaymentProvider, overtake: Callable[[], Awaitable[Any]]) -> None:
        self._payments = payments
        self._overtake = overtake

    def __getattr__(self, name: str) -> object:
        return getattr(self._payments, name)

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationResult:
        result = await self._payments.authorize(request)
        await self._overtake()
        return result


@dataclass
class PackingDesk:
    """Staff who send the gifts of a shop."""

    shop: GiftShop

    async def pack(self) -> "PackedGift":
        """A gift that waits to leave."""
        gift = await self.shop.give(TYPED)
        assert gift.parcel_id is not None
        return PackedGift(self.shop, gift, gift.parcel_id)


@dataclass
class PackedGift:
    """A gift and its parcel, which members of staff send."""

    shop: GiftShop
    gift: Gift
    parcel_id: str

    async def dispatch(
        self,
        *,
        has_key: bool = True,
        member: str = "packer",
        dependencies: GiftDependencies | None = None,
    ) -> Outcome[Shipment]:
        key = f"send {self.parcel_id}" if has_key else None
        request = IdempotentRequest(
            f"key:{member}", key, "shipmentDispatch", {"shipmentId": self.parcel_id}
        )
        dispatch = Dispatch(
            self.parcel_id,
            f"staff:{member}",
            carrier="Post",
            tracking_number="123",
            tracking_url=PAGE,
            request=request,
            member=StaffMember(member),
        )
        gift_dependencies = dependencies or self.shop.dependencies
        orders = replace(
            build_dependencies(self.shop.database, self.shop.clock),
            database=gift_dependencies.database,
        )
        return await dispatch_parcel(dispatch, ParcelDependencies(orders, gift_dependencies))

    async def dispatch_killed_at(self, number: int, *, has_key: bool = True) -> bool:
        """Whether a dispatch that was to die at its ``number``-th await got further than that."""
        return (
            await kill_at_await(self.dispatch(has_key=has_key, dependencies=self._cut()), number)
            is not None
        )

    async def dispatch_killed_after_capture(self) -> None:
        payments: Any = DyingPayments(self.shop.dependencies.payments)
        with pytest.raises(ProcessCrash):
            await self.dispatch(dependencies=replace(self.shop.dependencies, payments=payments))

    def _cut(self) -> GiftDependencies:
        return replace(
            self.shop.dependencies,
            database=make_database_wait(self.shop.database),
            payments=make_payments_wait(self.shop.dependencies.payments),
        )

    async def let_worker_take_over(self) -> None:
        # What was given to the database to commit is committed before anything that comes later.
        async with self.shop.database.begin() as work:
            await work.stock.release({})
        await self.shop.advance_and_run(DISPATCH_LEASE + timedelta(seconds=1))

    async def list_actions(self) -> list[tuple[str, str]]:
        """Who did what to the parcel, as the staff log has it."""
        async with self.shop.database.read() as reading:
            actions = await reading.staff_actions.list_page(100, None, self.parcel_id)
        return [(action.key_name, action.action) for action in actions]

    async def end_hold(self) -> None:
        """Let the hold end, so that the money is asked for anew."""
        charge_id = (await self.shop.load_gift(self.gift.id)).charges.charge_id
        assert charge_id is not None
        await self.shop.payments.release(charge_id)

    async def load_status(self) -> GiftStatus:
        return (await self.shop.load_gift(self.gift.id)).status


@pytest.fixture
def desk(databases: AnyDatabase, clock: ManualClock) -> PackingDesk:
    """On both databases."""
    return PackingDesk(GiftShop(databases, clock))


def codes(outcome: Outcome[Shipment]) -> list[str]:
    return [error.code.value for error in outcome.user_errors]


async def repeat_at_once(gift: PackedGift) -> None:
    """The client asks again before anybody has taken the dispatch over."""


async def repeat_after_the_worker(gift: PackedGift) -> None:
    """The client asks again when the worker may have finished the dispatch."""
    await gift.let_worker_take_over()


@pytest.mark.parametrize("wait", [repeat_at_once, repeat_after_the_worker])
async def test_a_dispatch_killed_anywhere_is_one_when_it_is_repeated(
    desk: PackingDesk, wait: Callable[[PackedGift], Awaitable[None]]
) -> None:
    """R122, R126: the same answer, one capture, one line in the staff log, one event."""
    for number in count_awaits(desk.shop.database, MAX_AWAITS):
        gift = await desk.pack()
        has_survived = await gift.dispatch_killed_at(number)
        await wait(gift)
        outcome = await gift.dispatch()
        assert outcome.user_errors == (), number
        assert outcome.value is not None
        assert (outcome.value.id, outcome.value.state) == (gift.parcel_id, ShipmentState.DISPATCHED)
        await gift.let_worker_take_over()
        assert await gift.dispatch() == outcome
        assert await gift.load_status() is GiftStatus.DISPATCHED
        assert await gift.list_actions() == [("packer", "shipmentDispatch")], number
        assert (await desk.shop.list_event_types(gift.gift.id)).count("dispatch") == 1
        charges = await desk.shop.list_charges()
        assert charges == [(FINAL_MINOR, "CAPTURED")] * len(charges), number
        if has_survived:
            assert number > MIN_AWAITS
            return
    pytest.fail(f"more than {MAX_AWAITS} awaits")


async def test_a_killed_dispatch_without_a_key_is_in_the_staff_log(desk: PackingDesk) -> None:
    """R126: the worker finishes it; a repetition is told that the parcel has left."""
    for number in count_awaits(desk.shop.database, MAX_AWAITS):
        gift = await desk.pack()
        has_survived = await gift.dispatch_killed_at(number, has_key=False)
        await gift.let_worker_take_over()
        has_left = await gift.load_status() is GiftStatus.DISPATCHED
        assert await gift.list_actions() == [("packer", "shipmentDispatch")] * has_left, number
        expected = ["NOT_MODIFIABLE"] if has_left else []
        assert codes(await gift.dispatch(has_key=False)) == expected, number
        assert await gift.list_actions() == [("packer", "shipmentDispatch")], number
        if has_survived:
            return
    pytest.fail(f"more than {MAX_AWAITS} awaits")


async def test_a_killed_dispatch_that_is_not_paid_records_nothing(desk: PackingDesk) -> None:
    """R126: its key asks anew once the giver's payment can be taken."""
    for number in count_awaits(desk.shop.database, MAX_AWAITS):
        desk.shop.givers.token = "sim_ok"
        gift = await desk.pack()
        await gift.end_hold()
        desk.shop.givers.token = "sim_declined"
        has_survived = await gift.dispatch_killed_at(number)
        await gift.let_worker_take_over()
        assert await gift.load_status() is GiftStatus.RESOLVED
        assert codes(await gift.dispatch()) == ["PAYMENT_DECLINED"], number
        assert await gift.list_actions() == []
        desk.shop.givers.token = "sim_ok"
        assert codes(await gift.dispatch()) == [], number
        assert await gift.list_actions() == [("packer", "shipmentDispatch")]
        if has_survived:
            return
    pytest.fail(f"more than {MAX_AWAITS} awaits")


async def test_the_carriers_word_finishes_a_killed_dispatch_for_its_request(
    desk: PackingDesk,
) -> None:
    """R122: it says of the same parcel what staff had said."""
    gift = await desk.pack()
    await gift.dispatch_killed_after_capture()
    outcome = await update_shipment(
        gift.gift.id, ShipmentStatus.DISPATCHED, PAGE, dependencies=desk.shop.dependencies
    )
    assert outcome.user_errors == ()
    assert await gift.list_actions() == [("packer", "shipmentDispatch")]
    assert codes(await gift.dispatch()) == []


async def test_two_members_of_staff_who_send_one_gift_are_both_in_the_log(
    desk: PackingDesk,
) -> None:
    """R122: the second takes over what the first one's process left behind."""
    gift = await desk.pack()
    await gift.dispatch_killed_after_capture()
    assert codes(await gift.dispatch(member="second")) == []
    assert sorted(await gift.list_actions()) == [
        ("packer", "shipmentDispatch"),
        ("second", "shipmentDispatch"),
    ]
    assert codes(await gift.dispatch()) == []


async def test_an_unpaid_dispatch_that_another_overtook_is_to_be_asked_for_again(
    desk: PackingDesk,
) -> None:
    """R122: also where the carrier's word began it."""
    gift = await desk.pack()
    await gift.end_hold()
    desk.shop.givers.token = "sim_declined"
    payments: Any = OvertakenPayments(desk.shop.dependencies.payments, gift.dispatch)
    outcome = await update_shipment(
        gift.gift.id,
        ShipmentStatus.DISPATCHED,
        PAGE,
        dependencies=replace(desk.shop.dependencies, payments=payments),
    )
    assert [error.code.value for error in outcome.user_errors] == ["VERSION_CONFLICT"]
    assert await gift.load_status() is GiftStatus.RESOLVED
    assert await gift.list_actions() == []
