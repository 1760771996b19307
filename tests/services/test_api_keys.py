"""API keys are shown once, kept as digests, and come to an end."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.random_ids import RandomIds
from gateway.services.api_keys import (
    add_key,
    find_api_key,
    is_key_active,
    list_keys,
    normalize_key_name,
    revoke_key,
)
from gateway.services.ports.api_keys import ApiKey, ApiKeyRole
from gateway.services.ports.database import DuplicateKey

MINUTE = timedelta(minutes=1)


@pytest.fixture
def made(database: SqliteDatabase, clock: ManualClock) -> dict[str, Any]:
    return {"database": database, "ids": RandomIds(), "clock": clock}


async def find_key(secret: str, made: dict[str, Any]) -> ApiKey | None:
    async with made["database"].read() as reading:
        return await find_api_key(secret, reading=reading, now=made["clock"].now())


async def test_a_key_is_known_again_but_kept_nowhere(
    made: dict[str, Any], database_file: Path
) -> None:
    secret = await add_key("shop", ApiKeyRole.PARTNER, "pur_1", **made)
    assert secret.startswith("gw_")
    key = await find_key(secret, made)
    assert key is not None
    assert (key.name, key.role, key.purchaser_id) == ("shop", ApiKeyRole.PARTNER, "pur_1")
    assert await find_key(f"{secret}x", made) is None
    assert await find_key("Bearer", made) is None
    files = database_file.parent.glob(f"{database_file.name}*")
    assert not any(secret.encode() in file.read_bytes() for file in files)
    with pytest.raises(DuplicateKey):
        await add_key("shop", ApiKeyRole.STAFF, "pur_1", **made)


async def test_a_key_counts_until_it_expires(made: dict[str, Any]) -> None:
    # R103
    end = made["clock"].now() + MINUTE
    secret = await add_key("carrier", ApiKeyRole.STAFF, None, **made, expires_at=end)
    made["clock"].advance(MINUTE - timedelta(microseconds=1))
    key = await find_key(secret, made)
    assert key is not None
    made["clock"].advance(timedelta(microseconds=1))
    assert await find_key(secret, made) is None
    async with made["database"].read() as reading:
        assert not await is_key_active(key.id, reading=reading, now=made["clock"].now())


async def test_a_revoked_key_counts_no_more_and_stays_in_the_list(made: dict[str, Any]) -> None:
    # R103
    secret = await add_key("carrier", ApiKeyRole.STAFF, None, **made)
    other_secret = await add_key("app", ApiKeyRole.PARTNER, "pur_1", **made)
    assert await revoke_key("carrier", database=made["database"], clock=made["clock"])
    assert not await revoke_key("nobody", database=made["database"], clock=made["clock"])
    assert await find_key(secret, made) is None
    assert await find_key(other_secret, made) is not None
    async with made["database"].read() as reading:
        listed = await list_keys(reading=reading)
        assert [(each.key.name, each.revoked_at) for each in listed] == [
            ("app", None),
            ("carrier", made["clock"].now()),
        ]
        assert not await is_key_active("key_nobodys", reading=reading, now=made["clock"].now())


@pytest.mark.parametrize("ended", ["revoked", "expired"])
async def test_a_name_that_counts_no_more_is_given_again(made: dict[str, Any], ended: str) -> None:
    """R103: its holder goes on under the same id; the secret of before counts no more."""
    clock = made["clock"]
    before = await add_key(
        "app", ApiKeyRole.PARTNER, "pur_1", **made, expires_at=clock.now() + MINUTE
    )
    key = await find_key(before, made)
    with pytest.raises(DuplicateKey):
        await add_key("app", ApiKeyRole.PARTNER, "pur_1", **made)
    if ended == "revoked":
        await revoke_key("app", database=made["database"], clock=clock)
    else:
        clock.advance(MINUTE)
    with pytest.raises(DuplicateKey):
        await add_key("app", ApiKeyRole.STAFF, None, **made)
    after = await add_key("app", ApiKeyRole.PARTNER, "pur_1", **made)
    assert await find_key(before, made) is None
    assert await find_key(after, made) == key
    clock.advance(MINUTE)
    assert await find_key(after, made) == key


async def test_every_key_is_listed_however_many_there_are(made: dict[str, Any]) -> None:
    # R103
    names = sorted(f"key {number:03}" for number in range(205))
    for name in names:
        await add_key(name, ApiKeyRole.STAFF, None, **made)
    async with made["database"].read() as reading:
        assert [each.key.name for each in await list_keys(reading=reading)] == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" shop ", "shop"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("gro\u00df", "gro\u00df"),
        ("", None),
        (" ", None),
        ("a\nb", None),
        ("a\u200bb", None),
        ("a\u0000", None),
        ("\u202eshop", None),
        ("x" * 100, "x" * 100),
        ("x" * 101, None),
    ],
)
def test_a_name_is_what_can_be_seen_of_it(text: str, name: str | None) -> None:
    # R96
    assert normalize_key_name(text) == name
