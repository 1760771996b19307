"""The orders of lists of products: the phases of a list, and positions in it."""

from enum import StrEnum
from typing import TypeAlias

from gateway.engine.catalogue.product_selections import ProductSelection, ProductSort

Position: TypeAlias = tuple[int | str, ...]
"""The place of a product in the order of a list; positions of one list can be compared.

It begins with the number of the phase where the list has several.
"""


class Phase(StrEnum):
    """A part of a list that has an order of its own; a list has one or two of them."""

    PLACE = "PLACE"
    COLLECTION = "COLLECTION"
    TITLE = "TITLE"
    NEWEST = "NEWEST"
    LOWEST = "LOWEST"
    HIGHEST = "HIGHEST"
    WITHOUT_PRICE = "WITHOUT_PRICE"
    IN_TITLE = "IN_TITLE"
    ELSEWHERE = "ELSEWHERE"


SEARCH_PHASES = (Phase.IN_TITLE, Phase.ELSEWHERE)
"""A search lists products with all words in the title first."""
_PHASES = {
    ProductSort.RELEVANCE: (Phase.PLACE,),
    ProductSort.TITLE: (Phase.TITLE,),
    ProductSort.NEWEST: (Phase.NEWEST,),
    ProductSort.PRICE_ASC: (Phase.LOWEST, Phase.WITHOUT_PRICE),
    ProductSort.PRICE_DESC: (Phase.HIGHEST, Phase.WITHOUT_PRICE),
}
_KEYS: dict[Phase, tuple[type[int] | type[str], ...]] = {
    Phase.PLACE: (int,),
    Phase.COLLECTION: (int,),
    Phase.TITLE: (str, int),
    Phase.NEWEST: (int, int),
    Phase.LOWEST: (int, int),
    Phase.HIGHEST: (int, int),
    Phase.WITHOUT_PRICE: (int,),
    Phase.IN_TITLE: (str, int),
    Phase.ELSEWHERE: (str, int),
}


def list_phases(selection: ProductSelection) -> tuple[Phase, ...]:
    """The parts of a selection's list, in order."""
    if selection.sort is ProductSort.RELEVANCE:
        if selection.words is not None:
            return SEARCH_PHASES
        if selection.collection_id is not None:
            return (Phase.COLLECTION,)
    return _PHASES[selection.sort]


def position_types(selection: ProductSelection) -> tuple[tuple[type[int] | type[str], ...], ...]:
    """The types of the keys of positions in a selection's list, by the number of the phase."""
    return tuple(_KEYS[phase] for phase in list_phases(selection))
