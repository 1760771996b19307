"""Stripe's keys as settings: what they look like, and which of them fit together.

Source of the prefixes: docs.stripe.com/keys. No message repeats a key.
"""

import re
from enum import StrEnum

DEFAULT_STRIPE_API_URL = "https://api.stripe.com"
_SECRET_KEY = re.compile(r"(?:sk|rk)_(test|live)_[A-Za-z0-9_]+", re.ASCII)
_PUBLISHABLE_KEY = re.compile(r"pk_(test|live)_[A-Za-z0-9_]+", re.ASCII)
_WEBHOOK_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]{8,}", re.ASCII)


class StripeMode(StrEnum):
    """The two halves of an account: only the live one moves money."""

    TEST = "test"
    LIVE = "live"


def parse_secret_key(key: str) -> StripeMode | None:
    """The mode of a secret or restricted key; None if it is no such key."""
    return _parse_mode(_SECRET_KEY, key)


def parse_publishable_key(key: str) -> StripeMode | None:
    """The mode of a publishable key; None if it is no such key."""
    return _parse_mode(_PUBLISHABLE_KEY, key)


def is_stripe_webhook_secret(secret: str) -> bool:
    """Whether ``secret`` looks like the signing secret of an endpoint of Stripe's webhooks."""
    return _WEBHOOK_SECRET.fullmatch(secret) is not None


def find_stripe_problems(
    secret_key: str, publishable_key: str, api_url: str, *, production: bool
) -> tuple[tuple[str, str], ...]:
    """Why these do not fit together: the name of each wrong setting, and a sentence."""
    mode = parse_secret_key(secret_key)
    if parse_publishable_key(publishable_key) is not mode:
        sentence = f"must be of the mode of GATEWAY_STRIPE_SECRET_KEY, which is a {mode} key"
        return (("stripe_publishable_key", sentence),)
    if mode is not StripeMode.LIVE:
        return ()
    problems = []
    if not production:
        # Outside production anybody who can run `gateway token` could buy with real money.
        sentence = "must be a test key where GATEWAY_PRODUCTION is off"
        problems.append(("stripe_secret_key", sentence))
    if not api_url.startswith("https://"):
        problems.append(("stripe_api_url", "must begin with https:// for a live key"))
    return tuple(problems)


def _parse_mode(pattern: re.Pattern[str], key: str) -> StripeMode | None:
    key_match = pattern.fullmatch(key)
    return None if key_match is None else StripeMode(key_match[1])
