"""Client identifiers: the secret a device is known by, which proves by itself that we made it.

So the first contact of a device stores nothing: a row appears when there is something to remember.
"""

import hmac
import re
from dataclasses import dataclass, field
from hashlib import sha256

from gateway.services.ports.ids import Ids
from gateway.services.ports.vault import Cipher

MAC_LENGTH = 32
"""Hexadecimal digits of 128 bits."""

_FORM = re.compile(rf"([0-9A-Za-z]{{22,64}})\.([0-9a-f]{{{MAC_LENGTH}}})")


@dataclass(frozen=True, slots=True)
class Identifier:
    """A well-formed identifier of ours.

    ``secret`` is what the device keeps, ``digest`` what is stored of it, ``handle`` the public
    name of its client.
    """

    secret: str = field(repr=False)
    digest: str = field(repr=False)
    handle: str


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Makes and reads client identifiers."""

    ids: Ids
    cipher: Cipher

    def issue(self) -> Identifier:
        """A new identifier."""
        seed = self.ids.new("dev").removeprefix("dev_")
        return self._of(seed, self._macs(seed)[0])

    def read(self, text: str | None) -> Identifier | None:
        """The identifier that ``text`` is; nothing if it is not one of ours."""
        form = _FORM.fullmatch(text or "")
        if form is None:
            return None
        seed, mac = form.groups()
        if any(hmac.compare_digest(mac, ours) for ours in self._macs(seed)):
            return self._of(seed, mac)
        return None

    def _macs(self, seed: str) -> tuple[str, ...]:
        blinds = self.cipher.blind("client identifier", seed)
        return tuple(each[:MAC_LENGTH] for each in blinds)

    def _of(self, seed: str, mac: str) -> Identifier:
        secret = f"{seed}.{mac}"
        handle = self.cipher.blind("client handle", seed)[0][:MAC_LENGTH]
        return Identifier(secret, digest(secret), f"cli_{handle}")


def digest(secret: str) -> str:
    """What is stored of a secret that is too random to be guessed: its SHA-256."""
    return sha256(secret.encode()).hexdigest()
