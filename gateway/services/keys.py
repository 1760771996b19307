"""API keys: made once, shown once, known afterwards by their digest only."""

import hashlib
import secrets
import unicodedata
from datetime import datetime

from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database, Reading
from gateway.services.ports.ids import Ids
from gateway.services.ports.keys import ApiKey, KeyRecord, Role

PREFIX = "gw_"
SECRET_BYTES = 32
MAX_NAME = 100
"""Characters."""


def key_name(text: str) -> str | None:
    """``text`` as the name of a key, in one spelling; nothing if it cannot be one.

    Two names that look the same are one, and nothing in a name is invisible.
    """
    name = unicodedata.normalize("NFC", text).strip()
    return name if name and len(name) <= MAX_NAME and name.isprintable() else None


async def add_key(
    name: str,
    role: Role,
    purchaser_id: str | None,
    *,
    database: Database,
    ids: Ids,
    clock: Clock,
    expires_at: datetime | None = None,
) -> str:
    """The secret of a key called ``name``; it is nowhere kept.

    A name that was revoked or has expired may be given again for the same role: who held it keeps
    their gifts and webhooks, the secret of before stays worth nothing.

    Raises:
        Duplicate: a key of that name is in force, or was for another role.

    """
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey(ids.new("key"), name, role, purchaser_id)
    record = KeyRecord(key, clock.now(), expires_at)
    async with database.begin() as work:
        if not await work.api_keys.renew(record, _digest(secret)):
            await work.api_keys.add(record, _digest(secret))
    return secret


async def key_of(secret: str, *, reading: Reading, now: datetime) -> ApiKey | None:
    """Whose key ``secret`` (``gw_…``) is at ``now``; nothing for anything else."""
    if not secret.startswith(PREFIX):
        return None
    record = await reading.api_keys.find(_digest(secret))
    return record.key if record is not None and record.in_force(now) else None


async def counts(id: str, *, reading: Reading, now: datetime) -> bool:
    """Whether the key of this id may still be acted for: not once it is revoked or has expired."""
    record = await reading.api_keys.by_id(id)
    return record is not None and record.in_force(now)


async def every_key(*, reading: Reading) -> tuple[KeyRecord, ...]:
    """All keys, those that count no more too, by their names."""
    found: list[KeyRecord] = []
    while record := await reading.api_keys.after(found[-1].key.name if found else ""):
        found.append(record)
    return tuple(found)


async def revoke_key(name: str, *, database: Database, clock: Clock) -> bool:
    """Whether there is a key called ``name``; it counts no more."""
    async with database.begin() as work:
        return await work.api_keys.revoke(name, clock.now())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
