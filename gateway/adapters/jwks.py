"""An identity provider that publishes its keys as a JWK set: whom its tokens speak for."""

import asyncio
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import KeySet

from gateway.services.ports.clock import Clock
from gateway.services.ports.identity_providers import ProviderAccount

# Asymmetric ones only: with a shared secret, whoever can check a token could make one.
ALGORITHMS = (
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512"),
    *("EdDSA", "Ed25519"),
)
KEPT = timedelta(minutes=10)
COOL_DOWN = timedelta(seconds=30)
"""How long after a fetch a token with an unknown key cannot cause another."""
LEEWAY = 5
"""Seconds by which the provider's clock may differ from ours."""
LONGEST_TOKEN = 8192
LARGEST_SET = 1 << 20
FETCH_SECONDS = 5.0
READABLE = (JoseError, ValueError, TypeError, KeyError, AttributeError)
"""What reading somebody else's token or key set may raise."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are taken: where its keys are, and what its tokens must say."""

    jwks_url: str
    issuer: str
    audience: str


class PublishedKeys:
    """The key set at a URL, fetched when it is needed and kept for a while."""

    def __init__(self, url: str, client: httpx.AsyncClient, clock: Clock) -> None:
        self._url = url
        self._client = client
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def holding(self, key_id: str | None) -> KeySet | None:
        """The set, as new as it takes to hold ``key_id``; nothing if it cannot be had."""
        if self._wanting(key_id):
            async with self._lock:
                if self._wanting(key_id):  # nobody else has just fetched it
                    self._keys = await self._fetched() or self._keys
                    self._fetched_at = self._clock.now()
        return self._keys

    def _wanting(self, key_id: str | None) -> bool:
        if self._fetched_at is None:
            return True
        age = self._clock.now() - self._fetched_at
        known = self._keys is not None and _holds(self._keys, key_id)
        return age >= (KEPT if known else COOL_DOWN)

    async def _fetched(self) -> KeySet | None:
        """The published set; nothing while the provider is out of reach or out of order."""
        try:
            response = await self._client.get(self._url, timeout=FETCH_SECONDS)
            response.raise_for_status()
            if len(response.content) > LARGEST_SET:
                return None
            return KeySet.import_key_set(response.json())
        except (httpx.HTTPError, *READABLE):
            return None


class JwksIdentityProvider:
    """Tokens (JWT, RFC 7519) signed with one of an issuer's published keys."""

    def __init__(self, issuer: Issuer, client: httpx.AsyncClient, clock: Clock) -> None:
        self._issuer = issuer
        self._keys = PublishedKeys(issuer.jwks_url, client, clock)
        self._clock = clock
        self._registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)

    async def account(self, token: str) -> ProviderAccount | None:
        """Whom ``token`` speaks for now; nothing if it is not valid."""
        if len(token) > LONGEST_TOKEN or not token.isascii():
            return None
        try:
            headers = jws.extract_compact(token.encode(), registry=self._registry).headers()
            keys = await self._keys.holding(headers.get("kid"))
            return self._read(token, keys) if keys else None
        except READABLE:
            return None

    def _read(self, token: str, keys: KeySet) -> ProviderAccount:
        with warnings.catch_warnings():
            # EdDSA is still the common name of what RFC 9864 calls Ed25519.
            warnings.simplefilter("ignore", SecurityWarning)
            claims = jwt.decode(token, keys, registry=self._registry).claims
        self._demands().validate(claims)
        email = claims.get("email")
        return ProviderAccount(
            issuer=claims["iss"],
            subject=claims["sub"],
            email=email if isinstance(email, str) else None,
            verified=claims.get("email_verified") is True,
            authenticated_at=self._authenticated_at(claims.get("auth_time")),
        )

    def _demands(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self._issuer.issuer},
            aud={"essential": True, "value": self._issuer.audience},
            sub={"essential": True},
            exp={"essential": True},
        )

    def _authenticated_at(self, auth_time: object) -> datetime | None:
        """When its holder signed in; nothing where that is not said, or is yet to come."""
        if not isinstance(auth_time, (int, float)) or isinstance(auth_time, bool):
            return None
        if not 0 <= auth_time <= self._clock.now().timestamp() + LEEWAY:
            return None
        return datetime.fromtimestamp(auth_time, UTC)


def _holds(keys: KeySet, key_id: str | None) -> bool:
    """Whether a token that names ``key_id`` can be checked with ``keys``."""
    return key_id is None or any(key.kid == key_id for key in keys)
