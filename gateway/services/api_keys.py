"""API keys: made once, shown once, known afterwards by their digest only."""

import hashlib
import secrets
import unicodedata
from datetime import datetime

from gateway.services.ports.api_keys import ApiKey, ApiKeyRecord, ApiKeyRole
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database, ReadSession
from gateway.services.ports.ids import IdGenerator

SECRET_PREFIX = "gw_"  # noqa: S105
SECRET_BYTES = 32
MAX_NAME_LENGTH = 100
"""Characters."""


def normalize_key_name(text: str) -> str | None:
    """``text`` as the name of a key, in one spelling; nothing if it cannot be one.

    Two names that look the same are one, and nothing in a name is invisible.
    """
    name = unicodedata.normalize("NFC", text).strip()
    return name if name and len(name) <= MAX_NAME_LENGTH and name.isprintable() else None


async def add_key(
    name: str,
    role: ApiKeyRole,
    purchaser_id: str | None,
    *,
    database: Database,
    ids: IdGenerator,
    clock: Clock,
    expires_at: datetime | None = None,
) -> str:
    """The secret of a key called ``name``; it is nowhere kept.

    A name that was revoked or has expired may be given again for the same role: who held it keeps
    their gifts and webhooks, the secret of before stays worth nothing.

    Raises:
        DuplicateKey: a key of that name is in force, or was for another role.

    """
    secret = SECRET_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey(ids.new("key"), name, role, purchaser_id)
    record = ApiKeyRecord(key, clock.now(), expires_at)
    async with database.begin() as work:
        if not await work.api_keys.reissue(record, _secret_digest(secret)):
            await work.api_keys.add(record, _secret_digest(secret))
    return secret


async def find_api_key(secret: str, *, reading: ReadSession, now: datetime) -> ApiKey | None:
    """Whose key ``secret`` (``gw_…``) is at ``now``; nothing for anything else."""
    if not secret.startswith(SECRET_PREFIX):
        return None
    record = await reading.api_keys.find(_secret_digest(secret))
    return record.key if record is not None and record.is_active(now) else None


async def is_key_active(id: str, *, reading: ReadSession, now: datetime) -> bool:
    """Whether the key of this id may still be acted for: not once it is revoked or has expired."""
    record = await reading.api_keys.find_by_id(id)
    return record is not None and record.is_active(now)


async def list_keys(*, reading: ReadSession) -> tuple[ApiKeyRecord, ...]:
    """All keys, those that count no more too, by their names."""
    records: list[ApiKeyRecord] = []
    while record := await reading.api_keys.find_next(records[-1].key.name if records else ""):
        records.append(record)
    return tuple(records)


async def revoke_key(name: str, *, database: Database, clock: Clock) -> bool:
    """Whether there is a key called ``name``; it counts no more."""
    async with database.begin() as work:
        return await work.api_keys.revoke(name, clock.now())


def _secret_digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
