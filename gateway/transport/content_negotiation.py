"""Content negotiation: what a client accepts, and what a body is declared to be."""

import re
from dataclasses import dataclass
from functools import lru_cache

_WEIGHT = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")  # RFC 9110 12.4.2

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
HTML = "text/html"
EVENT_STREAM = "text/event-stream"
MULTIPART = "multipart/mixed"


@dataclass(frozen=True, slots=True)
class AcceptedMedia:
    """The forms of an answer that a client accepts."""

    json: str | None
    """The JSON media type to answer with; None where neither is accepted."""
    events: bool
    """Whether server-sent events are listed by name."""
    multipart: bool
    """Whether multipart subscriptions are listed by name, and weigh as much as events."""
    page: bool
    """Whether a page for people is preferred to JSON."""


@lru_cache(maxsize=256)
def parse_accept(header: str | None) -> AcceptedMedia:
    """What ``header`` accepts; everything as JSON where there is none.

    Of the ranges that a media type falls under the most specific one weighs (RFC 9110 12.5.1).
    """
    ranges = _weights(header) if header and header.strip() else {"*/*": 1.0}
    json, response = _quality(ranges, JSON), _quality(ranges, RESPONSE_JSON)
    is_named = response > 0 and RESPONSE_JSON in ranges
    prefers_response = response > json or (response == json and is_named)
    events = ranges.get(EVENT_STREAM, 0.0)
    parts = ranges.get(MULTIPART, 0.0) if "subscriptionspec=" in (header or "").lower() else 0.0
    return AcceptedMedia(
        json=RESPONSE_JSON if prefers_response else JSON if json > 0 else None,
        events=events > 0,
        multipart=parts > 0 and parts >= events,
        page=_quality(ranges, HTML) > max(json, response),
    )


@lru_cache(maxsize=256)
def accepts_gzip(header: str | None) -> bool:
    """Whether an ``Accept-Encoding`` lets an answer be compressed (RFC 9110 12.5.3)."""
    weights = _weights(header or "")
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _quality(ranges: dict[str, float], media: str) -> float:
    kind = media.partition("/")[0]
    return ranges.get(media, ranges.get(f"{kind}/*", ranges.get("*/*", 0.0)))


def _weights(header: str) -> dict[str, float]:
    """What is listed and its weight, parameters other than ``q`` set aside."""
    weights: dict[str, float] = {}
    for element in header.split(","):
        name, *parameters = (part.strip().lower() for part in element.split(";"))
        if name:
            weights[name] = max(weights.get(name, 0.0), _weight(parameters))
    return weights


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if _WEIGHT.fullmatch(value.strip()) else 0.0
    return 1.0


@lru_cache(maxsize=256)
def is_json_body(content_type: str | None) -> bool:
    """Whether a body is declared to be JSON in UTF-8."""
    media, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    charsets = [
        parameter.partition("=")[2].strip('"') for parameter in parameters if "charset" in parameter
    ]
    return media == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)
