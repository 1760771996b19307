"""A merchant's own calculator by HTTP: signed questions, checked answers, left alone while away.

What it is asked and may answer, docs/calculator.md says.
"""

import hmac
import logging
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import orjson

from gateway.adapters.calculation_messages import InvalidCalculation, build_question, parse_answer
from gateway.adapters.circuit_breakers import CircuitBreaker
from gateway.adapters.outages import Outage
from gateway.engine.pricing.calculations import (
    ALL_PARTS,
    Calculation,
    CalculationPart,
    CalculationRequest,
)
from gateway.services.operator_calls import ACCEPTED_STATUSES
from gateway.services.ports.calculators import CalculatorUnavailable
from gateway.services.ports.clock import Clock
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.operator_endpoints import EndpointAnswer, OperatorEndpoint

CALL_TIMEOUT_SECONDS = 3.0
"""A call that takes longer counts as a failure: a buyer waits for it."""
MAX_ANSWER_BYTES = 1024 * 1024
"""A larger answer is not valid."""
MAX_KEPT_ANSWERS = 512
MAX_LIFETIME = timedelta(seconds=300)
"""No answer is kept longer, whatever it allows."""
LOG_INTERVAL = timedelta(minutes=1)
"""Answers that are not used for one reason are logged once in this time."""
UNAVAILABLE_STATUSES = frozenset({429, *range(500, 600)})
"""Answers with these count as none: the calculator has too much to do, or is broken."""
_MAX_AGE = re.compile(r"max-age=([0-9]{1,9})")

logger = logging.getLogger(__name__)


class CallOutcome(StrEnum):
    """What became of a question: how it was answered, or why the declared tables answer it."""

    ANSWERED = "answered"
    KEPT = "kept"
    INVALID = "invalid"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class _KeptAnswer:
    calculation: Calculation
    until: datetime


@dataclass(slots=True)
class HttpMerchantCalculator:
    """The calculator behind ``endpoint``; ``parts`` are what the merchant lets it answer.

    ``outcomes`` counts what became of questions.
    """

    endpoint: OperatorEndpoint
    clock: Clock
    ids: IdGenerator
    parts: frozenset[CalculationPart] = ALL_PARTS
    outcomes: dict[str, int] = field(
        init=False, repr=False, default_factory=lambda: dict.fromkeys(map(str, CallOutcome), 0)
    )
    breaker: CircuitBreaker = field(init=False, repr=False)
    _outage: Outage = field(init=False, repr=False)
    _digest_key: bytes = field(
        init=False, repr=False, default_factory=lambda: secrets.token_bytes(32)
    )
    _logged: dict[str, datetime] = field(init=False, repr=False, default_factory=dict)
    _kept_answers: OrderedDict[bytes, _KeptAnswer] = field(
        init=False, repr=False, default_factory=OrderedDict
    )

    def __post_init__(self) -> None:
        """Begin with a breaker that is closed."""
        self.breaker = CircuitBreaker(self.clock)
        self._outage = Outage("the merchant's calculator", "the declared tables compute meanwhile")

    async def calculate(self, request: CalculationRequest) -> Calculation:
        """The answer to ``request``, or what it said of late and allowed to keep.

        Raises:
            CalculatorUnavailable: there is no answer in time, it is not valid, or the calculator is
                left alone because it did not answer before.

        """
        question = build_question(request)
        # A digest: no tax id stays in memory longer than its request.
        key = hmac.digest(self._digest_key, orjson.dumps(question), "sha256")
        kept_answer = self._kept_answers.get(key)
        if kept_answer is not None and self.clock.now() < kept_answer.until:
            self.outcomes[CallOutcome.KEPT] += 1
            return kept_answer.calculation
        if not self.breaker.allows_call():
            self.outcomes[CallOutcome.SKIPPED] += 1
            raise CalculatorUnavailable("it is left alone for a while")
        answer = await self._call(question)
        calculation = self._read(answer, request)
        self._keep(key, calculation, answer.cache_control)
        self.outcomes[CallOutcome.ANSWERED] += 1
        return calculation

    async def _call(self, question: dict[str, object]) -> EndpointAnswer:
        now = self.clock.now()
        body = orjson.dumps(
            {"type": "calculate", "timestamp": now.isoformat(), "data": question}
        ).decode()
        try:
            answer = await self.endpoint.call(self.ids.new("calc"), body)
        except OSError as error:
            raise self._failure(_describe(error), now) from None
        if answer.status in UNAVAILABLE_STATUSES:
            raise self._failure(f"status {answer.status}", now)
        self.breaker.record_success()
        self._outage.end()
        return answer

    def _read(self, answer: EndpointAnswer, request: CalculationRequest) -> Calculation:
        try:
            return _read_calculation(answer, request)
        except InvalidCalculation as error:
            raise self._refusal(CallOutcome.INVALID, str(error)) from None

    def _failure(self, reason: str, began_at: datetime) -> CalculatorUnavailable:
        """The failure of a call that got no answer, recorded."""
        refusal = self._refusal(CallOutcome.FAILED, reason)
        self.breaker.record_failure(began_at)
        if self.breaker.is_open:
            self._outage.begin(reason)
        return refusal

    def _refusal(self, outcome: CallOutcome, reason: str) -> CalculatorUnavailable:
        """The refusal of an answer, counted, and logged if that was not done of late."""
        self.outcomes[outcome] += 1
        now = self.clock.now()
        logged_at = self._logged.get(reason)
        if logged_at is None or now - logged_at >= LOG_INTERVAL:
            self._logged[reason] = now
            logger.warning(
                "the merchant's calculator gave no valid answer (%s): "
                "the declared tables compute a purchase",
                reason,
            )
        return CalculatorUnavailable(reason)

    def _keep(self, key: bytes, calculation: Calculation, cache_control: str) -> None:
        lifetime = _lifetime(cache_control)
        self._kept_answers.pop(key, None)
        if not lifetime:
            return
        self._kept_answers[key] = _KeptAnswer(calculation, self.clock.now() + lifetime)
        while len(self._kept_answers) > MAX_KEPT_ANSWERS:
            self._kept_answers.popitem(last=False)


def _read_calculation(answer: EndpointAnswer, request: CalculationRequest) -> Calculation:
    if answer.status not in ACCEPTED_STATUSES:
        raise InvalidCalculation(f"status {answer.status}")
    if len(answer.content) > MAX_ANSWER_BYTES:
        raise InvalidCalculation("too large")
    return parse_answer(answer.content, request)


def _describe(error: OSError) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else str(error)


def _lifetime(cache_control: str) -> timedelta:
    """How long an answer with this header may be kept: ``max-age``, at most ``MAX_LIFETIME``."""
    directives = [directive.strip() for directive in cache_control.lower().split(",")]
    if "no-store" in directives or "no-cache" in directives:
        return timedelta()
    ages = [age for directive in directives if (age := _MAX_AGE.fullmatch(directive))]
    return min(timedelta(seconds=int(ages[0][1])), MAX_LIFETIME) if len(ages) == 1 else timedelta()
