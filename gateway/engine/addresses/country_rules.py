"""The rules of one country for postal addresses: required parts, regions, form of postal codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.engine.text.normalization import comparison_key


class AddressPart(StrEnum):
    """A part of a postal address. The value is the name that clients use."""

    NAME = "name"
    LINES = "lines"
    CITY = "city"
    REGION = "region"
    POSTAL_CODE = "postalCode"
    PHONE = "phone"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class Region:
    """A state, province or prefecture of a country.

    ``code`` is used in addresses and ``name`` is shown to people. ``spellings`` are the comparison
    keys of its known names. ``postal_pattern`` is a regular expression for the beginning of its
    postal codes. ``iso_code`` is its ISO 3166-2 code without the country; tax rules use it.
    ``parent`` is the ISO 3166-2 code of the larger subdivision that it is part of.
    """

    code: str
    name: str
    spellings: frozenset[str]
    postal_pattern: str | None = None
    military: bool = False
    iso_code: str | None = None
    parent: str | None = None


# Compared by identity: the rules of a country are loaded once and are a cache key.
@dataclass(frozen=True, slots=True, eq=False)
class AddressRules:
    """The rules of one country for addresses.

    ``part_order`` lists the parts in use, in the order in which they are written.
    ``postal_pattern`` is a regular expression for a whole postal code. ``postal_prefix`` is written
    before a code but does not belong to it. ``territories`` are parts of the country with rules of
    their own, whose addresses name no region. ``subdivisions`` are those of ISO 3166-2, some of
    them parts of others; empty where unknown.
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
    subdivisions: tuple[Region, ...] = ()

    @property
    def known_regions(self) -> tuple[Region, ...]:
        """What the region of an address can be: regions, territories; else subdivisions."""
        return (*self.regions, *self.territories, *(() if self.regions else self.subdivisions))

    def find_region(self, text: str) -> Region | None:
        """Return the region of addresses with this code or spelling; None if there is none."""
        return _find_by_spelling(text, self.known_regions)

    def find_subdivision(self, text: str) -> Region | None:
        """Return the region or subdivision with this code or spelling; None if there is none."""
        return self.find_region(text) or _find_by_spelling(text, self.subdivisions)

    def larger_subdivisions(self, region: Region) -> frozenset[str]:
        """The ISO 3166-2 codes of the subdivisions that ``region`` is part of."""
        parents = {each.iso_code: each.parent for each in (*self.subdivisions, *self.territories)}
        larger: set[str] = set()
        code = region.parent or parents.get(region.iso_code or region.code)
        while code is not None and code not in larger:
            larger.add(code)
            code = parents.get(code)
        return frozenset(larger)

    def label(self, part: AddressPart) -> str:
        """The English name of ``part`` in this country, such as "ZIP code" or "Prefecture"."""
        return dict(self.labels)[part]


def _find_by_spelling(text: str, regions: Sequence[Region]) -> Region | None:
    # Most texts are the exact code. This is faster than computing the comparison key.
    exact = next((region for region in regions if region.code == text), None)
    if exact is not None:
        return exact
    spelling = comparison_key(text)
    return next((region for region in regions if spelling in region.spellings), None)


@dataclass(frozen=True, slots=True)
class FormOption:
    """One choice of a form field: the ``code`` to send and the ``name`` to show."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class AddressField:
    """One field of a country's address form. ``example`` is a well-formed value."""

    name: AddressPart
    label: str
    required: bool
    options: tuple[FormOption, ...] = ()
    example: str | None = None


@dataclass(frozen=True, slots=True)
class AddressFormat:
    """The fields of the address form of ``country``, in the order of its addresses."""

    country: str
    fields: tuple[AddressField, ...]


def build_address_format(rules: AddressRules) -> AddressFormat:
    """Build the address form of a country from its rules. It always has an optional phone field."""
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
