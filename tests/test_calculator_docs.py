"""The page about a merchant's calculator tells the truth: its bodies, its code, its signature."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.adapters.calculation_messages import build_question, parse_answer
from gateway.adapters.clocks import SystemClock
from gateway.adapters.merchant_calculator import HttpMerchantCalculator
from gateway.adapters.operator_endpoints import HttpOperatorEndpoint
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.webhook_calls import sign_webhook
from gateway.engine.addresses.address import Destination
from gateway.engine.money import Currency
from gateway.engine.pricing.calculations import (
    ALL_PARTS,
    CalculatedCode,
    CalculatedShipping,
    CalculatedTaxes,
    Calculation,
    CalculationLine,
    CalculationPart,
    CalculationRequest,
)
from gateway.engine.tax.stated_taxes import StatedTax
from tests.endpoints import SECRET

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "calculator.md").read_text(encoding="utf-8")
EUR = Currency("EUR", 2)
REQUEST = CalculationRequest(
    EUR,
    ALL_PARTS,
    (CalculationLine("lin_7", "MUG", 2, 24_00),),
    Destination("DE", None, "10115"),
    codes=("WELCOME10",),
)


def blocks(kind: str) -> list[str]:
    """What the page shows of this kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def vat(id: str, minor: int) -> CalculatedTaxes:
    return CalculatedTaxes(id, (StatedTax("VAT", Decimal(19), minor),))


def test_the_bodies_are_what_is_sent_and_read() -> None:  # R84, R85
    question, answer = blocks("json")
    assert json.loads(question)["data"] == build_question(REQUEST)
    assert parse_answer(answer.encode(), REQUEST) == Calculation(
        (CalculatedShipping("post", "Post", 4_90),),
        (vat("lin_7", 4_10),),
        (vat("post", 93),),
        (CalculatedCode("WELCOME10", applied=True, minor=2_40),),
        "calc-2026-0815",
    )
    # The tax is that of the price after the code: 19 % of 21.60, rounded half up.
    assert (24_00 - 2_40) * 19 == 410_40


def run_page(monkeypatch: pytest.MonkeyPatch, secret: str) -> dict[str, Any]:
    """The names of the page's code."""
    monkeypatch.setenv("GATEWAY_MERCHANT_SECRET", secret)
    [code] = blocks("python")
    names: dict[str, Any] = {"__name__": __name__}
    exec(code, names)  # noqa: S102 - the page's own code
    return names


def test_the_signature_to_check_ones_own_code_with(monkeypatch: pytest.MonkeyPatch) -> None:
    secret, id, timestamp, body, signature = re.findall(
        r"`([^`]+)`", PAGE[PAGE.index("To check code") :]
    )
    sent_at = datetime.fromtimestamp(int(timestamp), UTC)
    assert sign_webhook(secret, id, sent_at, body) == signature
    assert run_page(monkeypatch, secret)["sign"](id, timestamp, body.encode()) == signature


@contextmanager
def serve_page(names: dict[str, Any]) -> Iterator[str]:
    """The URL of the page's calculator."""
    names["Calculator"].log_message = lambda *_: None
    with ThreadingHTTPServer(("127.0.0.1", 0), names["Calculator"]) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


async def test_the_calculator_answers(monkeypatch: pytest.MonkeyPatch) -> None:  # R84
    with serve_page(run_page(monkeypatch, SECRET)) as url:
        async with httpx.AsyncClient() as client:
            endpoint = HttpOperatorEndpoint(url, SECRET, client, SystemClock())
            calculator = HttpMerchantCalculator(endpoint, SystemClock(), RandomIds())
            assert await calculator.calculate(REQUEST) == Calculation(
                (CalculatedShipping("post", "Post", 4_90),),
                (vat("lin_7", 4_56),),
                (vat("post", 93),),
                (),
            )
            ships = CalculationRequest(
                Currency("JPY", 0),
                frozenset({CalculationPart.TAX}),
                (CalculationLine("lin_7", "MUG", 1, 2_400),),
                Destination("DE"),
                shipping=(CalculatedShipping("air", "Air", 1_000),),
            )
            calculation = await calculator.calculate(ships)
            assert calculation == Calculation(
                line_taxes=(vat("lin_7", 456),), shipping_taxes=(vat("air", 190),)
            )
            digital = replace(REQUEST, parts=frozenset({CalculationPart.TAX}))
            taxed = Calculation(line_taxes=(vat("lin_7", 4_56),))
            assert await calculator.calculate(digital) == taxed
            codes = CalculationRequest(
                EUR, frozenset({CalculationPart.CODES}), REQUEST.lines, codes=("X",)
            )
            assert await calculator.calculate(codes) == Calculation(codes=())


@pytest.mark.parametrize(
    ("secret", "age", "status"),
    [
        (SECRET, 0, 200),
        (SECRET, 301, 401),
        (SECRET, -310, 401),
        ("whsec_" + "A" * 32, 0, 401),
    ],
)
def test_the_calculator_believes_what_is_signed_now(
    monkeypatch: pytest.MonkeyPatch, secret: str, age: int, status: int
) -> None:
    sent_at = int(time.time()) - age
    body = json.dumps({"type": "commit", "data": {}})
    headers = {
        "webhook-id": "calc_1",
        "webhook-timestamp": str(sent_at),
        "webhook-signature": sign_webhook(
            secret, "calc_1", datetime.fromtimestamp(sent_at, UTC), body
        ),
    }
    with serve_page(run_page(monkeypatch, SECRET)) as url:
        assert httpx.post(url, content=body, headers=headers).status_code == status
