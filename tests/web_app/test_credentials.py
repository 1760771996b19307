"""Cookies and headers: what is read of them, and what is handed over."""

from dataclasses import replace

import pytest
from starlette.datastructures import Headers

from gateway.services.identity.callers import Caller, CallingClient, Credentials
from gateway.web_app.credentials import (
    COOKIE_LIFETIME_SECONDS,
    CredentialReader,
    RequestOrigin,
    socket_acknowledgement,
)

LOCAL_ADDRESS = "203.0.113.7"
PROXY = "10.0.0.1"
COOKIE_ATTRIBUTES = f"Path=/; Max-Age={COOKIE_LIFETIME_SECONDS}; HttpOnly; SameSite=Lax"
NEW_CALLER = Caller(CallingClient("cli_1", "digest", new_identifier="secret.mac"))
KNOWN_CALLER = Caller(CallingClient("cli_1", "digest"))
DEVELOPMENT_READER = CredentialReader(trusted_proxies=("10.0.0.0/8",))
PRODUCTION_READER = CredentialReader(strict=True)


def request_origin(
    scheme: str = "http", peer: str = LOCAL_ADDRESS, **headers: str
) -> RequestOrigin:
    header_fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return RequestOrigin(Headers(header_fields), scheme, peer, LOCAL_ADDRESS)


@pytest.mark.parametrize(
    ("headers", "read", "read_in_production"),
    [
        ({}, None, None),
        ({"x_client_id": "h"}, "h", "h"),
        ({"cookie": "client=c"}, "c", None),
        ({"cookie": "__Host-client=s"}, "s", "s"),
        ({"cookie": "client=c; other=1; __Host-client=s"}, "s", "s"),
        ({"cookie": "__Host-client=s", "x_client_id": "h"}, "h", "h"),
        ({"cookie": "__Host-client=s", "x_client_id": ""}, "s", "s"),
        ({"cookie": "nonsense;;=;"}, None, None),
    ],
)
def test_the_header_wins_and_production_reads_only_what_is_safe(
    headers: dict[str, str], read: str | None, read_in_production: str | None
) -> None:
    assert DEVELOPMENT_READER.read_credentials(request_origin(**headers)).identifier == read
    assert (
        PRODUCTION_READER.read_credentials(request_origin(**headers)).identifier
        == read_in_production
    )


def test_several_cookie_headers_are_one() -> None:
    raw = [(b"cookie", b"a=1"), (b"cookie", b"__Host-client=s")]
    arrived = replace(request_origin(), headers=Headers(raw=raw))
    assert PRODUCTION_READER.read_credentials(arrived).identifier == "s"


def test_a_socket_presents_the_same_as_a_request() -> None:  # R04
    opened = request_origin(cookie="client=c", authorization="Bearer a")
    assert DEVELOPMENT_READER.read_credentials(opened) == Credentials(
        "c", "Bearer a", LOCAL_ADDRESS
    )
    assert DEVELOPMENT_READER.read_socket_credentials(opened, {}) == Credentials(
        "c", "Bearer a", LOCAL_ADDRESS
    )
    payload = {"clientId": "p", "authorization": "Bearer b"}
    assert DEVELOPMENT_READER.read_socket_credentials(opened, payload) == Credentials(
        "p", "Bearer b", LOCAL_ADDRESS
    )
    nonsense = {"clientId": 17, "authorization": None}
    assert DEVELOPMENT_READER.read_socket_credentials(opened, nonsense) == Credentials(
        "c", "Bearer a", LOCAL_ADDRESS
    )


def test_a_new_identifier_is_handed_over_as_one_cookie_and_a_header() -> None:  # R01
    assert DEVELOPMENT_READER.identifier_headers(NEW_CALLER, request_origin("https")) == [
        (
            "Set-Cookie",
            f"__Host-client=secret.mac; {COOKIE_ATTRIBUTES}; Secure",
        ),
        ("X-Client-Id", "secret.mac"),
    ]
    assert DEVELOPMENT_READER.identifier_headers(NEW_CALLER, request_origin("http")) == [
        (
            "Set-Cookie",
            f"client=secret.mac; {COOKIE_ATTRIBUTES}",
        ),
        ("X-Client-Id", "secret.mac"),
    ]


def test_a_known_client_is_handed_nothing() -> None:  # R01
    assert DEVELOPMENT_READER.identifier_headers(KNOWN_CALLER, request_origin("https")) == []
    assert socket_acknowledgement(KNOWN_CALLER) is None


def test_a_socket_is_told_its_new_identifier() -> None:  # R04
    assert socket_acknowledgement(NEW_CALLER) == {"clientId": "secret.mac"}


@pytest.mark.parametrize(
    ("entrance", "peer", "told", "secure"),
    [
        (DEVELOPMENT_READER, PROXY, "https", True),
        (DEVELOPMENT_READER, PROXY, "https, http", True),
        (DEVELOPMENT_READER, PROXY, "http", False),
        (DEVELOPMENT_READER, LOCAL_ADDRESS, "https", False),
        (DEVELOPMENT_READER, "unknown", "https", False),
        (PRODUCTION_READER, LOCAL_ADDRESS, "http", True),
    ],
)
def test_only_a_trusted_proxy_is_believed_about_encryption(
    entrance: CredentialReader, peer: str, told: str, *, secure: bool
) -> None:
    arrived = request_origin(peer=peer, x_forwarded_proto=told)
    (_, cookie), _ = entrance.identifier_headers(NEW_CALLER, arrived)
    assert cookie.startswith("__Host-client=") is secure
    assert cookie.endswith("; Secure") is secure


def test_credentials_stay_out_of_logs() -> None:  # R19
    said = repr(
        (
            DEVELOPMENT_READER.read_credentials(
                request_origin(x_client_id="hush", authorization="Bearer hush")
            ),
            NEW_CALLER,
        )
    )
    assert "hush" not in said
    assert "secret.mac" not in said
