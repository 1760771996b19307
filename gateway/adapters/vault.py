"""Envelope encryption: AES-256-GCM data keys, wrapped under a key derived from the secret.

The row a value belongs to is authenticated with it, so that it cannot be moved to another.
"""

import hmac
import os
from collections.abc import Sequence
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.services.ports.vault import Unreadable

NONCE = 12  # bytes; NIST SP 800-38D, 8.2
KEY = 32
# Names the wrapping key without telling anything about it.
MARK = 4


class Secret:
    """The keys that follow from one ``SECRET_KEY``."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    @cached_property
    def mark(self) -> bytes:
        """What tells this secret's wrapping key from another's."""
        return self._derived(b"gateway wrapping key mark", MARK)

    @cached_property
    def wrapping(self) -> AESGCM:
        """The cipher that wraps data keys."""
        return AESGCM(self._derived(b"gateway wrapping key", KEY))

    @cached_property
    def blinding(self) -> bytes:
        """The key of the blind indexes."""
        return self._derived(b"gateway blind index", KEY)

    def _derived(self, purpose: bytes, length: int) -> bytes:
        return HKDF(SHA256(), length, salt=None, info=purpose).derive(self._secret)


class EnvelopeCipher:
    """Sealing under wrapped data keys; ``earlier`` secrets still open what they wrapped."""

    def __init__(self, secret: str, earlier: Sequence[str] = ()) -> None:
        self._secrets = tuple(map(Secret, (secret, *earlier)))

    def new_key(self, subject: str) -> bytes:
        """A fresh data key for ``subject``, wrapped."""
        return self._wrap(subject, AESGCM.generate_key(8 * KEY))

    def rewrapped(self, subject: str, wrapped: bytes) -> bytes:
        """The same data key, wrapped under the present secret."""
        return self._wrap(subject, self._unwrap(subject, wrapped))

    def seal(self, subject: str, wrapped: bytes, plain: bytes, place: str) -> bytes:
        """A nonce, then ``plain`` encrypted and bound to ``place``."""
        return _encrypt(AESGCM(self._unwrap(subject, wrapped)), plain, place)

    def unseal(self, subject: str, wrapped: bytes, sealed: bytes, place: str) -> bytes:
        """What was sealed for ``place``."""
        return _decrypt(AESGCM(self._unwrap(subject, wrapped)), sealed, place)

    def blind(self, purpose: str, value: str) -> tuple[str, ...]:
        """HMAC-SHA256 of ``value``, by the present secret and by each earlier one."""
        message = f"{purpose}\0{value}".encode()
        return tuple(hmac.digest(one.blinding, message, "sha256").hex() for one in self._secrets)

    def _wrap(self, subject: str, key: bytes) -> bytes:
        present = self._secrets[0]
        return present.mark + _encrypt(present.wrapping, key, f"key of {subject}")

    def _unwrap(self, subject: str, wrapped: bytes) -> bytes:
        for secret in self._secrets:
            if secret.mark == wrapped[:MARK]:
                return _decrypt(secret.wrapping, wrapped[MARK:], f"key of {subject}")
        raise Unreadable("wrapped under a secret that is not known here")


def _encrypt(cipher: AESGCM, plain: bytes, place: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, plain, place.encode())


def _decrypt(cipher: AESGCM, sealed: bytes, place: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], place.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable("altered, or not of this place") from error
