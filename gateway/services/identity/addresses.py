"""A purchaser's addresses: checked before they are kept, sealed, under labels of their own."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.engine.assurance import Assurance
from gateway.engine.complaints import Complaints
from gateway.engine.places import PostalAddress
from gateway.engine.problems import ErrorCode
from gateway.engine.purchasers import SavedAddress
from gateway.services.identity.address_checks import checked
from gateway.services.identity.callers import Caller
from gateway.services.identity.demands import demanded
from gateway.services.identity.parts import IdentityParts
from gateway.services.identity.personal import drawer, own_drawer
from gateway.services.identity.texts import kept_label, label_key
from gateway.services.outcomes import Outcome, refused
from gateway.services.ports.database import Duplicate, Reading, Work
from gateway.services.ports.vault import Cipher

MOST_ADDRESSES = 100
LABEL = ("input", "label")
LABEL_TAKEN = "Another of your addresses has this label."


@dataclass(frozen=True, slots=True)
class AddressDraft:
    """An address as typed; ``id`` is that of the address it is to replace."""

    id: str | None
    label: str = field(repr=False)
    postal: PostalAddress = field(repr=False)
    use_for_gifts: bool = False
    confirm_warnings: bool = False


async def saved_addresses(
    purchaser_id: str, *, reading: Reading, cipher: Cipher
) -> tuple[SavedAddress, ...]:
    """The purchaser's addresses, in the order they were added."""
    opener = await drawer(purchaser_id, reading, cipher)
    if opener is None:
        return ()
    return tuple(map(opener.address, await reading.addresses.of(purchaser_id)))


async def saved_address(
    id: str, purchaser_id: str, *, reading: Reading, cipher: Cipher
) -> SavedAddress | None:
    """The purchaser's address with this id; another's is not found."""
    record = await reading.addresses.find(id)
    opener = await drawer(purchaser_id, reading, cipher)
    if record is None or opener is None or record.purchaser_id != purchaser_id:
        return None
    return opener.address(record)


async def save_address(
    draft: AddressDraft, *, caller: Caller, parts: IdentityParts
) -> Outcome[SavedAddress]:
    """The address as it is kept, new or changed; demands a recent sign-in."""
    owner = demanded(Assurance.RECENT, caller=caller, parts=parts)
    if owner.value is None:
        return Outcome(user_errors=owner.user_errors)
    cleaned = _read(draft, parts)
    if cleaned.value is None:
        return Outcome(user_errors=cleaned.user_errors)
    try:
        async with parts.database.begin() as work:
            return await _keep(cleaned.value, owner.value, work=work, parts=parts)
    except Duplicate:
        return refused(ErrorCode.INVALID_INPUT, LABEL, LABEL_TAKEN)


async def delete_address(id: str, *, caller: Caller, parts: IdentityParts) -> Outcome[SavedAddress]:
    """The address that is gone now; demands a recent sign-in."""
    owner = demanded(Assurance.RECENT, caller=caller, parts=parts)
    if owner.value is None:
        return Outcome(user_errors=owner.user_errors)
    async with parts.database.begin() as work:
        found = await saved_address(id, owner.value, reading=work, cipher=parts.cipher)
        if found is None or not await work.addresses.delete(id, owner.value):
            return _no_such_address()
    return Outcome(found)


def label_indexes(purchaser_id: str, label: str, cipher: Cipher) -> tuple[str, ...]:
    """What tells whether a purchaser uses ``label``, in whatever case."""
    return cipher.blind("label", f"{purchaser_id} {label_key(label)}")


def _read(draft: AddressDraft, parts: IdentityParts) -> Outcome[AddressDraft]:
    """``draft`` cleaned, or everything that is wrong with it."""
    complaints = Complaints()
    label = kept_label(draft.label, LABEL, complaints)
    postal = checked(
        draft.postal,
        ("input", "address"),
        confirmed=draft.confirm_warnings,
        countries=parts.countries,
        phones=parts.phones,
    )
    errors = (*complaints.found, *postal.user_errors)
    if errors or postal.value is None:
        return Outcome(user_errors=errors)
    return Outcome(AddressDraft(draft.id, label, postal.value, draft.use_for_gifts))


async def _keep(
    draft: AddressDraft, owner: str, *, work: Work, parts: IdentityParts
) -> Outcome[SavedAddress]:
    kept = await work.addresses.of(owner)
    indexes = label_indexes(owner, draft.label, parts.cipher)
    if draft.id is not None and draft.id not in {each.id for each in kept}:
        return _no_such_address()
    if any(each.label in indexes and each.id != draft.id for each in kept):
        return refused(ErrorCode.INVALID_INPUT, LABEL, LABEL_TAKEN)
    if draft.id is None and len(kept) >= MOST_ADDRESSES:
        message = f"At most {MOST_ADDRESSES} addresses are kept."
        return refused(ErrorCode.LIMIT_EXCEEDED, ("input",), message)
    address = SavedAddress(
        draft.id or parts.ids.new("adr"), owner, draft.label, draft.postal, draft.use_for_gifts
    )
    await _write(address, indexes, is_new=draft.id is None, work=work, parts=parts)
    return Outcome(address)


async def _write(
    address: SavedAddress,
    indexes: Sequence[str],
    *,
    is_new: bool,
    work: Work,
    parts: IdentityParts,
) -> None:
    opener = await own_drawer(address.purchaser_id, work, parts.cipher)
    record = opener.address_record(address, indexes[0])
    write = work.addresses.add if is_new else work.addresses.replace
    await write(record, parts.clock.now())


def _no_such_address() -> Outcome[SavedAddress]:
    return refused(ErrorCode.NOT_FOUND, ("input", "id"), "You have no such address.")
