"""CPU of compiled plans against graphql-core: a cart of ten lines with nested money, 334 fields.

Run as ``python -m benchmarks.plans``; figures are microseconds of CPU per execution, medians of
interleaved rounds in one process. ``--least 15`` fails where a synchronous plan is not at least
15 times faster: a ratio holds on any machine, a time does not.
"""

import asyncio
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Coroutine
from statistics import median

import strawberry
from graphql import GraphQLSchema, execute, parse
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.plans import Plan, compile_plan

ROUNDS = 7
LINES = 10


@strawberry.type
class Currency:
    """A currency."""

    code: str
    digits: int


@strawberry.type
class Money:
    """An amount."""

    minor: int
    amount: str
    currency: Currency


@strawberry.type
class Tax:
    """A tax on a line."""

    name: str
    amount: Money


@strawberry.type
class Line:
    """One of the ten lines."""

    id: strawberry.ID
    sku: str
    quantity: int
    note: str | None
    unit_price: Money
    total: Money
    taxes: list[Tax]

    @strawberry.field
    def doubled(self) -> int:
        """No argument."""
        return self.quantity * 2

    @strawberry.field
    def times(self, factor: int = 3) -> int:
        """A literal argument."""
        return self.quantity * factor

    @strawberry.field
    def label(self, prefix: str, suffix: str | None = None) -> str:
        """Two arguments, one of them left out."""
        return f"{prefix}{self.sku}{suffix or ''}"

    @strawberry.field
    def shown(self, info: strawberry.Info) -> str:
        """Info is asked for."""
        return f"{info.context}:{self.sku}"

    @strawberry.field
    async def stock(self) -> int:
        """One turn of the loop."""
        await asyncio.sleep(0)
        return self.quantity


@strawberry.type
class Cart:
    """The cart."""

    id: strawberry.ID
    lines: list[Line]
    total: Money


@strawberry.type
class Query:
    """The root."""

    cart: Cart


MONEY = "{ minor amount currency { code digits } }"
PLAIN = f"""id sku quantity note unitPrice {MONEY} total {MONEY}
    taxes {{ name amount {MONEY} }}"""
SHAPES = {
    "plain attributes": PLAIN,
    "40 sync resolvers": PLAIN + 'doubled times(factor: 4) label(prefix: "a") shown',
    "10 async resolvers": PLAIN + "stock",
}


def cart() -> Cart:
    """A cart of ten lines."""
    euro = Currency(code="EUR", digits=2)

    def money(minor: int) -> Money:
        return Money(minor=minor, amount=f"{minor / 100:.2f}", currency=euro)

    lines = [
        Line(
            id=strawberry.ID(f"l{number}"),
            sku=f"sku-{number}",
            quantity=number,
            note=None,
            unit_price=money(100),
            total=money(100 * number),
            taxes=[Tax(name="VAT", amount=money(19 * number))],
        )
        for number in range(LINES)
    ]
    return Cart(id=strawberry.ID("c1"), lines=lines, total=money(4500))


def cpu_microseconds(work: Callable[[], object], repeats: int) -> float:
    """Microseconds of CPU for one ``work``."""
    began = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - began) / repeats * 1e6


async def cpu_microseconds_async(
    work: Callable[[], Coroutine[object, object, object]], repeats: int
) -> float:
    """Microseconds of CPU for one awaited ``work``."""
    began = time.process_time()
    for _ in range(repeats):
        await work()
    return (time.process_time() - began) / repeats * 1e6


def compare_cpu(schema: GraphQLSchema, text: str) -> tuple[float, float]:
    """Microseconds for ``text`` through graphql-core and through its plan."""
    document = parse(text)
    plan = compile_plan(schema, document)
    assert isinstance(plan, Plan)
    root = Query(cart=cart())

    def execute_core() -> object:
        return execute(
            schema,
            document,
            root,
            "me",
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            executor_class=StrawberryGraphQLCoreExecutionContext,
        )

    def execute_plan() -> object:
        return plan.execute(root, "me")

    async def await_result(work: Callable[[], object]) -> object:
        return await work()  # type: ignore[misc]

    async def rounds() -> list[tuple[float, float]]:
        first, second = execute_core(), execute_plan()
        if not hasattr(first, "data"):
            assert await first == await second  # type: ignore[misc]
            return [
                (
                    await cpu_microseconds_async(lambda: await_result(execute_core), 20),
                    await cpu_microseconds_async(lambda: await_result(execute_plan), 200),
                )
                for _ in range(ROUNDS)
            ]
        assert first == second
        return [
            (cpu_microseconds(execute_core, 30), cpu_microseconds(execute_plan, 600))
            for _ in range(ROUNDS)
        ]

    measured = asyncio.run(rounds())
    return median(a for a, _ in measured), median(b for _, b in measured)


def main() -> None:
    """Print the table; fail if a ratio is below what was asked for."""
    parser = ArgumentParser(description="CPU of compiled plans against graphql-core")
    parser.add_argument("--least", type=float, default=0.0, help="the ratio that is required")
    least: float = parser.parse_args().least
    schema = strawberry.Schema(Query)._schema  # noqa: SLF001 - there is no public way to it
    for name, fields in SHAPES.items():
        text = f"{{ cart {{ id total {MONEY} lines {{ {fields} }} }} }}"
        core, compiled = compare_cpu(schema, text)
        print(f"{name:20} {core:8.0f} us {compiled:8.1f} us {core / compiled:6.1f} x")
        if "async" not in name and core / compiled < least:
            sys.exit(f"{name}: below {least}")


if __name__ == "__main__":
    main()
