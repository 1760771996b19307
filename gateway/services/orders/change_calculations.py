"""The merchant's calculator while an order changes: asked between transactions, never in one.

A change is planned in the transaction that stores it. Where its price needs an answer that is not
there yet, that transaction ends, the calculator is asked, and the change is planned again. An
answer is to exactly what was asked: if the order has changed by then, something else is needed.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.engine.pricing.calculations import Calculation, CalculationPart, CalculationRequest
from gateway.services.ports.calculators import CalculatorUnavailable, MerchantCalculator
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.payments import ProviderUnavailable
from gateway.services.provider_waits import limit_wait

T = TypeVar("T")


class CalculationRequired(Exception):
    """An order cannot be priced before the merchant's calculator was asked about it."""

    def __init__(self, answers: "EarlierAnswers", request: CalculationRequest) -> None:
        super().__init__("the merchant's calculator was not asked yet")
        self._answers = answers
        self._request = request

    async def answer(self) -> None:
        """Ask the calculator. Not inside a transaction or a read session: it may take seconds."""
        await self._answers.ask(self._request)


class EarlierAnswers:
    """The answers of ``calculator`` so far, for one change: a calculator that asks nobody."""

    def __init__(self, calculator: MerchantCalculator) -> None:
        self._calculator = calculator
        self._answers: dict[CalculationRequest, Calculation | None] = {}

    @property
    def parts(self) -> frozenset[CalculationPart]:
        """What the calculator answers."""
        return self._calculator.parts

    async def calculate(self, request: CalculationRequest) -> Calculation:
        """The answer to ``request``.

        Raises:
            CalculationRequired: the calculator was not asked this.
            CalculatorUnavailable: it was, and gave no valid answer.

        """
        if request not in self._answers:
            raise CalculationRequired(self, request)
        answer = self._answers[request]
        if answer is None:
            raise CalculatorUnavailable("it gave no valid answer before")
        return answer

    async def ask(self, request: CalculationRequest) -> None:
        """Have the calculator's answer to ``request``, or that there is none in time."""
        try:
            async with limit_wait():
                self._answers[request] = await self._calculator.calculate(request)
        except (CalculatorUnavailable, ProviderUnavailable):
            self._answers[request] = None


async def try_with_answers(attempt: Callable[[], Awaitable[T]], order_id: str) -> T:
    """The result of ``attempt``, repeated once the calculator has answered what it needs.

    Raises:
        VersionConflict: the order was changed meanwhile, so that it needs another answer.

    """
    try:
        return await attempt()
    except CalculationRequired as required:
        await required.answer()
    try:
        return await attempt()
    except CalculationRequired as error:
        raise VersionConflict(order_id) from error
