"""A JSON directory over HTTP: read, distrusted, and left alone while it fails."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from gateway.adapters.circuit_breakers import CircuitBreaker
from gateway.adapters.clocks import ManualClock
from gateway.adapters.directories.http import HttpDirectorySource
from gateway.engine.addresses.address import PostalAddress
from gateway.services.ports.sources import SourceRecord, SourceUnavailable
from tests.dripping import dripping_server

ADA = {
    "name": "Ada Lovelace",
    "emails": ["ada@example.com"],
    "address": {
        "country": "US",
        "region": "CA",
        "city": "Mountain View",
        "postalCode": "94043",
        "lines": ["1 Oak Street"],
    },
    "asOf": "2026-10-01T00:00:00Z",
}


class FakeDirectoryServer:
    """What the other side answers, and what it was asked."""

    def __init__(self) -> None:
        self.queries: list[str] = []
        self.answer = httpx.Response(200, json={"records": [ADA]})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.queries.append(request.url.query.decode())
        return self.answer


def source(directory: FakeDirectoryServer, clock: ManualClock) -> HttpDirectorySource:
    client = httpx.AsyncClient(transport=httpx.MockTransport(directory))
    return HttpDirectorySource("https://directory.example/people", client, CircuitBreaker(clock))


async def test_records_are_read(clock: ManualClock) -> None:
    directory = FakeDirectoryServer()
    records = await source(directory, clock).records("email:ada@example.com", asking="gft_1")
    address = PostalAddress("Ada Lovelace", "US", "CA", "Mountain View", "94043", ("1 Oak Street",))
    as_of = datetime(2026, 10, 1, tzinfo=UTC)
    record = SourceRecord("Ada Lovelace", ("ada@example.com",), (), address, as_of, 60)
    assert records == (record,)
    assert directory.queries == ["email=ada%40example.com"]


@pytest.mark.parametrize(
    "as_of", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2100-01-01T00:00:00Z"]
)
async def test_a_time_of_another_century_says_nothing(as_of: str, clock: ManualClock) -> None:
    """R98: nothing is reckoned with it, not even its offset."""
    directory = FakeDirectoryServer()
    directory.answer = httpx.Response(200, json={"records": [ADA | {"asOf": as_of}]})
    [record] = await source(directory, clock).records("email:ada@example.com", asking="gft_1")
    assert record.as_of is None


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(302, headers={"location": "http://127.0.0.1/"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"records": [{"confidence": 101}]}),
        httpx.Response(200, json={"records": [ADA] * 21}),
        httpx.Response(200, content=b" " * 300_000 + b'{"records": []}'),
    ],
)
async def test_anything_else_is_a_failure(answer: httpx.Response, clock: ManualClock) -> None:
    directory = FakeDirectoryServer()
    directory.answer = answer
    with pytest.raises(SourceUnavailable):
        await source(directory, clock).records("name:Ada", asking="gft_1")


async def test_a_directory_that_fails_is_left_alone_for_a_while(clock: ManualClock) -> None:
    directory = FakeDirectoryServer()
    directory.answer = httpx.Response(500)
    asking = source(directory, clock)
    for _ in range(5):
        with pytest.raises(SourceUnavailable):
            await asking.records("name:Ada", asking="gft_1")
    assert len(directory.queries) == 3
    clock.advance(timedelta(minutes=1))
    directory.answer = httpx.Response(200, json={"records": []})
    assert await asking.records("name:Ada", asking="gft_1") == ()
    assert await asking.records("name:Ada", asking="gft_1") == ()
    assert len(directory.queries) == 5


async def test_a_directory_that_drips_is_cut(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte is in time: what counts is the whole answer."""
    monkeypatch.setattr("gateway.adapters.directories.http.TIMEOUT_SECONDS", 0.3)
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n"
    async with dripping_server(head, b" ") as url, httpx.AsyncClient() as client:
        lookup = HttpDirectorySource(url, client, CircuitBreaker(clock)).records(
            "email:a@b.example", asking=""
        )
        with pytest.raises(SourceUnavailable):
            await asyncio.wait_for(lookup, 30)


@pytest.mark.parametrize(
    ("country", "code"),
    [("US", "US"), ("usa", "US"), ("Deutschland", "DE"), ("Holland", "NL"), ("Nowhere", None)],
)
async def test_countries_are_read_by_code_and_by_name(
    clock: ManualClock, country: str, code: str | None
) -> None:
    """R104: as everywhere; of a country that is not known the rest of the record stays."""
    directory = FakeDirectoryServer()
    address = {**ADA["address"], "country": country}  # type: ignore[dict-item]
    directory.answer = httpx.Response(200, json={"records": [{**ADA, "address": address}]})
    (record,) = await source(directory, clock).records("email:ada@example.com", asking="gft_1")
    assert record.emails == ("ada@example.com",)
    assert (record.address.country if record.address else None) == code
