"""Idempotency keys: which texts may be one, and fingerprints of the requests sent under them."""

import hashlib
import json
from collections.abc import Mapping

from gateway.engine.user_errors import ErrorCollector, InputPath
from gateway.services.ports.encryption import Cipher

MAX_KEY_LENGTH = 255
"""Characters; a longer key is refused."""
KEY_PATH: InputPath = ("input", "idempotencyKey")


def check_idempotency_key(key: str) -> ErrorCollector:
    """The errors of ``key``, none if it is 1 to 255 printable characters and not blank."""
    collector = ErrorCollector()
    if len(key) > MAX_KEY_LENGTH or not key.strip() or not key.isprintable():
        collector.add(
            KEY_PATH, f"Give 1 to {MAX_KEY_LENGTH} printable characters, not only blanks."
        )
    return collector


def request_fingerprints(
    operation: str, body: Mapping[str, object], cipher: Cipher
) -> tuple[str, ...]:
    """The fingerprints of a request: the one to keep, then others it may have been kept under.

    They are keyed: a body holds e-mails and addresses, which can be guessed.
    """
    text = json.dumps([operation, dict(body)], sort_keys=True)
    return (*cipher.blind_indexes("request", text), _legacy_fingerprint(text))


def _legacy_fingerprint(text: str) -> str:
    """How releases up to 0.1 kept it; nothing is kept so any more.

    Their rows are forgotten after some days; until then a repeat has to find them.
    """
    return hashlib.sha256(text.encode()).hexdigest()
