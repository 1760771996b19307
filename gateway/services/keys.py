"""API keys: made once, shown once, known afterwards by their digest only."""

import hashlib
import secrets

from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database, Reading
from gateway.services.ports.ids import Ids
from gateway.services.ports.keys import ApiKey, Role

PREFIX = "gw_"
SECRET_BYTES = 32


async def add_key(
    name: str, role: Role, purchaser_id: str, *, database: Database, ids: Ids, clock: Clock
) -> str:
    """The secret of a new key called ``name``; it is nowhere kept.

    Raises:
        Duplicate: there is a key of that name.

    """
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey(ids.new("key"), name, role, purchaser_id)
    async with database.begin() as work:
        await work.api_keys.add(key, _digest(secret), clock.now())
    return secret


async def key_of(secret: str, *, reading: Reading) -> ApiKey | None:
    """Whose key ``secret`` (``gw_…``) is; nothing for anything else."""
    if not secret.startswith(PREFIX):
        return None
    return await reading.api_keys.find(_digest(secret))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
