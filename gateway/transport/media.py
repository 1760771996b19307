"""Content negotiation: what a client accepts, and what a body is declared to be."""

from dataclasses import dataclass
from functools import lru_cache

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
HTML = "text/html"
EVENT_STREAM = "text/event-stream"
MULTIPART = "multipart/mixed"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The forms of an answer that a client accepts."""

    json: str | None
    """The JSON media type to answer with; None where neither is accepted."""
    events: bool
    """Whether server-sent events are listed by name."""
    parts: bool
    """Whether multipart subscriptions are listed by name."""
    page: bool
    """Whether a page for people is preferred to JSON."""


@lru_cache(maxsize=256)
def accepted(header: str | None) -> Accepted:
    """What ``header`` accepts; everything as JSON where there is none."""
    ranges = _ranges(header) if header and header.strip() else {"*/*": 1.0}
    anything = max(ranges.get("*/*", 0.0), ranges.get("application/*", 0.0))
    json = ranges.get(JSON, anything)
    response = ranges.get(RESPONSE_JSON, 0.0)
    media = RESPONSE_JSON if response > 0 and response >= json else JSON if json > 0 else None
    return Accepted(
        json=media,
        events=ranges.get(EVENT_STREAM, 0.0) > 0,
        parts=ranges.get(MULTIPART, 0.0) > 0 and "subscriptionspec=" in (header or "").lower(),
        page=ranges.get(HTML, 0.0) > max(ranges.get(JSON, 0.0), response),
    )


def _ranges(header: str) -> dict[str, float]:
    """Media ranges and their weights, parameters other than ``q`` set aside."""
    ranges: dict[str, float] = {}
    for element in header.split(","):
        media, *parameters = (part.strip().lower() for part in element.split(";"))
        if media:
            ranges[media] = max(ranges.get(media, 0.0), _weight(parameters))
    return ranges


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


@lru_cache(maxsize=256)
def is_json_body(content_type: str | None) -> bool:
    """Whether a body is declared to be JSON in UTF-8."""
    media, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    charsets = [each.partition("=")[2].strip('"') for each in parameters if "charset" in each]
    return media == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)
