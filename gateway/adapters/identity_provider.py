"""An identity provider that publishes its keys as a JWK set; its tokens identify accounts."""

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

# Only asymmetric ones, because with a shared secret everyone who checks tokens can forge them.
ALGORITHMS = (
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512"),
    *("EdDSA", "Ed25519"),
)
CACHE_LIFETIME = timedelta(minutes=10)
"""An older key set is fetched again before it is used."""
RETRY_DELAY = timedelta(seconds=30)
"""Time after a fetch in which a token with an unknown key does not cause another fetch."""
LEEWAY_SECONDS = 5
"""Seconds by which the provider's clock may differ from the gateway's."""
MAX_TOKEN_LENGTH = 8192
"""A longer token is refused."""
MAX_KEY_SET_BYTES = 1 << 20
"""A larger key set is rejected."""
FETCH_TIMEOUT_SECONDS = 5.0
"""A fetch whose whole answer takes longer fails."""
VALID_TIMESTAMPS = range(946_684_800, 4_102_444_800)
"""Accepted times in claims, in seconds since 1970: the years from 2000 to 2100."""
TOKEN_TYPES = frozenset({"jwt", "at+jwt"})
"""Accepted types of tokens (RFC 7519, 5.1, and RFC 9068, 2.1)."""
MAX_SUBJECT_LENGTH = 255
"""A token with a longer subject is refused (OpenID Connect Core, 2)."""
PARSE_ERRORS = (JoseError, ValueError, TypeError, KeyError, AttributeError)
"""Exceptions that reading a malformed token or key set can raise."""


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """A trusted issuer: the URL of its keys, and the required claims of its tokens."""

    jwks_url: str
    issuer: str
    audience: str


class KeySetCache:
    """Cache of the key set at a URL, which is fetched when it is needed."""

    def __init__(self, url: str, client: httpx.AsyncClient, clock: Clock) -> None:
        self._url = url
        self._client = client
        self._clock = clock
        self._key_set: KeySet | None = None
        self._fetched_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def key_set_for(self, key_id: str | None) -> KeySet | None:
        """The key set, fetched again if ``key_id`` is not in it; None if it was never fetched."""
        if self._needs_fetch(key_id):
            async with self._lock:
                if self._needs_fetch(key_id):  # another task may have fetched it meanwhile
                    self._key_set = await self._fetch_key_set() or self._key_set
                    self._fetched_at = self._clock.now()
        return self._key_set

    def _needs_fetch(self, key_id: str | None) -> bool:
        if self._fetched_at is None:
            return True
        age = self._clock.now() - self._fetched_at
        has_key = self._key_set is not None and _has_key(self._key_set, key_id)
        return age >= (CACHE_LIFETIME if has_key else RETRY_DELAY)

    async def _fetch_key_set(self) -> KeySet | None:
        """The published key set; None if it cannot be fetched or read."""
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_SECONDS):
                body = await self._fetch_body()
            return KeySet.import_key_set(json.loads(body))
        except (httpx.HTTPError, TimeoutError, *PARSE_ERRORS):
            return None

    async def _fetch_body(self) -> bytes:
        """The body of the answer.

        Raises:
            ValueError: it is larger than ``MAX_KEY_SET_BYTES``, or compressed.

        """
        headers, body = {"accept-encoding": "identity"}, bytearray()
        async with self._client.stream("GET", self._url, headers=headers) as response:
            response.raise_for_status()
            if "content-encoding" in response.headers:
                raise ValueError("the key set is packed")
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_KEY_SET_BYTES:
                    raise ValueError("the key set is too large")
        return bytes(body)


class JwksIdentityProvider:
    """Finds the accounts of tokens (JWT, RFC 7519) signed with an issuer's published keys."""

    def __init__(self, issuer: TrustedIssuer, client: httpx.AsyncClient, clock: Clock) -> None:
        self._issuer = issuer
        self._key_set_cache = KeySetCache(issuer.jwks_url, client, clock)
        self._clock = clock
        self._registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)

    async def find_account(self, token: str) -> ProviderAccount | None:
        """The account that ``token`` identifies; None if the token is not valid."""
        if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
            return None
        try:
            headers = jws.extract_compact(token.encode(), registry=self._registry).headers()
            if not _has_accepted_headers(headers):
                return None
            key_set = await self._key_set_cache.key_set_for(headers.get("kid"))
            return self._decode_account(token, key_set) if key_set else None
        except PARSE_ERRORS:
            return None

    def _decode_account(self, token: str, key_set: KeySet) -> ProviderAccount:
        with warnings.catch_warnings():
            # Tokens still use the name EdDSA, which RFC 9864 replaces by Ed25519.
            warnings.simplefilter("ignore", SecurityWarning)
            claims = jwt.decode(token, key_set, registry=self._registry).claims
        self._claims_registry().validate(claims)
        _require_claim_types(claims)
        email = claims.get("email")
        return ProviderAccount(
            issuer=claims["iss"],
            subject=claims["sub"],
            email=email if isinstance(email, str) else None,
            email_verified=claims.get("email_verified") is True,
            authenticated_at=self._parse_auth_time(claims.get("auth_time")),
            expires_at=datetime.fromtimestamp(claims["exp"] + LEEWAY_SECONDS, UTC),
        )

    def _claims_registry(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer.issuer},
            aud={"essential": True, "value": self._issuer.audience},
            sub={"essential": True},
            exp={"essential": True},
        )

    def _parse_auth_time(self, auth_time: object) -> datetime | None:
        """The time of sign-in; None if the claim is missing, malformed or in the future."""
        if (
            not _is_timestamp(auth_time)
            or auth_time > self._clock.now().timestamp() + LEEWAY_SECONDS
        ):
            return None
        return datetime.fromtimestamp(auth_time, UTC)


def _has_accepted_headers(headers: Mapping[str, object]) -> bool:
    """Whether the type of the token is accepted and no critical extensions are demanded."""
    token_type = headers.get("typ", "JWT")
    has_accepted_type = (
        isinstance(token_type, str)
        and token_type.lower().removeprefix("application/") in TOKEN_TYPES
    )
    return has_accepted_type and "crit" not in headers


def _require_claim_types(claims: Mapping[str, object]) -> None:
    """Check the types of the claims.

    Raises:
        ValueError: a claim has a wrong type.

    """
    invalid_claims = [
        name for name in ("exp", "nbf", "iat") if name in claims and not _is_timestamp(claims[name])
    ]
    subject, audience = claims.get("sub"), claims.get("aud")
    if (
        not isinstance(subject, str)
        or len(subject) > MAX_SUBJECT_LENGTH
        or not subject.isprintable()
    ):
        invalid_claims.append("sub")
    audiences = audience if isinstance(audience, list) else [audience]
    if not all(isinstance(each, str) for each in audiences):
        invalid_claims.append("aud")
    if invalid_claims:
        raise ValueError(f"not as they should be: {', '.join(invalid_claims)}")


def _is_timestamp(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value in VALID_TIMESTAMPS


def _has_key(keys: KeySet, key_id: str | None) -> bool:
    """Whether ``keys`` contain the key for a token that names ``key_id``."""
    return key_id is None or any(key.kid == key_id for key in keys)
