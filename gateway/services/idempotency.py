"""Checks of idempotency keys, and fingerprints of the requests sent with them."""

import hashlib
import json
from collections.abc import Mapping

from gateway.engine.user_errors import ErrorCollector, InputPath
from gateway.services.ports.encryption import Cipher

MAX_KEY_LENGTH = 255
"""Characters of a key."""
KEY_PATH: InputPath = ("input", "idempotencyKey")


def check_idempotency_key(key: str) -> ErrorCollector:
    """The errors of ``key``, which must have 1 to 255 printable characters and not be blank."""
    collector = ErrorCollector()
    if len(key) > MAX_KEY_LENGTH or not key.strip() or not key.isprintable():
        collector.add(
            KEY_PATH, f"Give 1 to {MAX_KEY_LENGTH} printable characters, not only blanks."
        )
    return collector


def request_fingerprints(
    operation: str, body: Mapping[str, object], cipher: Cipher
) -> tuple[str, ...]:
    """The fingerprints of a request: the one to store, then those of earlier secrets and versions.

    They are keyed hashes, because the e-mails and addresses in a body could be guessed.
    """
    text = json.dumps([operation, dict(body)], sort_keys=True)
    return (*cipher.blind_indexes("request", text), _legacy_fingerprint(text))


def _legacy_fingerprint(text: str) -> str:
    """The fingerprint as stored by releases up to 0.1.

    Their rows are deleted after some days; until then a repeated request must match them.
    """
    return hashlib.sha256(text.encode()).hexdigest()
