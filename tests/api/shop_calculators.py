"""A merchant's own calculator as a value in a test, and a store that asks it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from gateway.engine.pricing.calculations import (
    ALL_PARTS,
    CalculatedCode,
    CalculatedShipping,
    CalculatedTaxes,
    Calculation,
    CalculationPart,
    CalculationRequest,
)
from gateway.engine.tax.stated_taxes import StatedTax
from gateway.services.ports.calculators import CalculatorUnavailable
from tests.services.merchant_calculators import WatchedDatabase, assert_no_open_session
from tests.store import Store

RATE = Decimal("8.875")
DRONE = CalculatedShipping("drone", "Drone", 300)
PIGEON = CalculatedShipping("pigeon", "Pigeon", 200)


@dataclass
class ShopCalculator:
    """A calculator that taxes every line and shipping by one rate.

    ``codes`` are the amounts that codes take off, minor units; ``refused_codes`` say why they do
    not apply. With ``is_down`` there is no answer. Until ``awaited_calls`` are under way at the
    same time, none is answered.
    """

    shipping: tuple[CalculatedShipping, ...] = (DRONE,)
    codes: Mapping[str, int] = field(default_factory=dict)
    refused_codes: Mapping[str, str] = field(default_factory=dict)
    parts: frozenset[CalculationPart] = ALL_PARTS
    is_down: bool = False
    requests: list[CalculationRequest] = field(default_factory=list)
    awaited_calls: int = 0
    are_answered: asyncio.Event = field(default_factory=asyncio.Event)
    calls_under_way: int = 0
    most_calls_under_way: int = 0

    async def calculate(self, request: CalculationRequest) -> Calculation:
        """The answer to ``request``; nobody may wait for it with the database held open."""
        assert_no_open_session()
        self.requests.append(request)
        self.calls_under_way += 1
        self.most_calls_under_way = max(self.most_calls_under_way, self.calls_under_way)
        if self.most_calls_under_way >= self.awaited_calls:
            self.are_answered.set()
        await self.are_answered.wait()
        self.calls_under_way -= 1
        if self.is_down:
            raise CalculatorUnavailable("it is down")
        return self._answer(request)

    def _answer(self, request: CalculationRequest) -> Calculation:
        is_shipped = CalculationPart.SHIPPING in request.parts
        is_taxed = CalculationPart.TAX in request.parts
        ways = self.shipping if is_shipped else request.shipping
        lines = request.lines
        return Calculation(
            shipping=self.shipping if is_shipped else None,
            line_taxes=tuple(_tax(line.id, line.minor) for line in lines) if is_taxed else None,
            shipping_taxes=tuple(_tax(way.id, way.minor) for way in ways) if is_taxed else (),
            codes=tuple(self._judge(request.codes))
            if CalculationPart.CODES in request.parts
            else None,
        )

    def _judge(self, codes: tuple[str, ...]) -> list[CalculatedCode]:
        applied = [
            CalculatedCode(code, applied=True, minor=self.codes[code])
            for code in codes
            if code in self.codes
        ]
        refused = [
            CalculatedCode(code, applied=False, reason=self.refused_codes[code])
            for code in codes
            if code in self.refused_codes
        ]
        return [*applied, *refused]


def _tax(id: str, minor: int) -> CalculatedTaxes:
    tax = (minor * RATE / 100).quantize(Decimal(1), ROUND_HALF_UP)
    return CalculatedTaxes(id, (StatedTax("City tax", RATE, int(tax)),))


def with_calculator(store: Store, calculator: ShopCalculator) -> Store:
    """The same store, which asks ``calculator``."""
    return store.with_dependencies(database=WatchedDatabase(store.database), calculator=calculator)
