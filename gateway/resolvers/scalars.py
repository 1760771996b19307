"""Strict scalars, whose values are exact and bounded, as described in the schema.

``SCALARS`` is for ``StrawberryConfig(scalar_map=…)``. A value that a scalar cannot parse is a
GraphQL error; a parsed value may still be refused by a use case ("ZZZ" is no currency in use).
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NewType

import strawberry
from graphql import GraphQLError, IntValueNode, StringValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

from gateway.engine.money import Currency

Long = NewType("Long", int)
CurrencyCode = NewType("CurrencyCode", str)
CountryCode = NewType("CountryCode", str)

MAX_DECIMAL_DIGITS = 28  # decimal's default precision: no accepted number is ever rounded silently
LONG_RANGE = range(-(2**63), 2**63)

_DECIMAL = re.compile(r"[+-]?(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))")
_LONG = re.compile(r"-?[0-9]{1,19}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}):([0-9]{2})(?:\.([0-9]{1,30}))?"
    r"([Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_LEAP_SECOND = 60
_BEFORE_MIDNIGHT = (23, 59)
"""The hour and minute, in UTC, that may have a leap second."""
_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")


def parse_error(scalar: str, expected: str) -> GraphQLError:
    """The error for an input that ``scalar`` cannot parse; the input itself is not repeated."""
    return GraphQLError(f"{scalar} expects {expected}.", extensions={"code": "BAD_USER_INPUT"})


def parse_decimal(value: object) -> Decimal:
    """A decimal text ("19.99", "-3", ".5") exactly; no exponent and no blanks."""
    match = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
    if match is None or sum(len(digits or "") for digits in match.groups()) > MAX_DECIMAL_DIGITS:
        raise parse_error(
            "Decimal", f'a string such as "19.99", of at most {MAX_DECIMAL_DIGITS} digits'
        )
    return Decimal(match[0])


def print_decimal(value: object) -> str:
    """``value`` in plain notation, trailing zeros kept."""
    text = str(value)
    if type(value) is Decimal and "E" not in text and text[-1].isdigit():
        return text
    if not isinstance(value, Decimal) or not value.is_finite():
        raise TypeError("Decimal serializes finite decimals only")
    return format(value, "f")


def parse_long(value: object) -> int:
    """A whole number of 64 bits; neither a float nor a boolean is one."""
    if type(value) is not int or value not in LONG_RANGE:
        raise parse_error("Long", "a 64-bit integer, as a JSON number")
    return value


def parse_long_literal(node: ValueNode, _variables: object = None) -> object:
    """A literal whole number, whose length is checked before it is converted."""
    match = _LONG.fullmatch(node.value) if isinstance(node, IntValueNode) else None
    return _parse_literal(parse_long, int(match[0]) if match else None, node)


def print_long(value: object) -> int:
    """``value``, which must be within 64 bits."""
    if type(value) is not int or value not in LONG_RANGE:
        raise TypeError("Long serializes 64-bit integers only")
    return value


def _parse_literal(parse: Callable[[object], object], value: object, node: ValueNode) -> object:
    """The result of ``parse`` for ``value``, with errors located at ``node``, as for an enum."""
    try:
        return parse(value)
    except GraphQLError as error:
        # A wrong literal makes the document invalid, which is an error before the execution.
        raise GraphQLError(error.message, node) from None


def text_literal_parser(parse: Callable[[object], object]) -> Callable[[ValueNode, object], object]:
    """``parse`` for literals, which must be strings; a bare ``USD`` would be an enum's value."""

    def parse_text_literal(node: ValueNode, _variables: object = None) -> object:
        return _parse_literal(
            parse, node.value if isinstance(node, StringValueNode) else None, node
        )

    return parse_text_literal


def parse_date(value: object) -> date:
    """A calendar date, ``YYYY-MM-DD`` and nothing else."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:  # 30 February
            pass
    raise parse_error("Date", 'a date such as "2026-11-22"')


def print_date(value: object) -> str:
    """``value`` as ``YYYY-MM-DD``."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError("Date serializes dates only")
    return value.isoformat()


def parse_date_time(value: object) -> datetime:
    """An RFC 3339 instant with its offset, as UTC; digits below a microsecond are dropped.

    A leap second is read as the first instant after it, because datetime does not have it.
    """
    match = _DATE_TIME.fullmatch(value) if isinstance(value, str) else None
    if match is not None:
        try:
            return _instant(*match.groups(""))
        except (ValueError, OverflowError):  # 25 o'clock; year 1 minus an offset
            pass
    raise parse_error("DateTime", 'an instant with offset such as "2026-11-22T09:30:00Z"')


def _instant(day: str, minute: str, second: str, fraction: str, offset: str) -> datetime:
    """The instant of these parts of an RFC 3339 text.

    Raises:
        ValueError: there is no such day, time or leap second.

    """
    is_leap_second = int(second) == _LEAP_SECOND
    zone = "+00:00" if offset in "Zz" else offset
    iso_text = (
        f"{day}T{minute}:{'59' if is_leap_second else second}.{(fraction + '000000')[:6]}{zone}"
    )
    instant = datetime.fromisoformat(iso_text).astimezone(UTC)
    if not is_leap_second:
        return instant
    if (instant.hour, instant.minute) != _BEFORE_MIDNIGHT:
        raise ValueError("a leap second at another time")
    return instant.replace(microsecond=0) + timedelta(seconds=1)


def print_date_time(value: object) -> str:
    """``value`` in UTC, ending in ``Z``."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError("DateTime serializes aware datetimes only")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def parse_currency_code(value: object) -> str:
    """Three capital letters; whether the currency is supported is for a use case to say."""
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise parse_error("CurrencyCode", 'three capital letters such as "USD"')
    return value


def print_currency_code(value: object) -> str:
    """The code of ``value``, a currency or its code."""
    return _printable_code(value.code if isinstance(value, Currency) else value)


# Cached, because an answer has one for each amount, mostly the same.
@lru_cache(maxsize=512)
def _printable_code(code: object) -> str:
    if not isinstance(code, str) or not _CURRENCY.fullmatch(code):
        raise TypeError("CurrencyCode serializes three capital letters only")
    return code


def parse_country_code(value: object) -> str:
    """Two capital letters; whether there is such a country is for a use case to say."""
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        raise parse_error("CountryCode", 'two capital letters such as "DE"')
    return value


def print_country_code(value: object) -> str:
    """``value``, which must be two capital letters."""
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        raise TypeError("CountryCode serializes two capital letters only")
    return value


def _define_scalar(
    name: str,
    description: str,
    specified_by_url: str,
    *,
    serialize: Callable[[object], object],
    parse: Callable[[object], object],
    parse_literal: Callable[[ValueNode, object], object] | None = None,
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        description=description,
        specified_by_url=specified_by_url,
        serialize=serialize,
        parse_value=parse,
        parse_literal=parse_literal or text_literal_parser(parse),
    )


SCALARS: Mapping[object, ScalarDefinition] = {
    Decimal: _define_scalar(
        "Decimal",
        'An exact decimal number, as a string: `"19.99"`. Never a float, never an exponent; '
        f"at most {MAX_DECIMAL_DIGITS} digits.",
        "https://www.w3.org/TR/xmlschema11-2/#decimal",
        serialize=print_decimal,
        parse=parse_decimal,
    ),
    Long: _define_scalar(
        "Long",
        "A 64-bit signed integer, as a JSON number. Beyond 2^53 it needs a client that reads "
        "JSON integers exactly.",
        "https://www.rfc-editor.org/rfc/rfc8259#section-6",
        serialize=print_long,
        parse=parse_long,
        parse_literal=parse_long_literal,
    ),
    datetime: _define_scalar(
        "DateTime",
        'An instant, by RFC 3339, always with an offset: `"2026-11-22T09:30:00Z"`. '
        "Answers are in UTC.",
        "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=print_date_time,
        parse=parse_date_time,
    ),
    date: _define_scalar(
        "Date",
        'A calendar date without a time, `YYYY-MM-DD`: `"2026-11-22"`.',
        "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=print_date,
        parse=parse_date,
    ),
    CurrencyCode: _define_scalar(
        "CurrencyCode",
        'The three capital letters of a currency in ISO 4217: `"USD"`.',
        "https://www.iso.org/iso-4217-currency-codes.html",
        serialize=print_currency_code,
        parse=parse_currency_code,
    ),
    CountryCode: _define_scalar(
        "CountryCode",
        'The two capital letters of a country in ISO 3166-1: `"DE"`.',
        "https://www.iso.org/iso-3166-country-codes.html",
        serialize=print_country_code,
        parse=parse_country_code,
    ),
}
