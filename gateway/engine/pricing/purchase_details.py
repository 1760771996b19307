"""What a purchase tells about itself beside its figures: for whom, computed where, and notes."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.engine.tax.business_supplies import BusinessStanding
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
class Seller:
    """The merchant as tax sees them.

    ``country`` is where they are established (ISO 3166-1); ``trusts_format``: whether a tax id
    that nobody confirmed counts where its form is right.
    """

    country: str | None = None
    trusts_format: bool = False


UNKNOWN_SELLER = Seller()
"""A merchant of whom no rule file tells: no tax id counts that nobody confirmed."""


@dataclass(frozen=True, slots=True)
class TaxIdConsultation:
    """When a register confirmed a tax id, and its number of that answer, if it gave one."""

    answered_at: datetime
    number: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TaxCustomer:
    """As whom a buyer is taxed; by default as a consumer.

    ``id_country`` issued the tax id (ISO 3166-1, or XI). ``consultation`` is the evidence of a
    CONFIRMED one.
    """

    kind: CustomerKind = CustomerKind.CONSUMER
    tax_id: str | None = field(default=None, repr=False)
    tax_id_state: TaxIdState | None = None
    id_country: str | None = None
    consultation: TaxIdConsultation | None = None

    def standing_with(self, seller: Seller) -> BusinessStanding | None:
        """What decides how ``seller`` taxes them; None where no tax id does."""
        if self.kind is not CustomerKind.BUSINESS or self.id_country is None:
            return None
        is_confirmed = self.tax_id_state is TaxIdState.CONFIRMED
        return BusinessStanding(
            self.id_country, is_confirmed or seller.trusts_format, seller.country
        )


CONSUMER = TaxCustomer()
"""A buyer who is taxed as a consumer."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A note of the client's own, by key."""

    key: str
    value: str
