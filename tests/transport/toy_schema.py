"""A small schema with every kind of behaviour a transport meets, and what serves it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

import strawberry
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.transport.callers import ConnectionAccepted, ConnectionRefused
from gateway.transport.endpoint import GraphQLEndpoint
from gateway.transport.hosts import Hosts
from gateway.transport.rate_limits import RateLimiter
from gateway.transport.service import ServiceOptions


@dataclass
class Context:
    """One per operation and per event."""

    viewer: str | None
    number: int


Info = strawberry.Info[Context, None]


@dataclass
class TitleStore:
    """The one thing that can be changed, and who waits for changes."""

    title: str = "Emma"
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    open_streams: int = 0
    finished: list[str] = field(default_factory=list)

    worked: int = 0
    book: object = None

    def rename(self, title: str) -> None:
        self.title = title
        self.book = Book(title=title)
        self.changed.set()
        self.changed = asyncio.Event()


TITLE_STORE = TitleStore()
SHARED_FAULT = RuntimeError("one load for both")


@strawberry.type
class Book:
    title: str

    @strawberry.field
    def neighbours(self, first: int = 2) -> list["Book"]:
        return [Book(title=f"{self.title} {each}") for each in range(min(first, 3))]

    @strawberry.field
    def shelf(self) -> list["Book"]:
        return [self]

    @strawberry.field
    def work(self) -> int:
        TITLE_STORE.worked += 1
        return TITLE_STORE.worked

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("secret of the book")


@strawberry.input
class BookInput:
    title: str


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str:
        return "world"

    @strawberry.field
    def echo(self, text: str | None = "nothing") -> str | None:
        return text

    @strawberry.field
    def length(self, of: list[int]) -> int:
        return len(of)

    @strawberry.field
    def wanted(self, text: str) -> str:
        return text

    @strawberry.field
    def described(self, book: BookInput) -> str:
        return book.title

    @strawberry.field
    async def book(self) -> Book:
        return Book(title=TITLE_STORE.title)

    @strawberry.field
    def books(self, first: int = 1) -> list[Book]:
        return [Book(title=TITLE_STORE.title)] * first

    @strawberry.field
    def viewer(self, info: Info) -> str | None:
        return info.context.viewer

    @strawberry.field
    def context_number(self, info: Info) -> int:
        return info.context.number

    @strawberry.field
    def fault(self) -> str | None:
        raise RuntimeError("secret")

    @strawberry.field
    def shared_fault(self) -> str | None:
        raise SHARED_FAULT

    @strawberry.field
    def demanded_fault(self) -> str:
        raise RuntimeError("secret")

    @strawberry.field
    def refusal(self) -> str | None:
        raise GraphQLError("Not for you.", extensions={"code": "FORBIDDEN"})

    @strawberry.field
    def huge(self) -> strawberry.ID:
        return strawberry.ID("x" * 100_000)

    @strawberry.field
    async def slow(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def rename(self, title: str) -> Book:
        TITLE_STORE.rename(title)
        return Book(title=title)

    @strawberry.mutation
    async def slow_rename(self, title: str, seconds: float) -> Book:
        await asyncio.sleep(seconds)
        TITLE_STORE.finished.append(title)
        return Book(title=title)


@strawberry.type
class Seen:
    @strawberry.field
    def number(self, info: Info) -> int:
        return info.context.number


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self, count: int, every_ms: int = 0) -> AsyncIterator[int]:
        TITLE_STORE.open_streams += 1
        try:
            for number in range(count):
                yield number
                await asyncio.sleep(every_ms / 1000)
        finally:
            TITLE_STORE.open_streams -= 1

    @strawberry.subscription
    async def book_changed(self) -> AsyncIterator[Book]:
        while True:
            yield (
                TITLE_STORE.book
                if isinstance(TITLE_STORE.book, Book)
                else Book(title=TITLE_STORE.title)
            )
            await TITLE_STORE.changed.wait()

    @strawberry.subscription
    async def contexts(self) -> AsyncIterator[Seen]:
        for _ in range(3):
            yield Seen()

    @strawberry.subscription
    async def huge(self) -> AsyncIterator[str]:
        TITLE_STORE.open_streams += 1
        try:
            while True:
                yield "x" * 100_000
                await asyncio.sleep(0)
        finally:
            TITLE_STORE.open_streams -= 1

    @strawberry.subscription
    async def refused(self, number: int = 0) -> AsyncIterator[int]:
        if number == 0:
            raise GraphQLError("Not for you.", extensions={"code": "FORBIDDEN"})
        yield number

    @strawberry.subscription
    async def breaks(self) -> AsyncIterator[int]:
        yield 1
        raise RuntimeError("secret of the stream")


schema = strawberry.Schema(Query, Mutation, Subscription)


@dataclass
class ToyCaller:
    """A caller known by its bearer."""

    name: str | None
    contexts: int = 0

    async def viewer(self) -> Hashable | None:
        return self.name

    async def context(self) -> Context:
        self.contexts += 1
        return Context(self.name, self.contexts)

    def headers(self) -> Iterable[tuple[str, str]]:
        return [("X-Client-Id", "cli_1")] if self.name else []


class ToyCallers:
    """Everybody is let in but those whose bearer is "bad"."""

    async def on_request(self, connection: HTTPConnection) -> ToyCaller:
        bearer = connection.headers.get("authorization")
        if bearer == "crash":
            raise RuntimeError("secret of the door")
        return ToyCaller(bearer)

    async def on_connect(
        self, connection: HTTPConnection, payload: Mapping[str, object]
    ) -> ConnectionAccepted | ConnectionRefused:
        bearer = payload.get("authorization", connection.cookies.get("bearer"))
        if bearer == "crash":
            raise RuntimeError("secret of the door")
        if bearer == "bad":
            return ConnectionRefused()
        return ConnectionAccepted(ToyCaller(str(bearer) if bearer else None), {"welcome": bearer})


@dataclass
class RecordingObserver:
    """What the observer was told."""

    mistakes: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, str]] = field(default_factory=list)

    def count_mistake(self, code: str) -> None:
        self.mistakes[code] += 1

    def report_fault(self, error: BaseException, id: str) -> None:
        self.faults.append((str(error), id))


OWN_HOSTS = Hosts(["http://gateway.test"])


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    await HTMLResponse("<title>GraphiQL</title>")(scope, receive, send)


def toy_front(*, compiled: bool = True) -> ASGIApp:
    """As a server has it: the endpoint before an application of other addresses."""
    return GraphQLEndpoint(
        schema,
        ToyCallers(),
        RecordingObserver(),
        options=ServiceOptions(compiled=compiled),
        origins=["https://shop.example"],
        hosts=OWN_HOSTS,
        page=page,
    ).wrap(Starlette(), "/graphql")


def toy_app(
    notebook: RecordingObserver | None = None,
    options: ServiceOptions | None = None,
    limiter: RateLimiter | None = None,
    *,
    origins: Iterable[str] = ("https://shop.example",),
    with_page: bool = True,
) -> Starlette:
    endpoint = GraphQLEndpoint(
        schema,
        ToyCallers(),
        notebook or RecordingObserver(),
        options=options,
        origins=origins,
        hosts=OWN_HOSTS,
        limiter=limiter,
        page=page if with_page else None,
    )
    return Starlette(routes=endpoint.routes("/graphql"))
