"""Which products a list has, in which order, and how many each further condition would leave."""

from dataclasses import replace
from enum import StrEnum

from gateway.engine.values import value_object

AVAILABLE_FACET = "available"
VENDOR_FACET = "vendor"
TYPE_FACET = "type"
TAG_FACET = "tag"
FIXED_FACETS = (AVAILABLE_FACET, VENDOR_FACET, TYPE_FACET, TAG_FACET)
"""The names of the facets that are no options, in the order of lists of facets."""
OPTION_PREFIX = "option:"
"""Begins the facet of an option that is itself called like another facet."""


class ProductSort(StrEnum):
    """The order of a list of products."""

    RELEVANCE = "RELEVANCE"
    TITLE = "TITLE"
    PRICE_ASC = "PRICE_ASC"
    PRICE_DESC = "PRICE_DESC"
    NEWEST = "NEWEST"


@value_object
class OptionCondition:
    """A variant must have one of ``values`` of the option ``name``."""

    name: str
    values: tuple[str, ...]

    @property
    def facet(self) -> str:
        """The name of the option's facet."""
        return option_facet(self.name)


@value_object
class ProductFilter:
    """Conditions of products, which must all hold.

    ``available``, the prices and ``options`` must hold for one variant together. ``vendors``,
    ``types`` and ``tags`` are each a choice; empty for any. Prices are in minor units of
    ``currency``, which is also the currency of orders by price.
    """

    currency: str
    available: bool | None = None
    price_min: int | None = None
    price_max: int | None = None
    vendors: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    options: tuple[OptionCondition, ...] = ()

    @property
    def has_price(self) -> bool:
        """Whether it has a condition on the price."""
        return self.price_min is not None or self.price_max is not None

    @property
    def product_conditions(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The conditions on the product itself, each a facet's name and its values."""
        conditions = (
            (VENDOR_FACET, self.vendors),
            (TYPE_FACET, self.types),
            (TAG_FACET, self.tags),
        )
        return tuple((name, values) for name, values in conditions if values)

    @property
    def facets(self) -> tuple[str, ...]:
        """The names of the facets that it has conditions on, each once."""
        names = [name for name, _ in self.product_conditions]
        names += [option.facet for option in self.options]
        if self.available is not None:
            names.append(AVAILABLE_FACET)
        return tuple(dict.fromkeys(names))

    @property
    def is_empty(self) -> bool:
        """Whether every product meets it."""
        return not self.facets and not self.has_price

    def without(self, facet: str) -> "ProductFilter":
        """The filter without its conditions on ``facet``."""
        match facet:
            case "available":
                return replace(self, available=None)
            case "vendor":
                return replace(self, vendors=())
            case "type":
                return replace(self, types=())
            case "tag":
                return replace(self, tags=())
        options = tuple(option for option in self.options if option.facet != facet)
        return replace(self, options=options)


@value_object
class ProductSelection:
    """The products of a list, and their order.

    ``words`` are those of a search, as ``search_words`` returns them; None without a search. A
    search without words finds nothing. With ``collection_id`` only the products of a collection.
    """

    filter: ProductFilter
    words: tuple[str, ...] | None = None
    sort: ProductSort = ProductSort.RELEVANCE
    collection_id: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it has all products of the catalogue, or of the collection."""
        return self.filter.is_empty and self.words is None

    @property
    def is_everything(self) -> bool:
        """Whether every listed product is in it."""
        return self.is_whole and self.collection_id is None


@value_object
class FacetValue:
    """A value of a facet, and how many products it would leave."""

    value: str
    count: int


@value_object
class Facet:
    """How many products each value would leave, the conditions on other facets kept."""

    name: str
    values: tuple[FacetValue, ...]


def option_facet(option_name: str) -> str:
    """The name of the facet of the option ``option_name``; no two options have the same."""
    if option_name in FIXED_FACETS or option_name.startswith(OPTION_PREFIX):
        return OPTION_PREFIX + option_name
    return option_name
