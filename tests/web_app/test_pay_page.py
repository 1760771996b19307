"""The page ``/pay``: its policy, what it tells of a payment, and the way back from the bank."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.adapters.reference.number_formats import CldrFormats
from gateway.services.ports.payer_confirmations import PayerConfirmation
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationResult,
    AuthorizationUnknown,
    DeclineReason,
)
from gateway.transport import static_pages
from gateway.transport.static_pages import page_routes, shop_policy
from gateway.web_app.pay_page import PayPage, pay_page_routes

TOKEN = "pay_0123456789abcdef"
SECRET = "pi_1_secret_9"
ACTION = AuthorizationActionRequired(
    "pi_1", f"https://shop.example/pay#{TOKEN}", datetime(2026, 1, 1, tzinfo=UTC), SECRET
)
GRANTED = AuthorizationGranted("pi_1")
EXPIRED = AuthorizationDeclined(DeclineReason.AUTHENTICATION_EXPIRED)
DECLINED = AuthorizationDeclined(DeclineReason.DECLINED)
BANK = "https://hooks.stripe.com/redirect/1"
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "script-src 'self' https://js.stripe.com https://*.js.stripe.com; "
    "style-src 'self'; img-src 'self'; connect-src 'self' https://api.stripe.com; "
    "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com; "
    "frame-ancestors 'none'"
)


@dataclass(slots=True)
class OnePayment:
    """The payment of TOKEN, and the keys of those that were finished.

    ``next_result`` is what it comes to once the page has asked for it.
    """

    result: AuthorizationResult | None = ACTION
    next_result: AuthorizationResult | None = None
    has_bank_page: bool = True
    payment_method: str = "pm_1"
    keys: list[str] = field(default_factory=list)

    async def find(self, page_token: str) -> PayerConfirmation | None:
        if page_token != TOKEN:
            return None
        result = self.result if self.next_result is None else self.next_result
        is_open = isinstance(result, AuthorizationActionRequired)
        return PayerConfirmation(
            idempotency_key="key",
            amount_minor=2125,
            currency="USD",
            is_payer_present=True,
            result=result,
            payment_method=self.payment_method if is_open else None,
            redirect_url=BANK if is_open and self.has_bank_page else None,
        )

    async def finish(self, key: str) -> None:
        self.keys.append(key)


@pytest.fixture
def payment() -> OnePayment:
    return OnePayment()


@pytest.fixture
def client(payment: OnePayment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    (tmp_path / "pay.html").write_text('<!doctype html><script src="./assets/pay.js"></script>')
    defaults = {**(static_pages.card_page_response.__kwdefaults__ or {}), "folder": tmp_path}
    monkeypatch.setattr(static_pages.card_page_response, "__kwdefaults__", defaults)
    page = PayPage(payment, "pk_test_1", IsoCurrencies(), CldrFormats(), payment.finish)
    return TestClient(Starlette(routes=pay_page_routes(page)), follow_redirects=False)


def test_only_this_page_lets_the_script_of_stripe_in(client: TestClient) -> None:
    answer = client.get("/pay")
    assert answer.status_code == HTTPStatus.OK
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "stripe" not in shop_policy()
    others = TestClient(Starlette(routes=page_routes()))
    for path in ("/gift", "/order"):
        assert "stripe" not in others.get(path).headers["content-security-policy"]


def test_the_page_gets_the_amount_and_a_fresh_client_secret(client: TestClient) -> None:
    answer = client.post("/pay/payment", json={"token": TOKEN})
    assert answer.status_code == HTTPStatus.OK
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "state": "CONFIRMABLE",
        "amountMinor": 2125,
        "currency": "USD",
        "formatted": "$21.25",
        "publishableKey": "pk_test_1",
        "clientSecret": SECRET,
        "paymentMethod": "pm_1",
        "redirectUrl": BANK,
    }


@pytest.mark.parametrize(
    ("result", "state", "status"),
    [
        (GRANTED, "CONFIRMED", HTTPStatus.OK),
        (DECLINED, "DECLINED", HTTPStatus.OK),
        (AuthorizationUnknown(), "UNDECIDED", HTTPStatus.OK),
        (EXPIRED, "EXPIRED", HTTPStatus.GONE),
        (None, "EXPIRED", HTTPStatus.GONE),
    ],
)
def test_what_cannot_be_confirmed_has_no_secret(
    client: TestClient,
    payment: OnePayment,
    result: AuthorizationResult | None,
    state: str,
    status: HTTPStatus,
) -> None:
    payment.result = result
    answer = client.post("/pay/payment", json={"token": TOKEN})
    assert answer.status_code == status
    document = answer.json()
    assert document["state"] == state
    assert (document["clientSecret"], document["paymentMethod"], document["redirectUrl"]) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"token": "pay_aaaaaaaaaaaaaaaa"}', HTTPStatus.NOT_FOUND),
        (b'{"token": ""}', HTTPStatus.NOT_FOUND),
        (b'{"token": 7}', HTTPStatus.NOT_FOUND),
        (b"[]", HTTPStatus.NOT_FOUND),
        (b"\xff", HTTPStatus.NOT_FOUND),
        (b" " * 5000, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    ],
)
def test_nothing_is_told_without_the_secret(
    client: TestClient, body: bytes, status: HTTPStatus
) -> None:
    answer = client.post("/pay/payment", content=body)
    assert answer.status_code == status
    assert SECRET not in answer.text


# R130
def test_the_way_back_from_the_bank_finishes_the_purchase(
    client: TestClient, payment: OnePayment
) -> None:
    payment.result = GRANTED
    address = f"/pay/return?payment={TOKEN}&return=/shop/checkout&redirect_status=failed"
    answer = client.get(address)
    assert payment.keys == ["key"]
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert answer.headers["location"] == f"../pay?return=/shop/checkout#{TOKEN}"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_what_the_address_says_of_a_payment_is_not_believed(
    client: TestClient, payment: OnePayment
) -> None:
    client.get(f"/pay/return?payment={TOKEN}&redirect_status=succeeded")
    assert payment.keys == []


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a?b#c"],
)
def test_the_way_back_leads_to_this_host_alone(
    client: TestClient, payment: OnePayment, target: str
) -> None:
    payment.result = GRANTED
    answer = client.get("/pay/return", params={"payment": TOKEN, "return": target})
    assert answer.headers["location"] == f"../pay#{TOKEN}"


@pytest.mark.parametrize(
    ("token", "result", "status"),
    [
        ("pay_aaaaaaaaaaaaaaaa", GRANTED, HTTPStatus.NOT_FOUND),
        ("", GRANTED, HTTPStatus.NOT_FOUND),
        (TOKEN, EXPIRED, HTTPStatus.GONE),
    ],
)
def test_an_unknown_or_expired_payment_has_a_page_that_says_so(
    client: TestClient,
    payment: OnePayment,
    token: str,
    result: AuthorizationResult,
    status: HTTPStatus,
) -> None:
    payment.result = result
    answer = client.get("/pay/return", params={"payment": token})
    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == POLICY
    assert 'src="../assets/pay.js"' in answer.text
