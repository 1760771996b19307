"""Personal data at rest: sealed under a key of the person's own, gone when that key is deleted."""

from gateway.services.ports.database import Database, ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher

# Keys rewrapped in one transaction.
KEYS_PER_TRANSACTION = 200
GATEWAY_SUBJECT = "gateway"
"""Whose key is there from the first start on, so that each later start can try its secret on it."""


async def seal(
    plaintext: bytes, *, subject: str, context: str, work: UnitOfWork, cipher: Cipher
) -> bytes:
    """``plaintext`` sealed under the key of ``subject``, which is made if there is none."""
    wrapped_key = await work.data_keys.find(subject)
    if wrapped_key is None:
        wrapped_key = await work.data_keys.add(subject, cipher.new_key(subject))
    return cipher.seal(subject, wrapped_key, plaintext, context)


async def unseal(
    sealed: bytes, *, subject: str, context: str, reading: ReadSession, cipher: Cipher
) -> bytes | None:
    """What was sealed; nothing once ``subject`` was forgotten."""
    wrapped_key = await reading.data_keys.find(subject)
    if wrapped_key is None:
        return None
    return cipher.unseal(subject, wrapped_key, sealed, context)


async def delete_data_key(subject: str, *, work: UnitOfWork) -> None:
    """Make everything sealed for ``subject`` unreadable, in backups of its rows too."""
    await work.data_keys.delete(subject)


async def rewrap_data_keys(*, database: Database, cipher: Cipher) -> int:
    """How many data keys were wrapped anew, under the present secret."""
    rewrapped_count, last_subject = 0, ""
    while True:
        async with database.begin() as work:
            keys = await work.data_keys.list_after(last_subject, KEYS_PER_TRANSACTION)
            for subject, wrapped_key in keys.items():
                new_wrapped_key = cipher.rewrap(subject, wrapped_key)
                rewrapped_count += await work.data_keys.replace(
                    subject, wrapped_key, new_wrapped_key
                )
        if not keys:
            return rewrapped_count
        last_subject = max(keys)


async def has_data_keys(*, database: Database) -> bool:
    """Whether anything was ever sealed in this database."""
    async with database.read() as reading:
        return bool(await reading.data_keys.list_after("", 1))


async def require_secret(*, database: Database, cipher: Cipher) -> None:
    """Refuse a secret under which what the database holds cannot be opened.

    Raises:
        UnsealFailed: it is another secret, and the right one is not among the earlier ones.

    """
    async with database.read() as reading:
        wrapped_key = await reading.data_keys.find(GATEWAY_SUBJECT)
    if wrapped_key is None:
        wrapped_key = await _add_gateway_key(database, cipher)
    cipher.rewrap(GATEWAY_SUBJECT, wrapped_key)


async def _add_gateway_key(database: Database, cipher: Cipher) -> bytes:
    async with database.begin() as work:
        for subject, wrapped_key in (await work.data_keys.list_after("", 1)).items():
            cipher.rewrap(subject, wrapped_key)
        return await work.data_keys.add(GATEWAY_SUBJECT, cipher.new_key(GATEWAY_SUBJECT))
