"""How Stripe is reached: what the settings say, without the ``stripe`` package."""

from dataclasses import dataclass

from pydantic import SecretStr

DEFAULT_API_URL = "https://api.stripe.com"


@dataclass(frozen=True, slots=True)
class StripeAccess:
    """The keys of one Stripe account and the address of its API."""

    secret_key: SecretStr
    publishable_key: str
    api_url: str = DEFAULT_API_URL


@dataclass(frozen=True, slots=True)
class StripeTiming:
    """How long calls may take, in seconds.

    ``call_seconds`` bounds what changes something, with all repetitions; ``look_up_seconds`` what
    only looks, so that a purchase that does both is answered within 10 s. ``try_seconds`` bounds
    one of the repetitions, ``pause_seconds`` is the first pause between them: it doubles.
    """

    call_seconds: float = 6.0
    look_up_seconds: float = 2.5
    try_seconds: float = 4.0
    pause_seconds: float = 0.1
