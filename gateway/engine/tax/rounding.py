"""The policy by which a market rounds tax."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.engine.money import RoundingMode


class RoundingLevel(StrEnum):
    """The amount whose tax is rounded: of one unit, of one line, or of the whole purchase."""

    UNIT = "UNIT"
    LINE = "LINE"
    TOTAL = "TOTAL"


class RoundedSide(StrEnum):
    """The part of a price with tax that is rounded. The other part is the rest of the price."""

    TAX = "TAX"
    NET = "NET"


@dataclass(frozen=True, slots=True)
class RoundingPolicy:
    """The rules by which a market rounds tax. All other amounts are rounded half up.

    ``per_rate``: the tax of each rate is rounded; otherwise the sum of the rates is.
    ``payable_step``: what is to pay is rounded by ``mode`` to a multiple of so many minor units, as
    where the smallest coins are no longer made; 1 leaves it as it is.
    """

    mode: RoundingMode = RoundingMode.HALF_UP
    level: RoundingLevel = RoundingLevel.LINE
    per_rate: bool = True
    side: RoundedSide = RoundedSide.TAX
    payable_step: int = 1


DEFAULT_ROUNDING = RoundingPolicy()
