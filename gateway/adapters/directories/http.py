"""A source that asks a directory service over HTTP.

``GET URL?email=…`` (or ``phone``, ``name``) is answered by JSON: ``{"records": [{"name",
"emails", "phones", "address": {"country", "region", "city", "postalCode", "lines"}, "asOf",
"confidence"}]}``, where all fields of a record are optional. Every other answer counts as a
failure. An address with an unknown country is ignored, but the rest of its record is used.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

import httpx
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from gateway.adapters.circuit_breakers import CircuitBreaker
from gateway.adapters.http_answers import send_bounded_request
from gateway.adapters.reference.country_names import country_code
from gateway.engine.addresses.address import PostalAddress
from gateway.engine.validity import is_in_supported_years
from gateway.services.ports.sources import SourceRecord, SourceUnavailable

TIMEOUT_SECONDS = 5.0
"""A query that takes longer counts as a failure."""
MAX_RESPONSE_BYTES = 256 * 1024
"""A larger response counts as a failure."""
MAX_RECORDS = 20
"""A response with more records counts as a failure."""
ShortText = Annotated[str, Field(max_length=200)]


class _Address(BaseModel):
    country: ShortText
    region: ShortText | None = None
    city: ShortText | None = None
    postal_code: ShortText | None = Field(default=None, alias="postalCode")
    lines: Annotated[list[ShortText], Field(max_length=5)] = []


class _Record(BaseModel):
    name: ShortText | None = None
    emails: Annotated[list[ShortText], Field(max_length=10)] = []
    phones: Annotated[list[ShortText], Field(max_length=10)] = []
    address: _Address | None = None
    as_of: AwareDatetime | None = Field(default=None, alias="asOf")
    confidence: Annotated[int, Field(ge=0, le=100)] = 60


class _DirectoryResponse(BaseModel):
    records: Annotated[list[_Record], Field(max_length=MAX_RECORDS)]


@dataclass(frozen=True, slots=True)
class HttpDirectorySource:
    """The directory service at ``url`` as a source."""

    url: str
    client: httpx.AsyncClient
    breaker: CircuitBreaker = field(repr=False)
    name: str = "http_directory"
    family: str = "http_directory"

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:  # noqa: ARG002 - the same for all
        """The records of the directory for ``key``."""
        if not self.breaker.allows_call():
            raise SourceUnavailable(self.name)
        began_at = self.breaker.clock.now()
        kind, _, value = key.partition(":")
        try:
            response = await self._fetch_records({kind: value})
        except (httpx.HTTPError, ValidationError) as error:
            self.breaker.record_failure(began_at)
            # The message may contain personal data, so only the exception's class is given.
            raise SourceUnavailable(f"{self.name}: {type(error).__name__}") from None
        self.breaker.record_success()
        # In a thread, because loading the names of countries in all languages takes seconds.
        return await asyncio.to_thread(lambda: tuple(map(_to_source_record, response.records)))

    async def _fetch_records(self, query_parameters: dict[str, str]) -> _DirectoryResponse:
        response = await send_bounded_request(
            self.client,
            "GET",
            self.url,
            timeout_seconds=TIMEOUT_SECONDS,
            max_bytes=MAX_RESPONSE_BYTES,
            params=query_parameters,
        )
        response.raise_for_status()
        return _DirectoryResponse.model_validate_json(response.content)


def _to_source_record(record: _Record) -> SourceRecord:
    return SourceRecord(
        name=record.name,
        emails=tuple(record.emails),
        phones=tuple(record.phones),
        address=_to_postal_address(record.address, record.name) if record.address else None,
        as_of=record.as_of if record.as_of and is_in_supported_years(record.as_of) else None,
        confidence=record.confidence,
    )


def _to_postal_address(address: _Address, name: str | None) -> PostalAddress | None:
    """The address; None if its country is unknown."""
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
