"""Keys of requests, what staff did, and requests for selection, on SQLite and on Postgres."""

from dataclasses import replace
from datetime import timedelta

from gateway.adapters.clocks import ManualClock
from gateway.services.ports.request_keys import RequestKey
from gateway.services.ports.selection_requests import SelectionRequest
from gateway.services.ports.staff_actions import StaffAction, StaffActionPosition
from tests.conftest import AnyDatabase

SECOND = timedelta(seconds=1)


def request_key(clock: ManualClock, key: str = "k", result: str | None = None) -> RequestKey:
    return RequestKey("key:shop", key, "stockAdjust", "print", clock.now(), result)


def action(clock: ManualClock, id: str, subject_id: str = "var_mug") -> StaffAction:
    return StaffAction(
        id, "desk", "stockAdjust", subject_id, "Counted.", {"by": 2, "unit": "box"}, clock.now()
    )


async def test_a_key_is_kept_until_something_came_of_its_request(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    first = request_key(clock)
    other_body = replace(first, fingerprint="another", created_at=clock.now() + SECOND)
    async with databases.begin() as work:
        assert await work.request_keys.lock(first) == first
        assert await work.request_keys.lock(other_body) == first
    done = replace(other_body, result="var_mug")
    async with databases.begin() as work:
        await work.request_keys.save(done)
    async with databases.begin() as work:
        assert await work.request_keys.lock(first) == done
        elsewhere = replace(first, scope="key:other")
        assert await work.request_keys.lock(elsewhere) == elsewhere


async def test_old_keys_are_forgotten_the_oldest_first(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    keys = [
        replace(request_key(clock, name, name), created_at=clock.now() + index * SECOND)
        for index, name in enumerate("abc")
    ]
    async with databases.begin() as work:
        for key in keys:
            await work.request_keys.lock(key)
        assert await work.request_keys.prune(clock.now() + 2 * SECOND, 1) == 1
        assert await work.request_keys.prune(clock.now() + 2 * SECOND, 9) == 1
        assert await work.request_keys.prune(clock.now() + 2 * SECOND, 9) == 0
        fresh = [replace(key, result=None) for key in keys]
        assert [await work.request_keys.lock(key) for key in fresh] == [*fresh[:2], keys[2]]


async def test_actions_come_back_the_latest_first_page_by_page(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    actions = [action(clock, "act_1"), action(clock, "act_2", "var_print")]
    clock.advance(SECOND)
    actions.append(replace(action(clock, "act_0"), reason=None, detail={}))
    async with databases.begin() as work:
        for staff_action in actions:
            await work.staff_actions.add(staff_action)
    latest = [actions[2], actions[1], actions[0]]
    async with databases.read() as reading:
        listed = reading.staff_actions.list_page
        assert await listed(9, None, None) == tuple(latest)
        assert await listed(2, None, None) == tuple(latest[:2])
        position = StaffActionPosition(latest[1].done_at, latest[1].id)
        assert await listed(2, position, None) == (latest[2],)
        assert await listed(9, None, "var_mug") == (latest[0], latest[2])
        assert await listed(9, position, "var_mug") == (latest[2],)
        assert await listed(9, None, "var_none") == ()


async def test_many_requests_for_selection_make_one_run(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    now = clock.now()
    async with databases.begin() as work:
        requests = work.selection_requests
        assert await requests.next_due(now) is None
        await requests.request(now)
        await requests.request(now + SECOND)
        assert await requests.next_due(now) == now
        [lease] = await requests.claim(now, now + SECOND, 5)
        assert lease == SelectionRequest("stock", 1, 3)
        assert await requests.claim(now, now + SECOND, 5) == ()
        assert await requests.next_due(now) is None
        assert await requests.finish(lease)
        assert await requests.next_due(now) is None
        await requests.request(now + SECOND)
        assert await requests.next_due(now) == now + SECOND


async def test_a_request_during_a_run_makes_another_run(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    now = clock.now()
    async with databases.begin() as work:
        requests = work.selection_requests
        await requests.request(now)
        [lease] = await requests.claim(now, now + SECOND, 1)
        await requests.request(now + SECOND)
        assert await requests.claim(now, now + SECOND, 1) == ()
        assert not await requests.finish(lease)
        [lease] = await requests.claim(now, now + SECOND, 1)
        await requests.postpone(lease, now + SECOND)
        assert await requests.next_due(now) == now + SECOND
        [again] = await requests.claim(now + SECOND, now + 2 * SECOND, 1)
        assert (again.attempts, await requests.finish(again)) == (2, True)
