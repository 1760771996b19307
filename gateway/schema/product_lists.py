"""Lists of products, as clients see them."""

import strawberry

from gateway.engine.catalogue import product_selections
from gateway.resolvers import catalogue as resolvers
from gateway.schema.catalogue import Product
from gateway.schema.nodes import Connection
from gateway.schema.value_types import mirrors
from gateway.services.catalogue.product_lists import ProductPage
from gateway.services.ports.product_lists import MAX_FACET_VALUES, MAX_OPTION_FACETS


@strawberry.type(description="A value of a facet.")
class FacetValue:
    """A value of a facet."""

    is_type_of = mirrors(product_selections.FacetValue)

    value: str = strawberry.field(description="The value, as a filter takes it.")
    count: int = strawberry.field(description="How many products it would leave.")


@strawberry.type(
    description="How many products each value would leave, the other conditions kept. `name` is "
    '"vendor", "type", "tag", "available" or an option\'s name; an option that is itself called '
    'like one of these four, or begins so, is "option:" and its name.'
)
class Facet:
    """A facet."""

    is_type_of = mirrors(product_selections.Facet)

    name: str = strawberry.field(description="What is counted by.")
    values: list[FacetValue] = strawberry.field(
        description="Those that most products have first, then by their characters; of available "
        f'"true", then "false". At most {MAX_FACET_VALUES}; none that no product has.'
    )


@strawberry.type(description="A page of a list of products.")
class ProductConnection(Connection[Product]):
    """A page of products."""

    is_type_of = mirrors(ProductPage)

    total_count = strawberry.field(
        resolver=resolvers.total_count,
        graphql_type=int,
        description="How many products the whole list has.",
    )
    facets = strawberry.field(
        resolver=resolvers.facets,
        graphql_type=list[Facet],
        description="What the list can be narrowed by: available, vendor, type, tag, then options "
        f"by name, at most {MAX_OPTION_FACETS} of them.",
    )
