"""A merchant's calculator as a value in a test, and a store that asks it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

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
from tests.store import Store

CITY_TAX = "City tax"
DRONE = CalculatedShipping("drone", "Drone", 300)
PIGEON = CalculatedShipping("pigeon", "Pigeon", 200)


@dataclass
class SimpleCalculator:
    """A calculator that taxes every line and shipping by one rate, and ships by drone.

    ``rate`` and ``ways`` to ship may depend on a request. ``codes`` are what codes take off, minor
    units, ``refused_codes`` why they do not apply; ``order_numbers`` are the orders that have used
    up codes, by code. ``before_answer`` happens while the caller waits. With ``is_down`` there is
    no answer.
    """

    rate: Callable[[CalculationRequest], str] = lambda _: "8.875"
    ways: Callable[[CalculationRequest], tuple[CalculatedShipping, ...]] = lambda _: (DRONE,)
    codes: Mapping[str, int] = field(default_factory=dict)
    refused_codes: Mapping[str, str] = field(default_factory=dict)
    order_numbers: Mapping[str, str] = field(default_factory=dict)
    parts: frozenset[CalculationPart] = ALL_PARTS
    is_down: bool = False
    before_answer: Callable[[], Awaitable[None]] | None = None
    requests: list[CalculationRequest] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0

    async def calculate(self, request: CalculationRequest) -> Calculation:
        """The answer to ``request``; its reference counts the requests."""
        assert_no_open_session()
        self.requests.append(request)
        reference = f"calculation {len(self.requests)}"
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0)
        if self.before_answer is not None:
            await self.before_answer()
        self.under_way -= 1
        if self.is_down:
            raise CalculatorUnavailable("it is down")
        rate, parts = Decimal(self.rate(request)), request.parts
        offers_shipping = CalculationPart.SHIPPING in parts
        ways = self.ways(request) if offers_shipping else request.shipping
        is_taxed = CalculationPart.TAX in parts
        return Calculation(
            shipping=ways if offers_shipping else None,
            line_taxes=tuple(_tax(line.id, line.minor, rate) for line in request.lines)
            if is_taxed
            else None,
            shipping_taxes=tuple(_tax(way.id, way.minor, rate) for way in ways) if is_taxed else (),
            codes=self._judge(request) if CalculationPart.CODES in parts else None,
            reference=reference,
        )

    def _judge(self, request: CalculationRequest) -> tuple[CalculatedCode, ...]:
        applied = [
            CalculatedCode(code, applied=True, minor=self.codes[code])
            for code in request.codes
            if code in self.codes
            and self.order_numbers.get(code, request.order_number) == request.order_number
        ]
        refused = [
            CalculatedCode(code, applied=False, reason=self.refused_codes[code])
            for code in request.codes
            if code in self.refused_codes
        ]
        return (*applied, *refused)


def _tax(id: str, minor: int, rate: Decimal) -> CalculatedTaxes:
    tax = (minor * rate / 100).quantize(Decimal(1), ROUND_HALF_UP)
    return CalculatedTaxes(id, (StatedTax(CITY_TAX, rate, int(tax)),))


_is_session_open: ContextVar[bool] = ContextVar("is_session_open", default=False)


def assert_no_open_session() -> None:
    """Nobody may wait for a calculator while the database waits for them."""
    assert not _is_session_open.get()


class WatchedDatabase:
    """A database that tells each task whether it has a read session or a transaction open."""

    def __init__(self, database: Any) -> None:  # noqa: ANN401 - any of the two
        self._database = database

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with self._database.begin() as work, _open_session():
            yield work

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        async with self._database.read() as reading, _open_session():
            yield reading

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)


@asynccontextmanager
async def _open_session() -> AsyncIterator[None]:
    token = _is_session_open.set(True)
    try:
        yield
    finally:
        _is_session_open.reset(token)


def with_calculator(store: Store, calculator: SimpleCalculator) -> Store:
    """The same store, which asks ``calculator``, and never while its database waits for that."""
    return store.with_dependencies(database=WatchedDatabase(store.database), calculator=calculator)
