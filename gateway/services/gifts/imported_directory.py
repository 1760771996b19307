"""The imported directory as a source, and the import of its records."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter

from gateway.engine.text.normalization import comparison_key
from gateway.services import encryption
from gateway.services.gifts.contacts import contact_key, normalize_contact_email
from gateway.services.gifts.mailboxes import is_any_erased, remove_plus_tag
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database, ReadSession, UnitOfWork
from gateway.services.ports.directory import DirectoryEntry
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.phones import PhoneNumbers
from gateway.services.ports.sources import SourceRecord

MAX_RECORDS = 20
_RECORD = TypeAdapter(SourceRecord)
_MIN_FACTS = 2
"""Facts of a useful record: one to find it by, and one that is found."""


@dataclass(frozen=True, slots=True)
class ImportedDirectorySource:
    """The imported directory as a source."""

    database: Database
    cipher: Cipher
    name: str = "directory"
    family: str = "directory"

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:  # noqa: ARG002 - the same for all
        """The records under ``key``."""
        blind_indexes = _key_indexes(key, self.cipher)
        async with self.database.read() as reading:
            entries = await reading.directory.look_up(blind_indexes, MAX_RECORDS)
            records = [await _unseal_record(each, reading, self.cipher) for each in entries]
        return tuple(each for each in records if each is not None)


async def _unseal_record(
    entry: DirectoryEntry, reading: ReadSession, cipher: Cipher
) -> SourceRecord | None:
    record_json = await encryption.unseal(
        entry.sealed,
        subject=_entry_subject(entry.id),
        context=_entry_subject(entry.id),
        reading=reading,
        cipher=cipher,
    )
    return (
        None
        if record_json is None
        else replace(_RECORD.validate_json(record_json), as_of=entry.as_of)
    )


@dataclass(frozen=True, slots=True)
class DirectoryImport:
    """Imports records; a record of the same person replaces the earlier one.

    Erased people are left out.
    """

    database: Database
    cipher: Cipher
    clock: Clock
    phones: PhoneNumbers

    async def import_record(self, record: SourceRecord) -> bool:
        """Import ``record`` if it has a key to find it and some content; returns whether it was."""
        keys = tuple(self._search_keys(record))
        if not keys or len(keys) + (record.address is not None) < _MIN_FACTS:
            return False
        async with self.database.begin() as work:
            is_erased = await self._is_erased(keys, work)
            if not is_erased:
                await self._save_record(record, keys, work)
        return not is_erased

    async def _save_record(
        self, record: SourceRecord, keys: tuple[str, ...], work: UnitOfWork
    ) -> None:
        now = self.clock.now()
        id_ = self._entry_id(keys)
        sealed = await encryption.seal(
            _RECORD.dump_json(record),
            subject=_entry_subject(id_),
            context=_entry_subject(id_),
            work=work,
            cipher=self.cipher,
        )
        entry = DirectoryEntry(id_, sealed, self._as_of(record, now))
        blind_indexes = [_key_indexes(key, self.cipher)[0] for key in keys]
        await work.directory.add(entry, blind_indexes, now)

    async def _is_erased(self, keys: tuple[str, ...], reading: ReadSession) -> bool:
        contacts = [contact for contact in map(contact_from_key, keys) if contact is not None]
        return await is_any_erased(contacts, reading=reading, cipher=self.cipher)

    def _as_of(self, record: SourceRecord, now: datetime) -> datetime:
        """When the record was true: its own date, else the time of its import."""
        return min(record.as_of or now, now)

    def _entry_id(self, keys: tuple[str, ...]) -> str:
        """The id of an entry, a hash that is equal for the same person."""
        blind_index = self.cipher.blind_indexes("directory entry", "\n".join(keys))[0]
        return f"den_{hashlib.sha256(blind_index.encode()).hexdigest()[:32]}"

    def _search_keys(self, record: SourceRecord) -> Iterator[str]:
        country = record.address.country if record.address else "US"
        yield from (f"email:{each}" for each in map(normalize_contact_email, record.emails) if each)
        numbers = (self.phones.to_e164(each, country) for each in record.phones)
        yield from (f"phone:{each}" for each in numbers if each)
        if comparison_key(record.name or ""):
            yield f"name:{record.name}"


def contact_from_key(key: str) -> str | None:
    """The e-mail address or number in a source's ``key``; None if the key is a name."""
    kind, _, contact = key.partition(":")
    return contact if kind in {"email", "phone"} else None


async def erase_entries(contact: str, *, work: UnitOfWork, cipher: Cipher) -> None:
    """Delete all records with ``contact``."""
    kind = "email" if "@" in contact else "phone"
    spellings = {contact, remove_plus_tag(contact)}
    blind_indexes = [
        blind for each in spellings for blind in _key_indexes(f"{kind}:{each}", cipher)
    ]
    for id_ in await work.directory.delete_matching(blind_indexes):
        await encryption.delete_data_key(_entry_subject(id_), work=work)


def _key_indexes(key: str, cipher: Cipher) -> tuple[str, ...]:
    """The blind indexes of ``key``, in which capitals and accents make no difference."""
    kind, _, value = key.partition(":")
    comparable_value = comparison_key(value) if kind == "name" else contact_key(value)
    return cipher.blind_indexes("directory key", f"{kind}:{comparable_value}")


def _entry_subject(id_: str) -> str:
    return f"directory entry {id_}"
