"""Secrets by which webhook calls are signed, in the form of Standard Webhooks."""

import base64
import binascii
import secrets

WEBHOOK_PREFIX = "whsec_"
NEW_SECRET_BYTES = 32
MIN_SECRET_BYTES, MAX_SECRET_BYTES = 24, 64
"""Bytes of a secret, by the Standard Webhooks specification."""


def new_webhook_secret() -> str:
    """A new random secret."""
    return WEBHOOK_PREFIX + base64.b64encode(secrets.token_bytes(NEW_SECRET_BYTES)).decode()


def is_webhook_secret(text: str) -> bool:
    """Whether ``text`` is the prefix and the base64 of enough bytes, but not too many."""
    try:
        key = base64.b64decode(text.removeprefix(WEBHOOK_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith(WEBHOOK_PREFIX) and MIN_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES
