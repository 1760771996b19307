"""Calls of a merchant's calculator: signed, bounded, and given up while nobody answers (R84)."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.merchant_calculator import (
    MAX_ANSWER_BYTES,
    MAX_KEPT_ANSWERS,
    HttpMerchantCalculator,
)
from gateway.adapters.operator_endpoints import HttpOperatorEndpoint
from gateway.adapters.random_ids import RandomIds
from gateway.engine.money import Currency
from gateway.engine.pricing.calculations import (
    CalculatedTaxes,
    Calculation,
    CalculationLine,
    CalculationPart,
    CalculationRequest,
)
from gateway.engine.tax.stated_taxes import StatedTax
from gateway.services.ports.calculators import CalculatorUnavailable
from gateway.services.ports.operator_endpoints import EndpointAnswer
from tests.dripping import dripping_server
from tests.endpoints import SECRET, SignedEndpoint, answer_text, serve_endpoint

REQUEST = CalculationRequest(
    Currency("USD", 2),
    frozenset({CalculationPart.TAX}),
    (CalculationLine("lin_a", "MUG", 1, 10_00),),
    tax_id="DE136695976",
)
VALID = json.dumps(
    {"tax": [{"lineId": "lin_a", "name": "VAT", "ratePercent": "19", "tax": "1.90"}]}
)
OK = answer_text("200 OK", VALID)
INVALID = answer_text("200 OK", '{"tax": []}')
BROKEN = answer_text("500 Internal Server Error")


def build_calculation(minor: int) -> Calculation:
    """The answer whose only tax comes to ``minor`` cents."""
    return Calculation(
        line_taxes=(CalculatedTaxes("lin_a", (StatedTax("VAT", 19, minor),)),)  # type: ignore[arg-type]
    )


def calculator(
    url: str, client: httpx.AsyncClient, clock: ManualClock, timeout_seconds: float = 30
) -> HttpMerchantCalculator:
    """The gateway's side; its time-out is longer than a busy machine takes."""
    endpoint = HttpOperatorEndpoint(
        url, SECRET, client, clock, timeout_seconds, MAX_ANSWER_BYTES + 1
    )
    return HttpMerchantCalculator(endpoint, clock, RandomIds())


@asynccontextmanager
async def open_calculator(
    endpoint: SignedEndpoint, clock: ManualClock
) -> AsyncIterator[HttpMerchantCalculator]:
    async with serve_endpoint(endpoint) as url, httpx.AsyncClient() as client:
        yield calculator(url, client, clock)


async def reason(asked: HttpMerchantCalculator, request: CalculationRequest = REQUEST) -> str:
    """Why there is no calculation."""
    with pytest.raises(CalculatorUnavailable) as refused:
        await asked.calculate(request)
    return str(refused.value)


def counts(asked: HttpMerchantCalculator) -> dict[str, int]:
    return {outcome: count for outcome, count in asked.outcomes.items() if count}


async def test_a_question_is_signed_and_its_answer_used(clock: ManualClock) -> None:  # R84
    """The endpoint checks the signature; each question has an id of its own."""
    endpoint = SignedEndpoint(answers=[OK, OK])
    async with open_calculator(endpoint, clock) as asked:
        assert await asked.calculate(REQUEST) == build_calculation(1_90)
        assert await asked.calculate(REQUEST) == build_calculation(1_90)
    assert endpoint.documents[0] == {
        "type": "calculate",
        "timestamp": "2026-11-02T12:00:00+00:00",
        "data": {
            "currency": "USD",
            "wants": ["tax"],
            "destination": None,
            "customer": {"kind": "CONSUMER", "taxId": "DE136695976"},
            "lines": [{"id": "lin_a", "sku": "MUG", "quantity": 1, "net": "10.00"}],
            "codes": [],
            "orderNumber": None,
        },
    }
    assert len(set(endpoint.ids)) == 2
    assert counts(asked) == {"answered": 2}


@pytest.mark.parametrize("status", ["200 OK", "201 Created"])
async def test_each_status_of_success_will_do(clock: ManualClock, status: str) -> None:  # R84
    async with open_calculator(
        SignedEndpoint(answers=[answer_text(status, VALID)]), clock
    ) as asked:
        assert await asked.calculate(REQUEST) == build_calculation(1_90)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (answer_text("204 No Content"), "body: json_invalid"),
        (answer_text("400 Bad Request", VALID), "status 400"),
        (answer_text("401 Unauthorized"), "status 401"),
        (answer_text("307 Moved", VALID, "location: http://127.0.0.1:9/\r\n"), "status 307"),
        (answer_text("200 OK", "<html>"), "body: json_invalid"),
        (answer_text("200 OK", VALID + " " * MAX_ANSWER_BYTES), "too large"),
        (INVALID, "tax: a line is missing"),
    ],
)
async def test_an_invalid_answer_is_none_and_the_next_question_is_asked(
    clock: ManualClock, answer: str, why: str
) -> None:  # R84
    endpoint = SignedEndpoint(answers=[answer] * 4 + [OK])
    async with open_calculator(endpoint, clock) as asked:
        assert [await reason(asked) for _ in range(4)] == [why] * 4
        assert await asked.calculate(REQUEST) == build_calculation(1_90)
    assert counts(asked) == {"invalid": 4, "answered": 1}


@pytest.mark.parametrize("status", [500, 502, 503, 429])
async def test_a_calculator_that_fails_is_left_alone_for_a_while(
    clock: ManualClock, status: int
) -> None:  # R84
    endpoint = SignedEndpoint(answers=[answer_text(f"{status} No")] * 4 + [OK, OK])
    async with open_calculator(endpoint, clock) as asked:
        why = [await reason(asked) for _ in range(5)]
        assert why == [f"status {status}"] * 3 + ["it is left alone for a while"] * 2
        clock.advance(timedelta(seconds=4))
        assert await reason(asked) == f"status {status}"
        clock.advance(timedelta(seconds=7))
        assert await reason(asked) == "it is left alone for a while"
        clock.advance(timedelta(seconds=1))
        assert await asked.calculate(REQUEST) == build_calculation(1_90)
        assert await asked.calculate(REQUEST) == build_calculation(1_90)
    assert len(endpoint.calls) == 6
    assert counts(asked) == {"failed": 4, "skipped": 3, "answered": 2}


async def test_two_failures_and_an_answer_count_as_none(clock: ManualClock) -> None:  # R84
    """An answer that is not valid is an answer, too."""
    endpoint = SignedEndpoint(answers=[BROKEN, BROKEN, INVALID, BROKEN, BROKEN, OK])
    async with open_calculator(endpoint, clock) as asked:
        for _ in range(5):
            await reason(asked)
        assert await asked.calculate(REQUEST) == build_calculation(1_90)


async def test_nobody_is_there(clock: ManualClock) -> None:  # R84
    async with serve_endpoint(SignedEndpoint()) as url:
        pass
    async with httpx.AsyncClient() as client:
        assert await reason(calculator(url, client, clock)) == "ConnectError"


@pytest.mark.parametrize("drips", [b"", b" "])
async def test_a_slow_answer_is_none(clock: ManualClock, drips: bytes) -> None:  # R84
    """Also one of which each byte is in time."""
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n"
    async with dripping_server(head, drips or b"\r\n") as url, httpx.AsyncClient() as client:
        asked = calculator(url, client, clock, 0.3)
        assert await asyncio.wait_for(reason(asked), 30) == "no answer in time"
    assert counts(asked) == {"failed": 1}


# -- Answers that may be kept


def cacheable_answer(cache_control: str, tax: str = "1.90") -> str:
    """A valid answer with this header."""
    header = f"Cache-Control: {cache_control}\r\n"
    return answer_text("200 OK", VALID.replace("1.90", tax), header)


async def test_an_answer_is_kept_as_long_as_it_allows(clock: ManualClock) -> None:
    endpoint = SignedEndpoint(
        answers=[cacheable_answer("private, max-age=60"), cacheable_answer("max-age=60", "2.00")]
    )
    async with open_calculator(endpoint, clock) as asked:
        assert await asked.calculate(REQUEST) == build_calculation(1_90)
        clock.advance(timedelta(seconds=59))
        assert await asked.calculate(REQUEST) == build_calculation(1_90)
        clock.advance(timedelta(seconds=1))
        assert await asked.calculate(REQUEST) == build_calculation(2_00)
        assert await asked.calculate(REQUEST) == build_calculation(2_00)
    assert counts(asked) == {"answered": 2, "kept": 2}


async def test_an_answer_that_may_be_kept_holds_while_nobody_answers(clock: ManualClock) -> None:
    endpoint = SignedEndpoint(answers=[cacheable_answer("max-age=60"), *[BROKEN] * 3])
    async with open_calculator(endpoint, clock) as asked:
        await asked.calculate(REQUEST)
        for _ in range(4):
            await reason(asked, replace(REQUEST, tax_id=None))
        assert await asked.calculate(REQUEST) == build_calculation(1_90)


@pytest.mark.parametrize(
    "header",
    [
        "no-store, max-age=60",
        "max-age=60, no-cache",
        "max-age=0",
        "max-age=-1",
        "max-age=1e3",
        "max-age=60, max-age=120",
        "s-maxage=60",
        "private",
    ],
)
async def test_what_may_not_be_kept(clock: ManualClock, header: str) -> None:
    endpoint = SignedEndpoint(answers=[cacheable_answer(header), OK])
    async with open_calculator(endpoint, clock) as asked:
        await asked.calculate(REQUEST)
        await asked.calculate(REQUEST)
    assert counts(asked) == {"answered": 2}


async def test_no_answer_is_kept_longer_than_five_minutes(clock: ManualClock) -> None:
    endpoint = SignedEndpoint(answers=[cacheable_answer("max-age=999999999"), OK])
    async with open_calculator(endpoint, clock) as asked:
        await asked.calculate(REQUEST)
        clock.advance(timedelta(seconds=299))
        await asked.calculate(REQUEST)
        clock.advance(timedelta(seconds=1))
        await asked.calculate(REQUEST)
    assert counts(asked) == {"answered": 2, "kept": 1}


async def test_an_answer_is_kept_for_the_same_question_alone(clock: ManualClock) -> None:
    """Each figure, place, id, order and part counts; invalid answers are never kept."""
    invalid = answer_text("200 OK", '{"tax": []}', "cache-control: max-age=60\r\n")
    endpoint = SignedEndpoint(answers=[cacheable_answer("max-age=60"), invalid, invalid, invalid])
    async with open_calculator(endpoint, clock) as asked:
        await asked.calculate(REQUEST)
        [line] = REQUEST.lines
        dearer = replace(REQUEST, lines=(replace(line, minor=10_01),))
        assert await reason(asked, dearer) == "tax: a line is missing"
        assert await reason(asked, dearer) == "tax: a line is missing"
        of_an_order = replace(REQUEST, order_number="ABCDEFGHIJ")
        assert await reason(asked, of_an_order) == "tax: a line is missing"
    assert counts(asked) == {"answered": 1, "invalid": 3}


class AnsweringEndpoint:
    """Answers each call at once with what may be kept."""

    async def call(self, id: str, body: str) -> EndpointAnswer:
        return EndpointAnswer(200, VALID.encode(), "max-age=300")


async def test_few_answers_are_kept(clock: ManualClock) -> None:
    """The oldest goes first."""
    asked = HttpMerchantCalculator(AnsweringEndpoint(), clock, RandomIds())
    [line] = REQUEST.lines
    questions = [
        replace(REQUEST, lines=(replace(line, minor=minor),))
        for minor in range(MAX_KEPT_ANSWERS + 1)
    ]
    for question in questions:
        await asked.calculate(question)
    await asked.calculate(questions[-1])
    await asked.calculate(questions[1])
    assert counts(asked) == {"answered": MAX_KEPT_ANSWERS + 1, "kept": 2}
    await asked.calculate(questions[0])
    assert counts(asked) == {"answered": MAX_KEPT_ANSWERS + 2, "kept": 2}


# -- The log


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith("gateway")]


async def test_the_log_says_why_once_a_minute_and_nothing_of_the_purchase(
    clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:  # R85
    caplog.set_level(logging.DEBUG, "gateway")
    endpoint = SignedEndpoint(answers=[INVALID] * 4)
    async with open_calculator(endpoint, clock) as asked:
        for _ in range(3):
            await reason(asked)
        clock.advance(timedelta(minutes=1))
        await reason(asked)
    line = (
        "the merchant's calculator gave no valid answer (tax: a line is missing): "
        "the declared tables compute a purchase"
    )
    assert messages(caplog) == [line] * 2


async def test_the_log_says_when_it_is_left_alone_and_when_it_is_back(
    clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = SignedEndpoint(answers=[*[BROKEN] * 4, OK])
    async with open_calculator(endpoint, clock) as asked:
        for _ in range(5):
            await reason(asked)
        clock.advance(timedelta(seconds=4))
        await reason(asked)
        clock.advance(timedelta(seconds=8))
        await asked.calculate(REQUEST)
    first, away, back = messages(caplog)
    assert first.startswith("the merchant's calculator gave no valid answer (status 500)")
    assert away == (
        "the merchant's calculator is away: status 500; the declared tables compute meanwhile"
    )
    assert back.startswith("the merchant's calculator is back after ")


def test_the_secret_is_in_no_text_of_it(clock: ManualClock) -> None:
    asked = calculator("http://127.0.0.1:9/", httpx.AsyncClient(), clock)
    assert SECRET not in repr(asked)
