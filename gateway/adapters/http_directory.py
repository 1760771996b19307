"""A directory that answers over HTTP in JSON, as a source.

``GET URL?email=…`` (or ``phone``, ``name``) answers ``{"records": [{"name", "emails", "phones",
"address": {"country", "region", "city", "postalCode", "lines"}, "asOf", "confidence"}]}``, every
field optional. Anything else counts as a failure.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

import httpx
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from gateway.engine.places import PostalAddress
from gateway.engine.validity import in_our_time
from gateway.services.ports.clock import Clock
from gateway.services.ports.sources import SourceFailed, SourceRecord

TIMEOUT = 5.0
"""Seconds a directory may take."""
MOST_FAILURES = 3
REST = timedelta(minutes=1)
"""How long a directory that fails is not asked."""
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
        """Count a failure; after ``MOST_FAILURES`` of them nothing is asked for a while."""
        self.failures += 1
        if self.failures >= MOST_FAILURES:
            self.opened_until = self.clock.now() + REST

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
        return tuple(map(_record, answer.records))

    async def _asked(self, question: dict[str, str]) -> _Answer:
        response = await self.client.get(
            self.url, params=question, timeout=TIMEOUT, follow_redirects=False
        )
        response.raise_for_status()
        if len(response.content) > LARGEST_ANSWER:
            raise httpx.DecodingError("the answer is too large")
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


def _address(address: _Address, name: str | None) -> PostalAddress:
    return PostalAddress(
        name=name or "",
        country=address.country,
        region=address.region,
        city=address.city,
        postal_code=address.postal_code,
        lines=tuple(address.lines),
    )
