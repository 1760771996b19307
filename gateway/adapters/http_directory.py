"""A directory that answers over HTTP in JSON, as a source.

``GET URL?email=…`` (or ``phone``, ``name``) answers ``{"records": [{"name", "emails", "phones",
"address": {"country", "region", "city", "postalCode", "lines"}, "asOf", "confidence"}]}``, every
field optional. Anything else counts as a failure; of an address whose country is not known, the
rest of the record is read.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

import httpx
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from gateway.adapters.bounded_answers import bounded_answer
from gateway.adapters.country_names import country_code
from gateway.engine.places import PostalAddress
from gateway.engine.validity import in_our_time
from gateway.services.ports.clock import Clock
from gateway.services.ports.sources import SourceFailed, SourceRecord

TIMEOUT = 5.0
"""Seconds a directory may take in all."""
MOST_FAILURES = 3
FIRST_REST = timedelta(seconds=4)
LONGEST_REST = timedelta(minutes=1)
"""How long a directory that fails is not asked: from the first, doubled each time."""
LARGEST_ANSWER = 256 * 1024
MOST_RECORDS = 20
Text = Annotated[str, Field(max_length=200)]


class _Address(BaseModel):
    country: Text
    region: Text | None = None
    city: Text | None = None
    postal_code: Text | None = Field(default=None, alias="postalCode")
    lines: Annotated[list[Text], Field(max_length=5)] = []


class _Record(BaseModel):
    name: Text | None = None
    emails: Annotated[list[Text], Field(max_length=10)] = []
    phones: Annotated[list[Text], Field(max_length=10)] = []
    address: _Address | None = None
    as_of: AwareDatetime | None = Field(default=None, alias="asOf")
    confidence: Annotated[int, Field(ge=0, le=100)] = 60


class _Answer(BaseModel):
    records: Annotated[list[_Record], Field(max_length=MOST_RECORDS)]


@dataclass(slots=True)
class Breaker:
    """Counts failures in a row; open, it spares both sides a call that would fail as well."""

    clock: Clock
    failures: int = 0
    opened_until: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether nothing is to be asked now."""
        return self.opened_until is not None and self.clock.now() < self.opened_until

    def failed(self) -> None:
        """Count a failure; from ``MOST_FAILURES`` on nothing is asked for a while."""
        self.failures += 1
        more = self.failures - MOST_FAILURES
        if more >= 0:
            rest: timedelta = FIRST_REST * 2 ** min(more, 10)
            self.opened_until = self.clock.now() + min(rest, LONGEST_REST)

    def succeeded(self) -> None:
        """Forget the failures."""
        self.failures, self.opened_until = 0, None


@dataclass(frozen=True, slots=True)
class HttpDirectory:
    """The directory at ``url``."""

    url: str
    client: httpx.AsyncClient
    breaker: Breaker = field(repr=False)
    name: str = "http_directory"
    family: str = "http_directory"

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:  # noqa: ARG002 - the same for all
        """What the directory holds under ``key``."""
        if self.breaker.open:
            raise SourceFailed(self.name)
        kind, _, value = key.partition(":")
        try:
            answer = await self._asked({kind: value})
        except (httpx.HTTPError, ValidationError) as failure:
            self.breaker.failed()
            # What went wrong may quote what was asked: only its kind is told.
            raise SourceFailed(f"{self.name}: {type(failure).__name__}") from None
        self.breaker.succeeded()
        # Names of countries may have to be looked up in many languages.
        return await asyncio.to_thread(lambda: tuple(map(_record, answer.records)))

    async def _asked(self, question: dict[str, str]) -> _Answer:
        response = await bounded_answer(
            self.client,
            "GET",
            self.url,
            seconds=TIMEOUT,
            max_bytes=LARGEST_ANSWER,
            params=question,
        )
        response.raise_for_status()
        return _Answer.model_validate_json(response.content)


def _record(record: _Record) -> SourceRecord:
    return SourceRecord(
        name=record.name,
        emails=tuple(record.emails),
        phones=tuple(record.phones),
        address=_address(record.address, record.name) if record.address else None,
        as_of=record.as_of if record.as_of and in_our_time(record.as_of) else None,
        confidence=record.confidence,
    )


def _address(address: _Address, name: str | None) -> PostalAddress | None:
    """The address; None where nobody knows the country that it names."""
    country = country_code(address.country)
    if country is None:
        return None
    return PostalAddress(
        name=name or "",
        country=country,
        region=address.region,
        city=address.city,
        postal_code=address.postal_code,
        lines=tuple(address.lines),
    )
