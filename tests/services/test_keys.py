"""API keys are shown once and kept as digests."""

from pathlib import Path

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.adapters.ids import RandomIds
from gateway.adapters.sqlite import SqliteDatabase
from gateway.services.keys import add_key, key_of
from gateway.services.ports.database import Duplicate
from gateway.services.ports.keys import Role


async def test_a_key_is_known_again_but_kept_nowhere(
    database: SqliteDatabase, database_file: Path, clock: StandingClock
) -> None:
    made = {"database": database, "ids": RandomIds(), "clock": clock}
    secret = await add_key("shop", Role.PARTNER, "pur_1", **made)  # type: ignore[arg-type]
    assert secret.startswith("gw_")
    async with database.read() as reading:
        key = await key_of(secret, reading=reading)
        assert key is not None
        assert (key.name, key.role, key.purchaser_id) == ("shop", Role.PARTNER, "pur_1")
        assert await key_of(f"{secret}x", reading=reading) is None
        assert await key_of("Bearer", reading=reading) is None
    files = database_file.parent.glob(f"{database_file.name}*")
    assert not any(secret.encode() in file.read_bytes() for file in files)
    with pytest.raises(Duplicate):
        await add_key("shop", Role.STAFF, "pur_1", **made)  # type: ignore[arg-type]
