"""What tells one request from another under the same idempotency key, without holding it."""

import hashlib
import json
from collections.abc import Mapping

from gateway.services.ports.encryption import Cipher


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
