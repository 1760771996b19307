"""A country's rules for postal addresses, as values: what is asked, what codes look like."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.engine.text.normalization import comparison_key


class AddressPart(StrEnum):
    """A part of a postal address, named as clients name it."""

    NAME = "name"
    LINES = "lines"
    CITY = "city"
    REGION = "region"
    POSTAL_CODE = "postalCode"
    PHONE = "phone"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class Region:
    """A state, province or prefecture.

    ``code`` is what addresses hold, ``name`` is for people, ``spellings`` are folded forms it
    is known by, ``postal_pattern`` matches the beginning of its postal codes. ``iso_code`` is
    that of ISO 3166-2 without its country, by which rules of tax name it.
    """

    code: str
    name: str
    spellings: frozenset[str]
    postal_pattern: str | None = None
    military: bool = False
    iso_code: str | None = None


# Compared by identity: a country's rules are read once, and are the key to what follows of them.
@dataclass(frozen=True, slots=True, eq=False)
class AddressRules:
    """What one country wants of an address.

    ``part_order`` lists the used parts as they are written there; ``postal_pattern`` is a regular
    expression for a whole code; ``postal_prefix`` is written before a code but is no part of it.
    ``territories`` are parts of a country whose addresses name no region, known for what differs
    there; ``subdivisions`` the codes of ISO 3166-2 there, where they are known.
    """

    country: str
    name: str
    required: frozenset[AddressPart]
    part_order: tuple[AddressPart, ...]
    labels: tuple[tuple[AddressPart, str], ...]
    regions: tuple[Region, ...] = ()
    postal_pattern: str | None = None
    postal_prefix: str = ""
    postal_example: str | None = None
    postal_examples: tuple[str, ...] = ()
    territories: tuple[Region, ...] = ()
    subdivisions: frozenset[str] = frozenset()

    def find_region(self, text: str) -> Region | None:
        """The region or territory that ``text`` names, by code or any known spelling."""
        regions = (*self.regions, *self.territories)
        # Mostly it is the very code: comparing that spares the folding.
        exact = next((region for region in regions if region.code == text), None)
        if exact is not None:
            return exact
        spelling = comparison_key(text)
        return next((region for region in regions if spelling in region.spellings), None)

    def label(self, part: AddressPart) -> str:
        """What ``part`` is called there, in English: "ZIP code", "Prefecture"."""
        return dict(self.labels)[part]


@dataclass(frozen=True, slots=True)
class FormOption:
    """One value a form offers: the ``code`` to send and the ``name`` to show."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class AddressField:
    """One field of a country's address form; ``example`` shows a well-formed value."""

    name: AddressPart
    label: str
    required: bool
    options: tuple[FormOption, ...] = ()
    example: str | None = None


@dataclass(frozen=True, slots=True)
class AddressFormat:
    """The fields to ask a person of ``country`` for, in the order they are written there."""

    country: str
    fields: tuple[AddressField, ...]


def build_address_format(rules: AddressRules) -> AddressFormat:
    """The form that asks for what ``rules`` use; a telephone number is always welcome."""
    parts = (*rules.part_order, AddressPart.PHONE)
    return AddressFormat(
        country=rules.country,
        fields=tuple(_address_field(part, rules) for part in parts),
    )


def _address_field(part: AddressPart, rules: AddressRules) -> AddressField:
    region_options = tuple(FormOption(region.code, region.name) for region in rules.regions)
    return AddressField(
        name=part,
        label=rules.label(part),
        required=part in rules.required or part is AddressPart.NAME,
        options=region_options if part is AddressPart.REGION else (),
        example=rules.postal_example if part is AddressPart.POSTAL_CODE else None,
    )
