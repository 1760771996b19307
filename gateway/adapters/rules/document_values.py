"""What the entries of rule files are made of: names, areas, amounts, and days."""

from datetime import date
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.reference.country_names import country_code
from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.engine.areas.notation import AREA_PATTERN, MalformedArea, parse_area
from gateway.engine.areas.regions import region_rule_code
from gateway.engine.money import InvalidAmount, money_from_major_units

CURRENCIES = IsoCurrencies()
COUNTRIES = CountryDataSet()


def _require_known_currency(code: str) -> str:
    if CURRENCIES.find(code) is None:
        raise ValueError(f"{code} is no currency of ISO 4217")
    return code


def _require_known_country(code: str) -> str:
    if COUNTRIES.rules_for(code) is None:
        suggested_code = country_code(code)
        hint = f"; perhaps {suggested_code}" if suggested_code else ""
        raise ValueError(f"{code} is no country of ISO 3166-1{hint}")
    return code


def _prices_to_minor_units(prices: dict[str, Decimal]) -> dict[str, Decimal]:
    """``prices`` in minor units: 5.95 USD is 595."""
    return {code: Decimal(to_minor_units(amount, code)) for code, amount in prices.items()}


def to_minor_units(amount: Decimal, code: str) -> int:
    """``amount`` of the currency ``code`` in minor units.

    Raises:
        ValueError: it has more decimals than the currency.

    """
    currency = CURRENCIES.find(_require_known_currency(code))
    if currency is None:
        raise ValueError(code)
    try:
        return money_from_major_units(amount, currency).minor
    except InvalidAmount as error:
        raise ValueError(str(error)) from error


def _suggest_area(text: str) -> str | None:
    """The area that is probably meant by ``text``, which is none; None if nothing is similar."""
    capitals = text.strip().upper()
    country, dash, region = capitals.partition("-")
    rules = COUNTRIES.rules_for(country) if dash else None
    known_region = rules.find_subdivision(region) if rules else None
    if known_region is not None:
        return f"{country}-{region_rule_code(known_region)}"
    return country_code(text) or (capitals if _is_area(capitals) else None)


def _is_area(text: str) -> bool:
    try:
        parse_area(text)
    except MalformedArea:
        return False
    return COUNTRIES.rules_for(text[:2]) is not None


def _require_area(text: str) -> str:
    """Return ``text`` if it has the form of an area.

    Raises:
        ValueError: it has not; the message suggests areas that may be meant.

    """
    try:
        parse_area(text)
    except MalformedArea as error:
        suggestion = _suggest_area(text[:100])
        hint = f"; perhaps {suggestion}" if suggestion else ""
        raise ValueError(f"{str(error)[:200]}{hint}") from None
    return text


Name: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)
]
Code: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\S{1,64}$")]
AreaText: TypeAlias = Annotated[
    str,
    AfterValidator(_require_area),
    Field(
        description="GB, US-CA, US 9404*, GB KW15-KW17, US CONTINENTAL_48 or world.",
        json_schema_extra={"pattern": AREA_PATTERN},
    ),
]
CurrencyCode: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), AfterValidator(_require_known_currency)
]
CountryCode: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{2}$"), AfterValidator(_require_known_country)
]
Percent: TypeAlias = Annotated[Decimal, Field(ge=-1000, le=10_000, description="7.25 is 7.25 %.")]
Amount: TypeAlias = Annotated[Decimal, Field(ge=0, lt=10**13)]
Prices: TypeAlias = Annotated[
    dict[CurrencyCode, Amount],
    Field(min_length=1, description="Amounts by currency: {USD: 5.95, EUR: 4.95}."),
    AfterValidator(_prices_to_minor_units),
]


class Entry(BaseModel):
    """A mapping in the file; a key it does not know is refused: it may be misspelt."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatedEntry(Entry):
    """An entry that holds from a day (inclusive) to another (exclusive)."""

    valid_from: date | None = None
    valid_to: date | None = Field(default=None, description="The first day it no longer holds.")
