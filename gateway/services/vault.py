"""Personal data at rest: sealed under a key of the person's own, gone when that key is deleted."""

from gateway.services.ports.database import Database, Reading, Work
from gateway.services.ports.vault import Cipher

# Keys rewrapped in one transaction.
BATCH = 200


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
