"""The imported directory as a source, and taking records into it."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter

from gateway.engine.cleaning import folded
from gateway.services import vault
from gateway.services.gifts.contacts import contact_key, email_of
from gateway.services.gifts.mailboxes import ANYBODY, all_blinds, untagged
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database, Reading, Work
from gateway.services.ports.directory import DirectoryEntry
from gateway.services.ports.phones import Phones
from gateway.services.ports.sources import SourceRecord
from gateway.services.ports.vault import Cipher

MOST_RECORDS = 20
_RECORD = TypeAdapter(SourceRecord)
# One to find a record by, and one that is found.
_LEAST_FACTS = 2


@dataclass(frozen=True, slots=True)
class ImportedDirectory:
    """The directory as a source."""

    database: Database
    cipher: Cipher
    name: str = "directory"
    family: str = "directory"

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:  # noqa: ARG002 - the same for all
        """The records under ``key``."""
        blinds = _blinds(key, self.cipher)
        async with self.database.read() as reading:
            entries = await reading.directory.found(blinds, MOST_RECORDS)
            found = [await _opened(each, reading, self.cipher) for each in entries]
        return tuple(each for each in found if each is not None)


async def _opened(entry: DirectoryEntry, reading: Reading, cipher: Cipher) -> SourceRecord | None:
    plain = await vault.unseal(
        entry.sealed,
        subject=_subject(entry.id),
        place=_subject(entry.id),
        reading=reading,
        cipher=cipher,
    )
    return None if plain is None else replace(_RECORD.validate_json(plain), as_of=entry.as_of)


@dataclass(frozen=True, slots=True)
class DirectoryImport:
    """Takes records in; the same person of the same file replaces the earlier record.

    Who wants nothing kept of them is left out.
    """

    database: Database
    cipher: Cipher
    clock: Clock
    phones: Phones

    async def take(self, records: Iterable[SourceRecord]) -> int:
        """How many of ``records`` were taken."""
        return sum([await self.take_one(each) for each in records])

    async def take_one(self, record: SourceRecord) -> bool:
        """Whether ``record`` was taken: it can be found again, and then tells something."""
        keys = tuple(self._keys(record))
        if not keys or len(keys) + (record.address is not None) < _LEAST_FACTS:
            return False
        async with self.database.begin() as work:
            forgotten = await self._is_forgotten(keys, work)
            if not forgotten:
                await self._put(record, keys, work)
        return not forgotten

    async def _put(self, record: SourceRecord, keys: tuple[str, ...], work: Work) -> None:
        now = self.clock.now()
        id_ = self._id(keys)
        sealed = await vault.seal(
            _RECORD.dump_json(record),
            subject=_subject(id_),
            place=_subject(id_),
            work=work,
            cipher=self.cipher,
        )
        entry = DirectoryEntry(id_, sealed, self._as_of(record, now))
        blinds = [_blinds(key, self.cipher)[0] for key in keys]
        await work.directory.add(entry, blinds, now)

    async def _is_forgotten(self, keys: tuple[str, ...], reading: Reading) -> bool:
        contacts = [contact for contact in map(contact_in, keys) if contact is not None]
        blinds = [blind for each in contacts for blind in all_blinds(each, self.cipher)]
        return await reading.gift_contacts.blocked(blinds, ANYBODY)

    def _as_of(self, record: SourceRecord, now: datetime) -> datetime:
        """When the record was true: its own word, else the time of its import."""
        return min(record.as_of or now, now)

    def _id(self, keys: tuple[str, ...]) -> str:
        """The same for the same person, telling nothing of them."""
        blind = self.cipher.blind("directory entry", "\n".join(keys))[0]
        return f"den_{hashlib.sha256(blind.encode()).hexdigest()[:32]}"

    def _keys(self, record: SourceRecord) -> Iterator[str]:
        country = record.address.country if record.address else "US"
        yield from (f"email:{each}" for each in map(email_of, record.emails) if each)
        numbers = (self.phones.e164(each, country) for each in record.phones)
        yield from (f"phone:{each}" for each in numbers if each)
        if folded(record.name or ""):
            yield f"name:{record.name}"


def contact_in(key: str) -> str | None:
    """The e-mail address or number in a source's ``key``; nothing in a name's."""
    kind, _, contact = key.partition(":")
    return contact if kind in {"email", "phone"} else None


async def forget_entries(contact: str, *, work: Work, cipher: Cipher) -> None:
    """Delete every record that holds ``contact``."""
    kind = "email" if "@" in contact else "phone"
    spellings = {contact, untagged(contact)}
    blinds = [blind for each in spellings for blind in _blinds(f"{kind}:{each}", cipher)]
    for id_ in await work.directory.forget(blinds):
        await vault.forget(_subject(id_), work=work)


def _blinds(key: str, cipher: Cipher) -> tuple[str, ...]:
    """What finds ``key``, however a name or an address is capitalised or accented."""
    kind, _, value = key.partition(":")
    plain = folded(value) if kind == "name" else contact_key(value)
    return cipher.blind("directory key", f"{kind}:{plain}")


def _subject(id_: str) -> str:
    return f"directory entry {id_}"
