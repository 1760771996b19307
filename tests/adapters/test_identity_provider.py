"""Bearer tokens of an identity provider that publishes its keys."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from gateway.adapters.clocks import ManualClock
from gateway.adapters.identity_provider import (
    ALGORITHMS,
    CACHE_LIFETIME,
    RETRY_DELAY,
    JwksIdentityProvider,
    TrustedIssuer,
)
from gateway.services.ports.identity_providers import ProviderAccount

ISSUER = TrustedIssuer("https://id.example/keys", "https://id.example", "shop")
WRONG_INSTANTS: tuple[object, ...] = (
    *(1e300, 4e9, 1.5, True, "4000000000", [], {}, -1, 10**30, 4_102_444_800),
)
KEY = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
OTHER = ECKey.generate_key("P-256", {"kid": "two"}, private=True)


class KeyPublisher:
    """The provider's key endpoint, which counts how often it is asked."""

    def __init__(self, *keys: Key) -> None:
        self.keys = list(keys)
        self.request_count = 0
        self.is_down = False

    def __call__(self, _request: httpx.Request) -> httpx.Response:
        self.request_count += 1
        if self.is_down:
            return httpx.Response(503)
        return httpx.Response(200, json=KeySet(self.keys).as_dict(private=False))


@pytest.fixture
def publisher() -> KeyPublisher:
    return KeyPublisher(KEY)


@pytest.fixture
def provider(publisher: KeyPublisher, clock: ManualClock) -> JwksIdentityProvider:
    client = httpx.AsyncClient(transport=httpx.MockTransport(publisher))
    return JwksIdentityProvider(ISSUER, client, clock)


def token(
    clock: ManualClock,
    changes: Mapping[str, object] | None = None,
    *,
    key: Key = KEY,
    algorithm: str = "ES256",
    **header: Any,  # noqa: ANN401 - JSON
) -> str:
    now = int(clock.now().timestamp())
    claims = {
        "iss": ISSUER.issuer,
        "aud": ISSUER.audience,
        "sub": "17",
        "exp": now + 60,
        **(changes or {}),
    }
    present = {name: value for name, value in claims.items() if value is not None}
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    return jwt.encode({"alg": algorithm, "kid": key.kid, **header}, present, key, registry=registry)


async def test_a_valid_token_speaks_for_an_account(
    provider: JwksIdentityProvider, clock: ManualClock
) -> None:
    since = clock.now() - timedelta(minutes=3)
    claims = {
        "email": "ada@example.com",
        "email_verified": True,
        "auth_time": int(since.timestamp()),
    }
    assert await provider.find_account(token(clock, claims)) == ProviderAccount(
        ISSUER.issuer, "17", "ada@example.com", email_verified=True, authenticated_at=since
    )
    assert await provider.find_account(token(clock)) == ProviderAccount(ISSUER.issuer, "17")
    account = await provider.find_account(token(clock))
    assert account is not None
    assert account.expires_at == clock.now() + timedelta(seconds=65)


@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_an_email_counts_only_if_the_provider_vouches_for_it(
    provider: JwksIdentityProvider, clock: ManualClock, verified: object
) -> None:
    account = await provider.find_account(
        token(clock, {"email": "ada@example.com", "email_verified": verified})
    )
    assert account == ProviderAccount(ISSUER.issuer, "17", "ada@example.com", email_verified=False)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another shop"},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 17},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": 4_000_000_000},
        *[{claim: value} for claim in ("exp", "nbf", "iat") for value in WRONG_INSTANTS],
        {"iat": 4_000_000_000},
        {"sub": "x" * 256},
        {"sub": "a\u0000b"},
        {"sub": "a\nb"},
        {"sub": ["17"]},
        {"aud": ["shop", 17]},
        {"aud": {"shop": 1}},
    ],
)
async def test_a_token_for_others_or_without_an_end_is_not_valid(
    provider: JwksIdentityProvider, clock: ManualClock, changes: dict[str, object]
) -> None:
    assert await provider.find_account(token(clock, changes)) is None


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])
async def test_a_token_to_sign_in_by_says_so(
    provider: JwksIdentityProvider, clock: ManualClock, kind: str
) -> None:
    assert await provider.find_account(token(clock, typ=kind)) is not None


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "logout+jwt"},
        {"typ": "secevent+jwt"},
        {"typ": "JOSE"},
        {"typ": ""},
        {"typ": 7},
        {"typ": []},
        {"typ": None},
        {"crit": ["b64"], "b64": False},
        {"crit": []},
        {"kid": 7},
        {"kid": ["one"]},
    ],
)
async def test_a_token_of_another_kind_is_not_valid(
    provider: JwksIdentityProvider, clock: ManualClock, header: dict[str, Any]
) -> None:
    try:
        signed_token = token(clock, **header)
    except (JoseError, ValueError, TypeError, AttributeError):
        signed_token = raw_token(clock, header)
    assert await provider.find_account(signed_token) is None


def raw_token(clock: ManualClock, header: dict[str, Any]) -> str:
    """A token whose header the library would not write, signed by the provider all the same."""
    head = json.dumps({"alg": "ES256", "kid": "one", **header}).encode()
    body = token(clock).split(".")[1]
    signed = f"{urlsafe_b64encode(head).decode().rstrip('=')}.{body}"
    key = KEY.get_op_key("sign")
    r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{signed}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


async def test_a_key_set_that_does_not_end_is_not_waited_for(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # R98
    chunks_sent = [0]

    async def endless() -> AsyncIterator[bytes]:
        while True:
            chunks_sent[0] += 1
            yield b" " * 65_536

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Future()

    for body in (endless, slow):
        monkeypatch.setattr(
            "gateway.adapters.identity_provider.FETCH_TIMEOUT_SECONDS",
            5.0 if body is endless else 0.01,
        )
        answer = httpx.MockTransport(lambda _, body=body: httpx.Response(200, content=body()))
        provider = JwksIdentityProvider(ISSUER, httpx.AsyncClient(transport=answer), clock)
        assert await provider.find_account(token(clock)) is None
    assert chunks_sent == [17]


async def test_one_of_several_audiences_suffices(
    provider: JwksIdentityProvider, clock: ManualClock
) -> None:
    assert await provider.find_account(token(clock, {"aud": ["app", "shop"]})) is not None


async def test_a_token_ends(provider: JwksIdentityProvider, clock: ManualClock) -> None:
    signed_token = token(clock)
    clock.advance(timedelta(seconds=64))
    assert await provider.find_account(signed_token) is not None
    clock.advance(timedelta(seconds=1))
    assert await provider.find_account(signed_token) is None


@pytest.mark.parametrize(
    "auth_time", [None, "noon", True, -1, 0, 1.5, 4_000_000_000, 1e300, 10**400, [], {}]
)
async def test_a_time_of_sign_in_that_makes_no_sense_is_none(
    provider: JwksIdentityProvider, clock: ManualClock, auth_time: object
) -> None:
    account = await provider.find_account(token(clock, {"auth_time": auth_time}))
    assert account == ProviderAccount(ISSUER.issuer, "17")


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("RS256", RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)),
        ("PS384", RSAKey.generate_key(2048, {"kid": "pss"}, private=True)),
        ("Ed25519", OKPKey.generate_key("Ed25519", {"kid": "okp"}, private=True)),
    ],
)
async def test_other_asymmetric_algorithms_are_taken(
    clock: ManualClock, algorithm: str, key: Key
) -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(KeyPublisher(key)))
    provider = JwksIdentityProvider(ISSUER, client, clock)
    signed_token = token(clock, key=key, algorithm=algorithm)
    assert await provider.find_account(signed_token) == ProviderAccount(ISSUER.issuer, "17")


def sign_with_public_key(signed_token: str) -> str:
    """The claims of ``signed_token``, signed with the public key as if it were a shared secret."""
    header = urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').decode().rstrip("=")
    signed = f"{header}.{signed_token.split('.')[1]}"
    signature = hmac.digest(KEY.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


async def test_a_shared_secret_is_never_taken(clock: ManualClock) -> None:
    shared = OctKey.generate_key(256, {"kid": "shared"})
    publisher = KeyPublisher(KEY)
    client = httpx.AsyncClient(transport=httpx.MockTransport(publisher))
    provider = JwksIdentityProvider(ISSUER, client, clock)
    assert await provider.find_account(token(clock, key=shared, algorithm="HS256")) is None
    assert await provider.find_account(sign_with_public_key(token(clock))) is None
    assert not [each for each in ALGORITHMS if each.startswith(("HS", "none"))]


@pytest.mark.parametrize(
    "text", ["", "a", "a.b.c", "é.é.é", "e30.e30.", "x" * 9000, "bm90LWpzb24.e30.AA"]
)
async def test_what_is_no_token_is_not_valid(provider: JwksIdentityProvider, text: str) -> None:
    assert await provider.find_account(text) is None


async def test_an_unsigned_token_is_not_valid(
    provider: JwksIdentityProvider, clock: ManualClock
) -> None:
    _, claims, _ = token(clock).split(".")
    assert await provider.find_account(f"eyJhbGciOiJub25lIn0.{claims}.") is None


async def test_a_forged_signature_is_not_valid(
    provider: JwksIdentityProvider, clock: ManualClock
) -> None:
    forger = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
    assert await provider.find_account(token(clock, key=forger)) is None


async def test_keys_are_fetched_once_in_a_while(
    provider: JwksIdentityProvider, publisher: KeyPublisher, clock: ManualClock
) -> None:
    for _ in range(3):
        await provider.find_account(token(clock))
    assert publisher.request_count == 1
    clock.advance(CACHE_LIFETIME)
    await provider.find_account(token(clock))
    assert publisher.request_count == 2


async def test_a_new_key_is_fetched_but_not_at_every_unknown_one(
    provider: JwksIdentityProvider, publisher: KeyPublisher, clock: ManualClock
) -> None:
    await provider.find_account(token(clock))
    publisher.keys.append(OTHER)
    assert await provider.find_account(token(clock, key=OTHER)) is None
    assert publisher.request_count == 1
    clock.advance(RETRY_DELAY)
    assert await provider.find_account(token(clock, key=OTHER)) is not None
    assert publisher.request_count == 2


async def test_known_keys_outlive_an_outage(
    provider: JwksIdentityProvider, publisher: KeyPublisher, clock: ManualClock
) -> None:
    publisher.is_down = True
    assert await provider.find_account(token(clock)) is None
    publisher.is_down = False
    clock.advance(RETRY_DELAY)
    assert await provider.find_account(token(clock)) is not None
    publisher.is_down = True
    clock.advance(CACHE_LIFETIME)
    assert await provider.find_account(token(clock)) is not None
    assert publisher.request_count == 3
