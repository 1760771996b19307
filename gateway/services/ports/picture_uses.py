"""The port of what shows pictures."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TextPage:
    """Texts that may name pictures, and the position before the next page; None at the end."""

    texts: tuple[str, ...]
    last_position: int | None


class PictureUses(Protocol):
    """Repository of the texts that name pictures."""

    async def list_product_texts(self, after_position: int) -> TextPage:
        """The texts of the next products, listed or not, and of their variants."""
        ...

    async def list_collection_texts(self, after_position: int) -> TextPage:
        """The texts of the next collections."""
        ...
