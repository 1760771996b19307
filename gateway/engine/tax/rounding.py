"""How a market rounds its tax."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.engine.money import RoundingMode


class RoundingLevel(StrEnum):
    """What is rounded: the tax of one unit, of one line, or of the whole purchase."""

    UNIT = "UNIT"
    LINE = "LINE"
    TOTAL = "TOTAL"


class RoundedSide(StrEnum):
    """Which part of a price that includes tax is rounded; the other is what is left."""

    TAX = "TAX"
    NET = "NET"


@dataclass(frozen=True, slots=True)
class RoundingPolicy:
    """One market's way of rounding tax; amounts that are not tax are rounded half up."""

    mode: RoundingMode = RoundingMode.HALF_UP
    level: RoundingLevel = RoundingLevel.LINE
    per_rate: bool = True
    side: RoundedSide = RoundedSide.TAX


DEFAULT_ROUNDING = RoundingPolicy()
