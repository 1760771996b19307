"""Formatting of amounts and percentages by locale, with data of the Unicode CLDR."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from gateway.engine.money import Money

DEFAULT_LOCALE = "en-US"
MAX_TAG_LENGTH = 35
"""Characters (RFC 5646, 4.4.1); for a longer language tag the default locale is used."""


class CldrFormats:
    """Formats by Babel, which is loaded at its first use because its data is large."""

    def nearest_locale(self, language_tag: str | None) -> str:
        """The known locale nearest to ``language_tag``; ``en-US`` if there is none."""
        # Longer texts are not looked up, so that they do not fill the cache.
        return (
            _nearest_locale(language_tag)
            if language_tag and len(language_tag) <= MAX_TAG_LENGTH
            else DEFAULT_LOCALE
        )

    def format_money(self, value: Money, locale: str) -> str:
        """``value`` with its currency's sign and the decimals of ISO 4217, not those of CLDR."""
        currency = value.currency
        return _format_money(value.minor, locale, currency.code, currency.digits)

    def format_percent(self, percent: Decimal, locale: str) -> str:
        """``percent`` with all its decimals and the signs of the locale."""
        return _format_percent(percent, locale)


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """The style in which a locale writes amounts of one currency.

    Babel reads the pattern and the signs again for each number, which takes half a millisecond.
    As an answer can contain a hundred amounts, they are kept here.
    """

    positive: tuple[str, str]
    negative: tuple[str, str]
    point: str
    separator: str
    groups: tuple[int, int]
    digits: int
    scale: int
    min_grouped: int
    """The smallest whole number that is written in groups of digits."""

    def format(self, minor: int) -> str:
        """``minor``, in minor units, as text with the currency's sign."""
        prefix, suffix = self.positive if minor >= 0 else self.negative
        integer_part, fraction = divmod(abs(minor), self.scale)
        integer_text = (
            str(integer_part)
            if integer_part < self.min_grouped
            else self._group_digits(str(integer_part))
        )
        if self.digits:
            return f"{prefix}{integer_text}{self.point}{fraction:0{self.digits}}{suffix}"
        return f"{prefix}{integer_text}{suffix}"

    def _group_digits(self, integer_text: str) -> str:
        group_size, next_group_size = self.groups
        digit_groups: list[str] = []
        while len(integer_text) > group_size:
            digit_groups.append(integer_text[-group_size:])
            integer_text, group_size = integer_text[:-group_size], next_group_size
        return self.separator.join((integer_text, *reversed(digit_groups)))


# The same prices and totals are shown again and again.
@lru_cache(maxsize=8_192)
def _format_money(minor: int, locale: str, code: str, digits: int) -> str:
    return _load_style(locale, code, digits).format(minor)


@lru_cache(maxsize=1024)
def _load_style(locale: str, code: str, digits: int) -> NumberStyle:
    """The style, with the signs that Babel writes around 1 and around -1."""
    from babel.core import Locale
    from babel.numbers import format_currency, get_decimal_symbol, get_group_symbol, parse_pattern

    pattern = _money_pattern(locale, digits)
    babel_locale = Locale.parse(locale, sep="-")
    point = get_decimal_symbol(babel_locale)
    one_text = "1" + (point + "0" * digits if digits else "")

    def signs_around(value: int) -> tuple[str, str]:
        text = format_currency(
            value, code, format=pattern, locale=babel_locale, currency_digits=False
        )
        prefix, _, suffix = text.partition(one_text)
        return prefix, suffix

    groups = parse_pattern(pattern).grouping
    separator = get_group_symbol(babel_locale)
    return NumberStyle(
        signs_around(1),
        signs_around(-1),
        point,
        separator,
        groups,
        digits,
        scale=10**digits,
        min_grouped=10 ** groups[0],
    )


@lru_cache(maxsize=1024)
def _format_percent(percent: Decimal, locale: str) -> str:
    from babel.numbers import format_percent

    return format_percent(
        percent / 100, locale=locale.replace("-", "_"), decimal_quantization=False
    )


@lru_cache(maxsize=1024)
def _nearest_locale(language_tag: str) -> str:
    from babel.core import Locale, UnknownLocaleError

    shortened_tag = language_tag.replace("_", "-")[:35]
    while shortened_tag:
        try:
            return str(Locale.parse(shortened_tag, sep="-")).replace("_", "-")
        except (UnknownLocaleError, ValueError):
            shortened_tag = shortened_tag.rpartition("-")[0]
    return DEFAULT_LOCALE


@lru_cache(maxsize=1024)
def _money_pattern(locale: str, digits: int) -> str:
    """The pattern of the locale for money, with exactly ``digits`` decimals."""
    from babel.core import Locale
    from babel.numbers import NumberPattern

    pattern: NumberPattern = Locale.parse(locale, sep="-").currency_formats["standard"]
    decimals = "." + "0" * digits if digits else ""
    return ";".join(part.replace(".00", decimals) for part in pattern.pattern.split(";"))
