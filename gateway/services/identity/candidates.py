"""The purchasers a client was mapped to, shown to its holder only as hints."""

from dataclasses import dataclass, field

from gateway.engine.identity.one_click_offers import name_hint
from gateway.services.identity.addresses import list_addresses
from gateway.services.identity.registration import find_purchaser
from gateway.services.ports.database import ReadSession
from gateway.services.ports.encryption import Cipher

MAX_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class PurchaserCandidate:
    """A purchaser who may hold the client; ``current`` if the client is mapped to them now."""

    hint: str = field(repr=False)
    current: bool


async def list_candidates(
    client_id: str, recognised: str | None, *, reading: ReadSession, cipher: Cipher
) -> tuple[PurchaserCandidate, ...]:
    """The purchasers of the client, latest first, without those who have signed out."""
    purchaser_ids = await reading.clients.list_purchaser_candidates(client_id, MAX_CANDIDATES)
    return tuple(
        [
            PurchaserCandidate(
                await _hint(purchaser_id, reading, cipher), purchaser_id == recognised
            )
            for purchaser_id in purchaser_ids
        ]
    )


async def _hint(purchaser_id: str, reading: ReadSession, cipher: Cipher) -> str:
    """A part of the purchaser's name, else the first letter of their e-mail address."""
    purchaser = await find_purchaser(purchaser_id, reading=reading, cipher=cipher)
    if purchaser and (part := name_hint(purchaser.name or "")):
        return part
    addresses = await list_addresses(purchaser_id, reading=reading, cipher=cipher)
    if addresses and (part := name_hint(addresses[-1].name)):
        return part
    return f"{purchaser.email[:1]}…" if purchaser else "…"
