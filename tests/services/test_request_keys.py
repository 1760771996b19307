"""R22: a request with an idempotency key is carried out once, also when it comes twice."""

import asyncio
from dataclasses import replace

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.user_errors import KEY_USED_MESSAGE, ErrorCode, UserError
from gateway.services.dependencies import Dependencies
from gateway.services.idempotency import KEY_PATH
from gateway.services.identity.callers import Caller, CallingClient
from gateway.services.ports.api_keys import ApiKey, ApiKeyRole
from gateway.services.request_keys import (
    IdempotentRequest,
    find_result,
    record_result,
    request_scope,
)
from tests.conftest import AnyDatabase
from tests.shelves import build_dependencies

REQUEST = IdempotentRequest("key:desk", "k", "stockAdjust", {"variantId": "var_mug", "by": 1})
CONFLICT = UserError(ErrorCode.IDEMPOTENCY_CONFLICT, KEY_PATH, KEY_USED_MESSAGE)


@pytest.fixture
def dependencies(databases: AnyDatabase, clock: ManualClock) -> Dependencies:
    return build_dependencies(databases, clock)


async def find(request: IdempotentRequest, dependencies: Dependencies) -> str | UserError | None:
    async with dependencies.database.begin() as work:
        return await find_result(request, work=work, dependencies=dependencies)


async def carry_out(
    request: IdempotentRequest, result: str, dependencies: Dependencies
) -> str | UserError | None:
    """What was there before; else ``result`` is recorded."""
    async with dependencies.database.begin() as work:
        earlier_result = await find_result(request, work=work, dependencies=dependencies)
        if earlier_result is None:
            await record_result(request, result, work=work, dependencies=dependencies)
        return earlier_result


async def test_the_same_request_has_the_result_of_the_first(dependencies: Dependencies) -> None:
    assert await carry_out(REQUEST, "first", dependencies) is None
    assert await carry_out(REQUEST, "second", dependencies) == "first"
    others = [
        replace(REQUEST, body={"variantId": "var_mug", "by": 2}),
        replace(REQUEST, operation="variantUpdate"),
    ]
    assert [await find(each, dependencies) for each in others] == [CONFLICT, CONFLICT]
    elsewhere = replace(REQUEST, scope="key:other")
    assert await carry_out(elsewhere, "elsewhere", dependencies) is None
    assert await find(REQUEST, dependencies) == "first"


async def test_a_request_that_was_refused_runs_again_and_frees_its_key(
    dependencies: Dependencies,
) -> None:
    assert await find(REQUEST, dependencies) is None
    assert await find(REQUEST, dependencies) is None
    other = replace(REQUEST, body={})
    assert await carry_out(other, "other", dependencies) is None
    assert await find(other, dependencies) == "other"
    assert await find(REQUEST, dependencies) == CONFLICT


async def test_without_a_key_a_request_is_carried_out_each_time(
    dependencies: Dependencies,
) -> None:
    keyless = replace(REQUEST, key=None)
    assert await carry_out(keyless, "first", dependencies) is None
    assert await carry_out(keyless, "second", dependencies) is None


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "a\nb"])
async def test_a_text_that_is_no_key_is_refused(key: str, dependencies: Dependencies) -> None:
    message = "Give 1 to 255 printable characters, not only blanks."
    error = UserError(ErrorCode.INVALID_INPUT, KEY_PATH, message)
    assert await carry_out(replace(REQUEST, key=key), "first", dependencies) == error


async def test_of_many_at_once_one_is_carried_out(dependencies: Dependencies) -> None:
    results = await asyncio.gather(
        *(carry_out(REQUEST, str(number), dependencies) for number in range(10))
    )
    [winner] = [str(index) for index, result in enumerate(results) if result is None]
    assert sorted(map(str, results)) == sorted(["None", *[winner] * 9])


def test_whose_keys_a_caller_uses() -> None:
    client = CallingClient("cli_1", "digest")
    key = ApiKey("key_1", "desk", ApiKeyRole.STAFF, None)
    callers = [Caller(client), Caller(client, "pur_1"), Caller(client, "pur_1", key=key)]
    scopes = ["client:cli_1", "purchaser:pur_1", "key:desk"]
    assert [request_scope(each) for each in callers] == scopes
