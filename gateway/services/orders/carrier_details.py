"""What others say of who carries a parcel, as far as it is fit to be kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.engine.text.web_links import parse_web_url

MAX_CARRIER_LENGTH = 200
"""Characters of a carrier's name and of its number; what is longer is not kept."""


@dataclass(frozen=True, slots=True)
class CarrierDetails:
    """Who carries a parcel, their number for it and the page that follows it."""

    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = field(default=None, repr=False)


def read_carrier_details(data: Mapping[str, object]) -> CarrierDetails:
    """The details in ``data``, JSON of somebody else's; what is unfit counts as absent."""
    tracking_url = data.get("trackingUrl")
    return CarrierDetails(
        _fit_text(data.get("carrier")),
        _fit_text(data.get("trackingNumber")),
        parse_web_url(tracking_url) if isinstance(tracking_url, str) else None,
    )


def _fit_text(value: object) -> str | None:
    text = value.strip() if isinstance(value, str) else ""
    is_fit = 0 < len(text) <= MAX_CARRIER_LENGTH and text.isprintable()
    return text if is_fit else None
