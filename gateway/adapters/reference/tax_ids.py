"""Forms and check digits of tax ids, by the library python-stdnum."""

from functools import lru_cache
from typing import Protocol

from stdnum import get_cc_module
from stdnum.eu import vat as eu_vat

from gateway.engine.tax.business_supplies import MONACO
from gateway.services.ports.tax_ids import MAX_TAX_ID_LENGTH, TaxId, TaxIdProblem

GREEK_PREFIX = "EL"
"""What ids of Greece begin with, whose code is GR elsewhere."""
NAMES_OF_OTHER_IDS = {"US": "ein", "UA": "edrpou", "ZA": "tin"}
"""What businesses are taxed by where the library has no id under the name of VAT."""
PREFIXED = frozenset({"GB"})
"""Countries beside those of the Union whose ids are written with their code first."""


class NumberForm(Protocol):
    """A module of python-stdnum."""

    def is_valid(self, number: str) -> bool:
        """Whether the number has the form and the check digits."""
        ...

    def compact(self, number: str) -> str:
        """The number without separators."""
        ...


class StandardTaxIds:
    """The tax ids of all countries that python-stdnum knows."""

    def parse(self, text: str, country: str | None) -> TaxId | TaxIdProblem:
        """The tax id ``text``; where it does not say its country, of ``country``."""
        number = text.strip().upper()
        if len(number) > MAX_TAX_ID_LENGTH:
            return TaxIdProblem.MALFORMED
        prefix = number[:2]
        if is_union_prefix(prefix) and eu_vat.is_valid(number):
            return _union_id(number)
        # Without a prefix first: ids of some countries begin with letters of their own.
        for issuer, candidate in ((country, number), (prefix, number), (prefix, number[2:])):
            form = None if issuer is None else find_number_form(issuer)
            if issuer is not None and form is not None and form.is_valid(candidate):
                return _national_id(issuer, form.compact(candidate))
        is_known = is_union_prefix(prefix) or any(
            issuer is not None and find_number_form(issuer) for issuer in (country, prefix)
        )
        return TaxIdProblem.MALFORMED if is_known else TaxIdProblem.UNKNOWN_COUNTRY


def is_union_prefix(prefix: str) -> bool:
    """Whether ids that count in the European Union begin with ``prefix``."""
    return prefix == GREEK_PREFIX or (prefix.lower() in eu_vat.MEMBER_STATES and prefix != "GR")


def _union_id(number: str) -> TaxId:
    text = eu_vat.compact(number)
    prefix = text[:2]
    return TaxId(text, "GR" if prefix == GREEK_PREFIX else prefix)


def _national_id(country: str, number: str) -> TaxId:
    """The id of ``country``; those of the Union and of Britain are written with their country."""
    # Monaco's businesses have French ids.
    country = "FR" if country == MONACO else country
    prefix = GREEK_PREFIX if country == "GR" else country
    if is_union_prefix(prefix) or country in PREFIXED:
        return TaxId(f"{prefix}{number.removeprefix(prefix)}", country)
    return TaxId(number, country)


@lru_cache(maxsize=512)
def find_number_form(country: str) -> NumberForm | None:
    """The form of tax ids of ``country``, ISO 3166-1; None where the library knows none."""
    if not (country.isascii() and country.isalpha() and len(country) == 2):  # noqa: PLR2004 - letters of a code
        return None
    form: NumberForm | None = get_cc_module(country.lower(), NAMES_OF_OTHER_IDS.get(country, "vat"))
    return form
