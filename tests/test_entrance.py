"""Cookies and headers: what is read of them, and what is handed over."""

from dataclasses import replace

import pytest
from starlette.datastructures import Headers

from gateway.entrance import COOKIE_LIFE, Approach, Entrance, acknowledgement
from gateway.services.identity.callers import Caller, CallingClient, Credentials

HERE = "203.0.113.7"
PROXY = "10.0.0.1"
KEPT = f"Path=/; Max-Age={COOKIE_LIFE}; HttpOnly; SameSite=Lax"
NEW = Caller(CallingClient("cli_1", "digest", issued="secret.mac"))
KNOWN = Caller(CallingClient("cli_1", "digest"))
OPEN = Entrance(trusted_proxies=("10.0.0.0/8",))
STRICT = Entrance(strict=True)


def approach(scheme: str = "http", peer: str = HERE, **headers: str) -> Approach:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Approach(Headers(given), scheme, peer, HERE)


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
    assert OPEN.credentials(approach(**headers)).identifier == read
    assert STRICT.credentials(approach(**headers)).identifier == read_in_production


def test_several_cookie_headers_are_one() -> None:
    raw = [(b"cookie", b"a=1"), (b"cookie", b"__Host-client=s")]
    arrived = replace(approach(), headers=Headers(raw=raw))
    assert STRICT.credentials(arrived).identifier == "s"


def test_a_socket_presents_the_same_as_a_request() -> None:  # R04
    opened = approach(cookie="client=c", authorization="Bearer a")
    assert OPEN.credentials(opened) == Credentials("c", "Bearer a", HERE)
    assert OPEN.socket_credentials(opened, {}) == Credentials("c", "Bearer a", HERE)
    payload = {"clientId": "p", "authorization": "Bearer b"}
    assert OPEN.socket_credentials(opened, payload) == Credentials("p", "Bearer b", HERE)
    nonsense = {"clientId": 17, "authorization": None}
    assert OPEN.socket_credentials(opened, nonsense) == Credentials("c", "Bearer a", HERE)


def test_a_new_identifier_is_handed_over_as_one_cookie_and_a_header() -> None:  # R01
    assert OPEN.handed_over(NEW, approach("https")) == [
        (
            "Set-Cookie",
            f"__Host-client=secret.mac; {KEPT}; Secure",
        ),
        ("X-Client-Id", "secret.mac"),
    ]
    assert OPEN.handed_over(NEW, approach("http")) == [
        (
            "Set-Cookie",
            f"client=secret.mac; {KEPT}",
        ),
        ("X-Client-Id", "secret.mac"),
    ]


def test_a_known_client_is_handed_nothing() -> None:  # R01
    assert OPEN.handed_over(KNOWN, approach("https")) == []
    assert acknowledgement(KNOWN) is None


def test_a_socket_is_told_its_new_identifier() -> None:  # R04
    assert acknowledgement(NEW) == {"clientId": "secret.mac"}


@pytest.mark.parametrize(
    ("entrance", "peer", "told", "secure"),
    [
        (OPEN, PROXY, "https", True),
        (OPEN, PROXY, "https, http", True),
        (OPEN, PROXY, "http", False),
        (OPEN, HERE, "https", False),
        (OPEN, "unknown", "https", False),
        (STRICT, HERE, "http", True),
    ],
)
def test_only_a_trusted_proxy_is_believed_about_encryption(
    entrance: Entrance, peer: str, told: str, *, secure: bool
) -> None:
    arrived = approach(peer=peer, x_forwarded_proto=told)
    (_, cookie), _ = entrance.handed_over(NEW, arrived)
    assert cookie.startswith("__Host-client=") is secure
    assert cookie.endswith("; Secure") is secure


def test_credentials_stay_out_of_logs() -> None:  # R19
    said = repr((OPEN.credentials(approach(x_client_id="hush", authorization="Bearer hush")), NEW))
    assert "hush" not in said
    assert "secret.mac" not in said
