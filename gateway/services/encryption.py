"""Encryption of personal data under a key for each person, which is deleted to erase it."""

from gateway.services.ports.database import Database, ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher

KEYS_PER_TRANSACTION = 200
"""Data keys that are wrapped again in one transaction."""
GATEWAY_SUBJECT = "gateway"
"""The subject of a key that the first start adds, so that later ones can check the secret."""


async def seal(
    plaintext: bytes, *, subject: str, context: str, work: UnitOfWork, cipher: Cipher
) -> bytes:
    """``plaintext`` sealed under the key of ``subject``, which is added if there is none."""
    wrapped_key = await work.data_keys.find(subject)
    if wrapped_key is None:
        wrapped_key = await work.data_keys.add(subject, cipher.new_key(subject))
    return cipher.seal(subject, wrapped_key, plaintext, context)


async def unseal(
    sealed: bytes, *, subject: str, context: str, reading: ReadSession, cipher: Cipher
) -> bytes | None:
    """The plaintext of ``sealed``; None if ``subject`` was erased."""
    wrapped_key = await reading.data_keys.find(subject)
    if wrapped_key is None:
        return None
    return cipher.unseal(subject, wrapped_key, sealed, context)


async def delete_data_key(subject: str, *, work: UnitOfWork) -> None:
    """Make everything sealed for ``subject`` unreadable, in backups of its rows too."""
    await work.data_keys.delete(subject)


async def rewrap_data_keys(*, database: Database, cipher: Cipher) -> int:
    """Wrap all data keys under the present secret; returns how many were changed."""
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
    """Whether the database has any data keys."""
    async with database.read() as reading:
        return bool(await reading.data_keys.list_after("", 1))


async def require_secret(*, database: Database, cipher: Cipher) -> None:
    """Check that the secret unwraps the gateway's data key, which the first start adds.

    Raises:
        UnsealFailed: neither the secret nor an earlier one is the right one.

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
