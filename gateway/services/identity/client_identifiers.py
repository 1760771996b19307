"""Client identifiers: the secret of a device, with a MAC that proves that the gateway made it.

So the first request of a device stores nothing; a row is added when there is something to keep.
"""

import hmac
import re
from dataclasses import dataclass, field
from hashlib import sha256

from gateway.services.ports.encryption import Cipher
from gateway.services.ports.ids import IdGenerator

MAC_LENGTH = 32
"""Hexadecimal digits, 128 bits."""

_IDENTIFIER_PATTERN = re.compile(rf"([0-9A-Za-z]{{22,64}})\.([0-9a-f]{{{MAC_LENGTH}}})")


@dataclass(frozen=True, slots=True)
class ClientIdentifier:
    """A valid client identifier.

    ``secret`` is kept by the device, ``digest`` is stored, ``handle`` is the client's public id.
    """

    secret: str = field(repr=False)
    digest: str = field(repr=False)
    handle: str


@dataclass(frozen=True, slots=True)
class ClientIdentifiers:
    """Makes and reads client identifiers."""

    ids: IdGenerator
    cipher: Cipher

    def issue(self) -> ClientIdentifier:
        """A new identifier."""
        seed = self.ids.new("dev").removeprefix("dev_")
        return self._build(seed, self._macs(seed)[0])

    def read(self, text: str | None) -> ClientIdentifier | None:
        """The identifier in ``text``; None if the gateway did not make it."""
        match = _IDENTIFIER_PATTERN.fullmatch(text or "")
        if match is None:
            return None
        seed, mac = match.groups()
        if any(hmac.compare_digest(mac, own_mac) for own_mac in self._macs(seed)):
            return self._build(seed, mac)
        return None

    def _macs(self, seed: str) -> tuple[str, ...]:
        blind_indexes = self.cipher.blind_indexes("client identifier", seed)
        return tuple(blind_index[:MAC_LENGTH] for blind_index in blind_indexes)

    def _build(self, seed: str, mac: str) -> ClientIdentifier:
        secret = f"{seed}.{mac}"
        handle = self.cipher.blind_indexes("client handle", seed)[0][:MAC_LENGTH]
        return ClientIdentifier(secret, digest(secret), f"cli_{handle}")


def digest(secret: str) -> str:
    """The stored form of ``secret``: its SHA-256, which is enough as the secret is random."""
    return sha256(secret.encode()).hexdigest()
