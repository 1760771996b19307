"""The ports of tax ids: their forms, and who knows whether they are registered."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from gateway.engine.pricing.purchase_details import TaxIdConsultation

MAX_TAX_ID_LENGTH = 40
"""Characters, separators included; a longer text is no tax id."""


@dataclass(frozen=True, slots=True)
class TaxId:
    """A tax id of right form and check digits, by the country that issues such ids.

    ``text`` is as it is written on invoices. ``country`` is of ISO 3166-1, or XI.
    """

    text: str = field(repr=False)
    country: str


class TaxIdProblem(StrEnum):
    """What is wrong with a text that should be a tax id."""

    MALFORMED = "MALFORMED"
    UNKNOWN_COUNTRY = "UNKNOWN_COUNTRY"


class TaxIdForms(Protocol):
    """Knows the forms and check digits of countries' tax ids."""

    def parse(self, text: str, country: str | None) -> TaxId | TaxIdProblem:
        """The tax id ``text``; where it does not say its country, of ``country``."""
        ...


class Registration(StrEnum):
    """What a register says of a tax id; NOT_KEPT: it has none of that country."""

    REGISTERED = "REGISTERED"
    UNREGISTERED = "UNREGISTERED"
    UNAVAILABLE = "UNAVAILABLE"
    NOT_KEPT = "NOT_KEPT"


@dataclass(frozen=True, slots=True)
class RegisterAnswer:
    """What a register says of a tax id, with the evidence that it is REGISTERED."""

    registration: Registration
    consultation: TaxIdConsultation | None = None


class TaxIdRegister(Protocol):
    """Knows which tax ids are registered. Answers within seconds, and never raises."""

    async def look_up(self, tax_id: TaxId) -> RegisterAnswer:
        """What the register says of ``tax_id``; UNAVAILABLE where it does not answer."""
        ...
