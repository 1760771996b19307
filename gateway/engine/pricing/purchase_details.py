"""What a purchase tells about itself beside its figures: for whom, computed where, and notes."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.engine.tax.tax_tables import CustomerKind


class Calculator(StrEnum):
    """Where shipping, tax and codes were computed."""

    TABLE = "TABLE"
    MERCHANT = "MERCHANT"
    FALLBACK = "FALLBACK"


class TaxIdState(StrEnum):
    """Whether a tax id was checked where it is registered; its form always is."""

    CONFIRMED = "CONFIRMED"
    FORMAT_ONLY = "FORMAT_ONLY"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class TaxCustomer:
    """As whom a buyer is taxed; by default as a consumer."""

    kind: CustomerKind = CustomerKind.CONSUMER
    tax_id: str | None = None
    tax_id_state: TaxIdState | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """A note of the client's own, by key."""

    key: str
    value: str
