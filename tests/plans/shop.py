"""A Strawberry schema that uses every feature a plan has a way of its own for."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.types import Info

from gateway.plans import decided_by_class


@strawberry.enum
class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@strawberry.enum
class Tone(StrEnum):
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Thing:
    """An engine value: not a Strawberry type."""

    sku: str
    price: Decimal
    size: Size = Size.SMALL


@dataclass(frozen=True, slots=True)
class Parcel:
    """Another one."""

    sku: str
    weight: float


@decided_by_class
def is_thing(value: object, _info: Info) -> bool:
    return isinstance(value, Thing)


def is_parcel(value: object, _info: Info) -> bool:
    return isinstance(value, Parcel)


def price_of(thing: strawberry.Parent[Thing], times: int = 1) -> Decimal:
    return thing.price * times


async def stock_of(thing: strawberry.Parent[Thing], *, late: bool = False) -> int:
    if late:
        await asyncio.sleep(0)
    return len(thing.sku)


@strawberry.interface
class Stocked:
    sku: str


@strawberry.type(name="Item")
class ItemType(Stocked):
    is_type_of = is_thing
    price: Decimal
    size: Size
    cost: Decimal = strawberry.field(resolver=price_of, graphql_type=Decimal)
    stock: int = strawberry.field(resolver=stock_of)

    @strawberry.field
    def label(self, info: Info, prefix: str = "#") -> str:
        return f"{prefix}{self.sku}@{info.path.key}/{info.field_name}/{info.context}"

    @strawberry.field
    def tone(self, default: Tone | None = None) -> Tone | None:
        return default

    @strawberry.field
    def broken(self) -> int:
        raise GraphQLError(f"no {self.sku}", extensions={"code": "BROKEN"})

    @strawberry.field
    def maybe(self) -> int | None:
        raise ValueError("perhaps not")


@strawberry.type(name="Parcel")
class ParcelType(Stocked):
    is_type_of = is_parcel
    weight: float


@strawberry.type
class Note:
    text: str
    at: datetime


@strawberry.input
class Point:
    x: int
    y: int = 4
    tags: list[str] = strawberry.field(default_factory=list)
    size: Size | None = None


@strawberry.input(one_of=True)
class Choice:
    sku: strawberry.Maybe[str]
    point: strawberry.Maybe[Point]


@strawberry.input
class Change:
    name: strawberry.Maybe[str | None]
    note: str | None = strawberry.UNSET


class Forbidden(BasePermission):
    message = "not yours"
    error_extensions = {"code": "FORBIDDEN"}  # noqa: RUF012 - Strawberry declares it so

    def has_permission(self, source: object, info: Info, **kwargs: object) -> bool:
        del source, kwargs
        return str(info.context) == "owner"


class Shout(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> str:  # noqa: ANN401
        return f"{next_(source, info, **kwargs)}!"


class Loader:
    """Counts batches: keys asked for within one turn of the loop are one batch."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self._waiting: dict[int, asyncio.Future[int]] = {}

    def load(self, key: int) -> "asyncio.Future[int]":
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._dispatch)
        return self._waiting.setdefault(key, loop.create_future())

    def _dispatch(self) -> None:
        waiting, self._waiting = self._waiting, {}
        self.batches.append(list(waiting))
        for key, future in waiting.items():
            future.set_result(key * 10)


loader = Loader()


@strawberry.type
class Counter:
    number: int

    @strawberry.field
    async def tenfold(self) -> int:
        return await loader.load(self.number)

    @strawberry.field
    def promised(self) -> int:
        return loader.load(self.number)  # type: ignore[return-value]

    @strawberry.field
    def next(self) -> "Counter":
        return Counter(number=self.number + 1)


def all_stocked(kind: str | None = None) -> list[object]:
    things: list[object] = [Thing("a", Decimal("1.50")), Parcel("b", 2.5), Thing("c", Decimal(3))]
    return [*things, object()] if kind == "strange" else things


def tell(word: str = "hey") -> str:
    return word


ANY_SKU = strawberry.ID("x")
Sendable = Annotated[ItemType | ParcelType, strawberry.union("Sendable")]


@strawberry.type
class Query:
    stocked = strawberry.field(resolver=all_stocked, graphql_type=list[Stocked])
    sendable = strawberry.field(resolver=all_stocked, graphql_type=list[Sendable])
    perhaps = strawberry.field(resolver=all_stocked, graphql_type=list[Sendable | None] | None)
    field_name: str = strawberry.field(name="from", default="here")

    @strawberry.field
    def item(self, sku: strawberry.ID = ANY_SKU) -> ItemType | None:
        return None if sku == "none" else Thing(sku, Decimal(1), Size.LARGE)  # type: ignore[return-value]

    @strawberry.field
    async def later(self, sku: str) -> ItemType:
        await asyncio.sleep(0)
        return Thing(sku, Decimal(2))  # type: ignore[return-value]

    @strawberry.field
    def point(self, at: Point, sizes: list[Size] | None = None) -> str:
        return f"{at} {sizes}"

    @strawberry.field
    async def point_later(self, at: Point | None = None) -> str:
        return repr(at)

    @strawberry.field
    def choose(self, choice: Choice) -> str:
        return repr(choice)

    @strawberry.field
    def change(self, by: Change, when: datetime | None = None) -> str:
        return f"{by} {when}"

    @strawberry.field
    def unset(
        self, locale: str | None = strawberry.UNSET, maybe: strawberry.Maybe[int] = None
    ) -> str:
        return f"{locale!r} {maybe!r}"

    @strawberry.field
    def note(self) -> Note:
        return Note(text="n", at=datetime(2026, 1, 2, tzinfo=UTC))

    secret = strawberry.field(
        resolver=tell, permission_classes=[Forbidden], graphql_type=str | None
    )
    loud = strawberry.field(resolver=tell, extensions=[Shout()])

    @strawberry.field
    def counters(self, count: int = 3) -> list[Counter]:
        return [Counter(number=number) for number in range(count)]

    @strawberry.field
    async def stream(self, count: int) -> list[int]:
        return [number async for number in _numbers(count)]

    @strawberry.field
    def selected(self, info: Info) -> list[str]:
        return [repr(info.selected_fields), repr(info.variable_values), str(info.return_type)]


async def _numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def add(self, info: Info, number: int) -> int:
        info.context.append(f"begin {number}")
        await asyncio.sleep(0)
        info.context.append(f"end {number}")
        return number

    @strawberry.mutation
    def put(self, info: Info, number: int) -> int:
        info.context.append(f"put {number}")
        return number

    @strawberry.mutation
    async def fail(self) -> int:
        raise ValueError("failed")


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def counted(self, upto: int) -> AsyncIterator[Counter]:
        for number in range(upto):
            yield Counter(number=number)

    @strawberry.subscription
    async def things(self) -> AsyncIterator[Stocked]:
        for thing in all_stocked("strange"):
            yield thing  # type: ignore[misc]
