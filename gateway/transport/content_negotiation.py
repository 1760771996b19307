"""Content negotiation: parsing of Accept, Accept-Encoding and Content-Type headers."""

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
    """The media types of answers that a client accepts."""

    json: str | None
    """The JSON media type to answer with; None if no JSON is accepted."""
    events: bool
    """Whether ``text/event-stream`` is listed by name."""
    multipart: bool
    """Whether multipart subscriptions are listed by name, with at least the weight of events."""
    page: bool
    """Whether an HTML page is preferred to JSON."""


@lru_cache(maxsize=256)
def parse_accept(header: str | None) -> AcceptedMedia:
    """Parse an ``Accept`` header; without one, JSON is accepted.

    If several ranges match a media type, the most specific one gives its weight (RFC 9110 12.5.1).
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
    """Whether an ``Accept-Encoding`` header allows gzip (RFC 9110 12.5.3)."""
    weights = _weights(header or "")
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _quality(ranges: dict[str, float], media: str) -> float:
    kind = media.partition("/")[0]
    return ranges.get(media, ranges.get(f"{kind}/*", ranges.get("*/*", 0.0)))


def _weights(header: str) -> dict[str, float]:
    """The weight of each listed range; parameters other than ``q`` are ignored."""
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
    """Whether a ``Content-Type`` header declares JSON in UTF-8."""
    media, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    charsets = [
        parameter.partition("=")[2].strip('"') for parameter in parameters if "charset" in parameter
    ]
    return media == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)
