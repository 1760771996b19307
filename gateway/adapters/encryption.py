"""Envelope encryption: AES-256-GCM data keys, wrapped under a key derived from the secret.

A sealed value is bound to its row, so that it cannot be copied into another row.
"""

import hmac
import os
from collections.abc import Sequence
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.services.ports.encryption import UnsealFailed

NONCE_BYTES = 12  # bytes; NIST SP 800-38D, 8.2
KEY_BYTES = 32
KEY_ID_BYTES = 4
"""The id of a wrapping key, which reveals nothing about the key."""


class SecretKeys:
    """The keys derived from one ``SECRET_KEY``."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    @cached_property
    def wrapping_key_id(self) -> bytes:
        """The id by which the wrapping keys of different secrets are told apart."""
        return self._derive_key(b"gateway wrapping key mark", KEY_ID_BYTES)

    @cached_property
    def wrapping_cipher(self) -> AESGCM:
        """The cipher that wraps data keys."""
        return AESGCM(self._derive_key(b"gateway wrapping key", KEY_BYTES))

    @cached_property
    def blind_index_key(self) -> bytes:
        """The key of the blind indexes."""
        return self._derive_key(b"gateway blind index", KEY_BYTES)

    def _derive_key(self, purpose: bytes, length: int) -> bytes:
        return HKDF(SHA256(), length, salt=None, info=purpose).derive(self._secret)


class EnvelopeCipher:
    """Seals and unseals with wrapped data keys; keys wrapped under earlier secrets still work."""

    def __init__(self, secret: str, earlier_secrets: Sequence[str] = ()) -> None:
        self._secret_keys = tuple(map(SecretKeys, (secret, *earlier_secrets)))

    def new_key(self, subject: str) -> bytes:
        """A new data key for ``subject``, wrapped."""
        return self._wrap(subject, AESGCM.generate_key(8 * KEY_BYTES))

    def rewrap(self, subject: str, wrapped_key: bytes) -> bytes:
        """The same data key, wrapped under the present secret."""
        return self._wrap(subject, self._unwrap(subject, wrapped_key))

    def seal(self, subject: str, wrapped_key: bytes, plaintext: bytes, context: str) -> bytes:
        """A nonce, then ``plaintext`` encrypted and bound to ``context``."""
        return _encrypt(AESGCM(self._unwrap(subject, wrapped_key)), plaintext, context)

    def unseal(self, subject: str, wrapped_key: bytes, sealed: bytes, context: str) -> bytes:
        """The plaintext of ``sealed``, which was sealed for the same ``context``."""
        return _decrypt(AESGCM(self._unwrap(subject, wrapped_key)), sealed, context)

    def blind_indexes(self, purpose: str, value: str) -> tuple[str, ...]:
        """HMAC-SHA256 of ``value``, first by the present secret, then by each earlier one."""
        message = f"{purpose}\0{value}".encode()
        return tuple(
            hmac.digest(secret_keys.blind_index_key, message, "sha256").hex()
            for secret_keys in self._secret_keys
        )

    def _wrap(self, subject: str, key: bytes) -> bytes:
        current_keys = self._secret_keys[0]
        return current_keys.wrapping_key_id + _encrypt(
            current_keys.wrapping_cipher, key, f"key of {subject}"
        )

    def _unwrap(self, subject: str, wrapped: bytes) -> bytes:
        for secret_keys in self._secret_keys:
            if secret_keys.wrapping_key_id == wrapped[:KEY_ID_BYTES]:
                return _decrypt(
                    secret_keys.wrapping_cipher, wrapped[KEY_ID_BYTES:], f"key of {subject}"
                )
        raise UnsealFailed("wrapped under a secret that is not known here")


def _encrypt(cipher: AESGCM, plain: bytes, context: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, context.encode())


def _decrypt(cipher: AESGCM, sealed: bytes, context: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise UnsealFailed("altered, or not of this place") from error
