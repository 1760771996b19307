"""The port of a merchant's own calculator of shipping, taxes and codes."""

from typing import Protocol

from gateway.engine.pricing.calculations import Calculation, CalculationPart, CalculationRequest


class CalculatorUnavailable(Exception):
    """The calculator gave no valid answer in time: the declared tables are used instead.

    The message says why, without anything of the purchase.
    """


class MerchantCalculator(Protocol):
    """A calculator that knows better than the declared tables."""

    @property
    def parts(self) -> frozenset[CalculationPart]:
        """What it answers; the declared tables compute the others."""
        ...

    async def calculate(self, request: CalculationRequest) -> Calculation:
        """The answer to ``request``: each part that was asked for, of each line that was sent.

        Raises:
            CalculatorUnavailable: there is no answer in time, or it is not valid.

        """
        ...
