"""API keys, which are shown once when they are made, and stored as digests."""

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
"""Characters of the name of a key."""


def normalize_key_name(text: str) -> str | None:
    """``text`` as the normalized name of a key; None if it is not a valid name.

    Names that look the same are equal, and a name has no invisible characters.
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
    """Add a key called ``name`` and return its secret, which is not stored.

    The name of a revoked or expired key can be used again for the same role. Its gifts and webhooks
    then belong to the new key; the earlier secret stays invalid.

    Raises:
        DuplicateKey: a key of that name is active, or its role was another.

    """
    secret = SECRET_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey(ids.new("key"), name, role, purchaser_id)
    record = ApiKeyRecord(key, clock.now(), expires_at)
    async with database.begin() as work:
        if not await work.api_keys.reissue(record, _secret_digest(secret)):
            await work.api_keys.add(record, _secret_digest(secret))
    return secret


async def find_api_key(secret: str, *, reading: ReadSession, now: datetime) -> ApiKey | None:
    """The key of ``secret`` (``gw_…``); None if there is none that is active at ``now``."""
    if not secret.startswith(SECRET_PREFIX):
        return None
    record = await reading.api_keys.find(_secret_digest(secret))
    return record.key if record is not None and record.is_active(now) else None


async def is_key_active(id: str, *, reading: ReadSession, now: datetime) -> bool:
    """Whether the key of this id is active at ``now``: neither revoked nor expired."""
    record = await reading.api_keys.find_by_id(id)
    return record is not None and record.is_active(now)


async def list_keys(*, reading: ReadSession) -> tuple[ApiKeyRecord, ...]:
    """All keys by name, revoked and expired ones too."""
    records: list[ApiKeyRecord] = []
    while record := await reading.api_keys.find_next(records[-1].key.name if records else ""):
        records.append(record)
    return tuple(records)


async def revoke_key(name: str, *, database: Database, clock: Clock) -> bool:
    """Revoke the key called ``name``; returns whether there is one."""
    async with database.begin() as work:
        return await work.api_keys.revoke(name, clock.now())


def _secret_digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
