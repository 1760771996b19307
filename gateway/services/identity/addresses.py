"""A purchaser's addresses: checked, then stored sealed, each with a unique label."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.identity.assurance import Assurance
from gateway.engine.identity.purchasers import SavedAddress
from gateway.engine.user_errors import ErrorCode, ErrorCollector
from gateway.services.identity.address_checks import check_address
from gateway.services.identity.callers import Caller, require_purchaser
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.identity.sealed_records import create_personal_cipher, find_personal_cipher
from gateway.services.identity.text_input import check_label, label_key
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import DuplicateKey, ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher

MAX_ADDRESSES = 100
LABEL_PATH = ("input", "label")
LABEL_TAKEN_MESSAGE = "Another of your addresses has this label. Choose another label."


@dataclass(frozen=True, slots=True)
class AddressDraft:
    """An address as typed; ``id`` is the id of the address that it replaces, if any."""

    id: str | None
    label: str = field(repr=False)
    postal: PostalAddress = field(repr=False)
    use_for_gifts: bool = False
    confirm_warnings: bool = False


async def list_addresses(
    purchaser_id: str, *, reading: ReadSession, cipher: Cipher
) -> tuple[SavedAddress, ...]:
    """The purchaser's addresses, in the order they were added."""
    personal_cipher = await find_personal_cipher(purchaser_id, reading, cipher)
    if personal_cipher is None:
        return ()
    return tuple(map(personal_cipher.address, await reading.addresses.list_for(purchaser_id)))


async def find_address(
    id: str, purchaser_id: str, *, reading: ReadSession, cipher: Cipher
) -> SavedAddress | None:
    """The purchaser's address with this id; None if there is none or it is another's."""
    record = await reading.addresses.find(id)
    personal_cipher = await find_personal_cipher(purchaser_id, reading, cipher)
    if record is None or personal_cipher is None or record.purchaser_id != purchaser_id:
        return None
    return personal_cipher.address(record)


async def save_address(
    draft: AddressDraft, *, caller: Caller, dependencies: IdentityDependencies
) -> Outcome[SavedAddress]:
    """Save a new or changed address; requires a recent sign-in."""
    owner = require_purchaser(Assurance.RECENT, caller=caller, dependencies=dependencies)
    if owner.value is None:
        return Outcome(user_errors=owner.user_errors)
    checked_draft = _check_draft(draft, dependencies)
    if checked_draft.value is None:
        return Outcome(user_errors=checked_draft.user_errors)
    try:
        async with dependencies.database.begin() as work:
            return await _save_draft(
                checked_draft.value, owner.value, work=work, dependencies=dependencies
            )
    except DuplicateKey:
        return error_outcome(ErrorCode.INVALID_INPUT, LABEL_PATH, LABEL_TAKEN_MESSAGE)


async def delete_address(
    id: str, *, caller: Caller, dependencies: IdentityDependencies
) -> Outcome[SavedAddress]:
    """Delete an address and return it; requires a recent sign-in."""
    owner = require_purchaser(Assurance.RECENT, caller=caller, dependencies=dependencies)
    if owner.value is None:
        return Outcome(user_errors=owner.user_errors)
    async with dependencies.database.begin() as work:
        address = await find_address(id, owner.value, reading=work, cipher=dependencies.cipher)
        if address is None or not await work.addresses.delete(id, owner.value):
            return _address_not_found()
    return Outcome(address)


def label_indexes(purchaser_id: str, label: str, cipher: Cipher) -> tuple[str, ...]:
    """The blind indexes of a purchaser's ``label``, in which case makes no difference."""
    return cipher.blind_indexes("label", f"{purchaser_id} {label_key(label)}")


def _check_draft(draft: AddressDraft, dependencies: IdentityDependencies) -> Outcome[AddressDraft]:
    """``draft`` cleaned, or all its errors."""
    collector = ErrorCollector()
    label = check_label(draft.label, LABEL_PATH, collector)
    postal = check_address(
        draft.postal,
        ("input", "address"),
        confirmed=draft.confirm_warnings,
        countries=dependencies.countries,
        phones=dependencies.phones,
    )
    errors = (*collector.errors, *postal.user_errors)
    if errors or postal.value is None:
        return Outcome(user_errors=errors)
    return Outcome(AddressDraft(draft.id, label, postal.value, draft.use_for_gifts))


async def _save_draft(
    draft: AddressDraft, owner: str, *, work: UnitOfWork, dependencies: IdentityDependencies
) -> Outcome[SavedAddress]:
    saved_addresses = await work.addresses.list_for(owner)
    indexes = label_indexes(owner, draft.label, dependencies.cipher)
    if draft.id is not None and draft.id not in {saved.id for saved in saved_addresses}:
        return _address_not_found()
    if any(saved.label_index in indexes and saved.id != draft.id for saved in saved_addresses):
        return error_outcome(ErrorCode.INVALID_INPUT, LABEL_PATH, LABEL_TAKEN_MESSAGE)
    if draft.id is None and len(saved_addresses) >= MAX_ADDRESSES:
        message = f"You can save at most {MAX_ADDRESSES} addresses. Delete one first."
        return error_outcome(ErrorCode.LIMIT_EXCEEDED, ("input",), message)
    address = SavedAddress(
        draft.id or dependencies.ids.new("adr"),
        owner,
        draft.label,
        draft.postal,
        draft.use_for_gifts,
    )
    await _write_address(
        address, indexes, is_new=draft.id is None, work=work, dependencies=dependencies
    )
    return Outcome(address)


async def _write_address(
    address: SavedAddress,
    indexes: Sequence[str],
    *,
    is_new: bool,
    work: UnitOfWork,
    dependencies: IdentityDependencies,
) -> None:
    personal_cipher = await create_personal_cipher(address.purchaser_id, work, dependencies.cipher)
    record = personal_cipher.address_record(address, indexes[0])
    write = work.addresses.add if is_new else work.addresses.replace
    await write(record, dependencies.clock.now())


def _address_not_found() -> Outcome[SavedAddress]:
    return error_outcome(ErrorCode.NOT_FOUND, ("input", "id"), "You have no such address.")
