"""Those who have bought on a client: shown to whoever holds it only as hints."""

from dataclasses import dataclass, field

from gateway.engine.offers import name_part
from gateway.services.identity.addresses import saved_addresses
from gateway.services.identity.registering import by_id
from gateway.services.ports.database import Reading
from gateway.services.ports.vault import Cipher

MOST_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be holding the client; ``current``: whom it stands for."""

    hint: str = field(repr=False)
    current: bool


async def candidates(
    client_id: str, recognised: str | None, *, reading: Reading, cipher: Cipher
) -> tuple[Candidate, ...]:
    """Those the client has stood for and none of whom signed out, latest first."""
    found = await reading.clients.candidates(client_id, MOST_CANDIDATES)
    return tuple(
        [Candidate(await _hint(each, reading, cipher), each == recognised) for each in found]
    )


async def _hint(purchaser_id: str, reading: Reading, cipher: Cipher) -> str:
    """A part of a name, else the first letter of an e-mail."""
    addresses = await saved_addresses(purchaser_id, reading=reading, cipher=cipher)
    if addresses and (part := name_part(addresses[-1].name)):
        return part
    purchaser = await by_id(purchaser_id, reading=reading, cipher=cipher)
    return f"{purchaser.email[:1]}…" if purchaser else "…"
