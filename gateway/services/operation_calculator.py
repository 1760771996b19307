"""The merchant's calculator as one operation asks it: of a purchase once."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TypeAlias

from gateway.engine.pricing.calculations import (
    Calculation,
    CalculationLine,
    CalculationPart,
    CalculationRequest,
)
from gateway.engine.pricing.discount_codes import normalize_code
from gateway.services.ports.calculators import CalculatorUnavailable, MerchantCalculator

MAX_CONCURRENT_CALLS = 8
"""Calls of one operation at the same time: a list of offers must not flood the merchant."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """A request and its answer; None: the calculator gave no valid one."""

    request: CalculationRequest
    calculation: Calculation | None

    def serves(self, request: CalculationRequest) -> bool:
        """Whether it answers ``request``, which may ask for less."""
        asked = self.request
        return (
            (request.currency, request.destination) == (asked.currency, asked.destination)
            and (request.customer, request.tax_id) == (asked.customer, asked.tax_id)
            and request.order_number == asked.order_number
            and (self.calculation is None or request.parts <= asked.parts)
            and request.shipping in ((), asked.shipping)
            and request.codes in (asked.codes, self._existing_codes())
        )

    def _existing_codes(self) -> tuple[str, ...]:
        """The codes that were asked for, without those that do not exist."""
        if self.calculation is None or self.calculation.codes is None:
            return self.request.codes
        keys = {normalize_code(judged.code) for judged in self.calculation.codes}
        return tuple(code for code in self.request.codes if normalize_code(code) in keys)


_Lines: TypeAlias = tuple[CalculationLine, ...]


class OperationCalculator:
    """A calculator that answers all requests of one operation for one purchase alike.

    It asks for a purchase again only where more parts of it are needed.
    """

    def __init__(self, calculator: MerchantCalculator) -> None:
        self._calculator = calculator
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_CALLS)
        self._locks: defaultdict[_Lines, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._answers: defaultdict[_Lines, list[_Answer]] = defaultdict(list)

    @property
    def parts(self) -> frozenset[CalculationPart]:
        """What the calculator answers."""
        return self._calculator.parts

    async def calculate(self, request: CalculationRequest) -> Calculation:
        """The answer to ``request``, perhaps with more parts than it asks for.

        Raises:
            CalculatorUnavailable: there is no answer in time, or it is not valid.

        """
        async with self._locks[request.lines]:
            answers = self._answers[request.lines]
            answer = next((answer for answer in answers if answer.serves(request)), None)
            if answer is None:
                answer = await self._ask(request)
                answers.append(answer)
        if answer.calculation is None:
            raise CalculatorUnavailable("it gave no valid answer in this operation")
        return answer.calculation

    async def _ask(self, request: CalculationRequest) -> _Answer:
        async with self._slots:
            try:
                return _Answer(request, await self._calculator.calculate(request))
            except CalculatorUnavailable:
                return _Answer(request, None)
