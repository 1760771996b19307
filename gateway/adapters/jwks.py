"""An identity provider that publishes its keys as a JWK set: whom its tokens speak for."""

import asyncio
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeGuard

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
"""Bytes."""
FETCH_SECONDS = 5.0
"""For the whole answer, however slowly it comes."""
INSTANTS = range(946_684_800, 4_102_444_800)
"""Seconds since 1970 that a claim may hold: the years from 2000 to 2100."""
TYPES = frozenset({"jwt", "at+jwt"})
"""RFC 7519, 5.1, and RFC 9068, 2.1; a token of another type is for something else."""
MAX_SUBJECT = 255
"""Characters (OpenID Connect Core, 2)."""
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
            async with asyncio.timeout(FETCH_SECONDS):
                body = await self._body()
            return KeySet.import_key_set(json.loads(body))
        except (httpx.HTTPError, TimeoutError, *READABLE):
            return None

    async def _body(self) -> bytes:
        """The answer's body.

        Raises:
            ValueError: it is larger than ``LARGEST_SET``, or packed, and so of any size.

        """
        headers, body = {"accept-encoding": "identity"}, bytearray()
        async with self._client.stream("GET", self._url, headers=headers) as response:
            response.raise_for_status()
            if "content-encoding" in response.headers:
                raise ValueError("the key set is packed")
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > LARGEST_SET:
                    raise ValueError("the key set is too large")
        return bytes(body)


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
            if not _is_of_our_kind(headers):
                return None
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
        _require_shapes(claims)
        email = claims.get("email")
        return ProviderAccount(
            issuer=claims["iss"],
            subject=claims["sub"],
            email=email if isinstance(email, str) else None,
            verified=claims.get("email_verified") is True,
            authenticated_at=self._authenticated_at(claims.get("auth_time")),
            expires_at=datetime.fromtimestamp(claims["exp"] + LEEWAY, UTC),
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
        if not _is_instant(auth_time) or auth_time > self._clock.now().timestamp() + LEEWAY:
            return None
        return datetime.fromtimestamp(auth_time, UTC)


def _is_of_our_kind(headers: Mapping[str, object]) -> bool:
    """Whether a token with these headers is one to sign in by, in no way that we do not know."""
    kind = headers.get("typ", "JWT")
    known = isinstance(kind, str) and kind.lower().removeprefix("application/") in TYPES
    return known and "crit" not in headers


def _require_shapes(claims: Mapping[str, object]) -> None:
    """Refuse claims that are not of the type they should be.

    Raises:
        ValueError: one is not.

    """
    wrong = [
        name for name in ("exp", "nbf", "iat") if name in claims and not _is_instant(claims[name])
    ]
    subject, audience = claims.get("sub"), claims.get("aud")
    if not isinstance(subject, str) or len(subject) > MAX_SUBJECT or not subject.isprintable():
        wrong.append("sub")
    listed = audience if isinstance(audience, list) else [audience]
    if not all(isinstance(each, str) for each in listed):
        wrong.append("aud")
    if wrong:
        raise ValueError(f"not as they should be: {', '.join(wrong)}")


def _is_instant(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value in INSTANTS


def _holds(keys: KeySet, key_id: str | None) -> bool:
    """Whether a token that names ``key_id`` can be checked with ``keys``."""
    return key_id is None or any(key.kid == key_id for key in keys)
