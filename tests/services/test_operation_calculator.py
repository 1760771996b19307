"""One operation asks the merchant's calculator of a purchase once."""

from dataclasses import replace

from gateway.engine.addresses.address import Destination
from gateway.engine.pricing.calculations import (
    CalculationLine,
    CalculationPart,
    CalculationRequest,
)
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.services.operation_calculator import OperationCalculator
from tests.engine.purchases import USD
from tests.services.merchant_calculators import SimpleCalculator

REQUEST = CalculationRequest(
    USD,
    frozenset({CalculationPart.TAX}),
    (CalculationLine("orl_1", "MUG", 1, 1000),),
    Destination("US", "CA", "94043"),
)


async def test_the_same_question_is_asked_once() -> None:  # R84, R88
    calculator = SimpleCalculator()
    asked = OperationCalculator(calculator)
    answer = await asked.calculate(REQUEST)
    assert await asked.calculate(REQUEST) == answer
    assert calculator.requests == [REQUEST]


async def test_another_question_about_the_same_lines_is_asked_for_itself() -> None:  # R84
    """Of another order, place, kind of customer or tax id."""
    calculator = SimpleCalculator()
    asked = OperationCalculator(calculator)
    others = [
        replace(REQUEST, order_number="ABCDEFGHIJ"),
        replace(REQUEST, order_number="JIHGFEDCBA"),
        replace(REQUEST, destination=Destination("US", "NY", "10001")),
        replace(REQUEST, customer=CustomerKind.EXEMPT),
        replace(REQUEST, tax_id="DE136695976"),
    ]
    references = [(await asked.calculate(request)).reference for request in (REQUEST, *others)]
    assert references == [f"calculation {number}" for number in range(1, 7)]
    assert calculator.requests == [REQUEST, *others]
