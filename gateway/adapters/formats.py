"""Writing by locale, with the Unicode CLDR's data."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from gateway.engine.money import Money

DEFAULT_LOCALE = "en-US"
LONGEST_TAG = 35
"""Characters; RFC 5646, section 4.4.1."""


class CldrFormats:
    """Formats of Babel, which is loaded at the first use: its data are large."""

    def locale(self, wanted: str | None) -> str:
        """The known locale nearest to the language tag ``wanted``; ``en-US`` where none is."""
        # What is longer than any tag is not kept in mind either.
        return _known(wanted) if wanted and len(wanted) <= LONGEST_TAG else DEFAULT_LOCALE

    def money(self, value: Money, locale: str) -> str:
        """``value`` with its currency's sign and ISO decimals: CLDR's own differ for some."""
        currency = value.currency
        return _written(value.minor, locale, currency.code, currency.digits)

    def percent(self, percent: Decimal, locale: str) -> str:
        """``percent`` with the locale's signs and all its decimals."""
        return _percent(percent, locale)


@dataclass(frozen=True, slots=True)
class Style:
    """How a locale writes amounts of one currency.

    Babel reads a pattern and looks up every sign anew for each number, which takes half a
    millisecond; an answer shows a hundred amounts. What does not depend on the number is here.
    """

    positive: tuple[str, str]
    negative: tuple[str, str]
    point: str
    separator: str
    groups: tuple[int, int]
    digits: int
    scale: int
    ungrouped: int
    """The least whole number that is written in groups."""

    def written(self, minor: int) -> str:
        """``minor`` units of the currency."""
        before, after = self.positive if minor >= 0 else self.negative
        whole, fraction = divmod(abs(minor), self.scale)
        figures = str(whole) if whole < self.ungrouped else self._grouped(str(whole))
        if self.digits:
            return f"{before}{figures}{self.point}{fraction:0{self.digits}}{after}"
        return f"{before}{figures}{after}"

    def _grouped(self, whole: str) -> str:
        size, others = self.groups
        parts: list[str] = []
        while len(whole) > size:
            parts.append(whole[-size:])
            whole, size = whole[:-size], others
        return self.separator.join((whole, *reversed(parts)))


# Prices and totals of what is looked at come again with each look.
@lru_cache(maxsize=8_192)
def _written(minor: int, locale: str, code: str, digits: int) -> str:
    return _style(locale, code, digits).written(minor)


@lru_cache(maxsize=1024)
def _style(locale: str, code: str, digits: int) -> Style:
    """The style, with the signs that Babel puts around a one and around its opposite."""
    from babel.core import Locale
    from babel.numbers import format_currency, get_decimal_symbol, get_group_symbol, parse_pattern

    pattern = _money_pattern(locale, digits)
    babels = Locale.parse(locale, sep="-")
    point = get_decimal_symbol(babels)
    one = "1" + (point + "0" * digits if digits else "")

    def around(value: int) -> tuple[str, str]:
        text = format_currency(value, code, format=pattern, locale=babels, currency_digits=False)
        before, _, after = text.partition(one)
        return before, after

    groups = parse_pattern(pattern).grouping
    separator = get_group_symbol(babels)
    return Style(
        around(1),
        around(-1),
        point,
        separator,
        groups,
        digits,
        scale=10**digits,
        ungrouped=10 ** groups[0],
    )


@lru_cache(maxsize=1024)
def _percent(percent: Decimal, locale: str) -> str:
    from babel.numbers import format_percent

    return format_percent(
        percent / 100, locale=locale.replace("-", "_"), decimal_quantization=False
    )


@lru_cache(maxsize=1024)
def _known(wanted: str) -> str:
    from babel.core import Locale, UnknownLocaleError

    text = wanted.replace("_", "-")[:35]
    while text:
        try:
            return str(Locale.parse(text, sep="-")).replace("_", "-")
        except (UnknownLocaleError, ValueError):
            text = text.rpartition("-")[0]
    return DEFAULT_LOCALE


@lru_cache(maxsize=1024)
def _money_pattern(locale: str, digits: int) -> str:
    """The locale's pattern for money with exactly ``digits`` decimals."""
    from babel.core import Locale
    from babel.numbers import NumberPattern

    pattern: NumberPattern = Locale.parse(locale, sep="-").currency_formats["standard"]
    decimals = "." + "0" * digits if digits else ""
    return ";".join(part.replace(".00", decimals) for part in pattern.pattern.split(";"))
