"""Personal data at rest: sealed under a key of the person's own, gone when that key is deleted."""

from gateway.services.ports.database import Database, Reading, Work
from gateway.services.ports.vault import Cipher

# Keys rewrapped in one transaction.
BATCH = 200
OWN_SUBJECT = "gateway"
"""Whose key is there from the first start on, so that each later start can try its secret on it."""


async def seal(plain: bytes, *, subject: str, place: str, work: Work, cipher: Cipher) -> bytes:
    """``plain`` sealed under the key of ``subject``, which is made if there is none."""
    wrapped = await work.data_keys.find(subject)
    if wrapped is None:
        wrapped = await work.data_keys.add(subject, cipher.new_key(subject))
    return cipher.seal(subject, wrapped, plain, place)


async def unseal(
    sealed: bytes, *, subject: str, place: str, reading: Reading, cipher: Cipher
) -> bytes | None:
    """What was sealed; nothing once ``subject`` was forgotten."""
    wrapped = await reading.data_keys.find(subject)
    if wrapped is None:
        return None
    return cipher.unseal(subject, wrapped, sealed, place)


async def forget(subject: str, *, work: Work) -> None:
    """Make everything sealed for ``subject`` unreadable, in backups of its rows too."""
    await work.data_keys.delete(subject)


async def rotate(*, database: Database, cipher: Cipher) -> int:
    """How many data keys were wrapped anew, under the present secret."""
    rewrapped, last = 0, ""
    while True:
        async with database.begin() as work:
            keys = await work.data_keys.after(last, BATCH)
            for subject, wrapped in keys.items():
                fresh = cipher.rewrapped(subject, wrapped)
                rewrapped += await work.data_keys.replace(subject, wrapped, fresh)
        if not keys:
            return rewrapped
        last = max(keys)


async def has_keys(*, database: Database) -> bool:
    """Whether anything was ever sealed in this database."""
    async with database.read() as reading:
        return bool(await reading.data_keys.after("", 1))


async def require_secret(*, database: Database, cipher: Cipher) -> None:
    """Refuse a secret under which what the database holds cannot be opened.

    Raises:
        Unreadable: it is another secret, and the right one is not among the earlier ones.

    """
    async with database.read() as reading:
        wrapped = await reading.data_keys.find(OWN_SUBJECT)
    if wrapped is None:
        wrapped = await _add_own_key(database, cipher)
    cipher.rewrapped(OWN_SUBJECT, wrapped)


async def _add_own_key(database: Database, cipher: Cipher) -> bytes:
    async with database.begin() as work:
        for subject, wrapped in (await work.data_keys.after("", 1)).items():
            cipher.rewrapped(subject, wrapped)
        return await work.data_keys.add(OWN_SUBJECT, cipher.new_key(OWN_SUBJECT))
