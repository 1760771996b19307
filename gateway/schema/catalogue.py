"""What is sold, as clients see it."""

from typing import Annotated

import strawberry

from gateway.engine.catalogue import collections, product_selections, products
from gateway.engine.catalogue.product_choices import MAX_FACET_VALUES, MAX_OPTION_FACETS
from gateway.engine.catalogue.product_selections import ProductSort
from gateway.resolvers import catalogue as resolvers
from gateway.resolvers import collections as collection_resolvers
from gateway.resolvers import offers
from gateway.resolvers import product_pages as page_resolvers
from gateway.resolvers.enums import describe_enum
from gateway.resolvers.payloads import outcome_value
from gateway.schema.money import Money
from gateway.schema.nodes import Connection, Node
from gateway.schema.offers import OneClickOffer
from gateway.schema.user_errors import Payload
from gateway.schema.value_types import mirrors
from gateway.services.catalogue import product_pages
from gateway.services.catalogue.product_lists import ProductPage

describe_enum(
    ProductSort,
    "The order of a list of products.",
    RELEVANCE="With a query, products with all words in the title first, then by title; else the "
    "shop's own order, or a collection's.",
    TITLE="By title, without regard to case and accents.",
    PRICE_ASC="By the lowest price of a variant; products without a price in the currency last.",
    PRICE_DESC="By the highest price of a variant, downwards; products without one last.",
    NEWEST="What was added last first.",
)


@strawberry.type(description="A picture.")
class Image:
    """A picture."""

    is_type_of = mirrors(products.Image)

    url = strawberry.field(
        resolver=resolvers.url,
        graphql_type=str,
        description="Its whole address. One under `/media/` shows the same for ever.",
    )
    alt_text: str | None = strawberry.field(
        description="What it shows, for who cannot see it; null: nobody has said."
    )
    width: int | None = strawberry.field(description="Its width in pixels, if known.")
    height: int | None = strawberry.field(description="Its height in pixels, if known.")


@strawberry.type(description="What the variants of a product differ in.")
class ProductOption:
    """An option of a product."""

    is_type_of = mirrors(products.ProductOption)

    name: str = strawberry.field(description="Its name, such as Color.")
    values: list[str] = strawberry.field(
        description="The values that a listed variant has, in the order of the variants."
    )


@strawberry.type(description="What a variant has of one option of its product.")
class SelectedOption:
    """A value of an option."""

    is_type_of = mirrors(products.SelectedOption)

    name: str = strawberry.field(description="The option's name.")
    value: str = strawberry.field(description="The variant's value of it.")


@strawberry.type(description="What search engines are told of a page.")
class Seo:
    """Texts for search engines."""

    is_type_of = mirrors(products.Seo)

    title: str | None = strawberry.field(description="The title; null: the product's own serves.")
    description: str | None = strawberry.field(
        description="The description; null: the product's own serves."
    )


@strawberry.type(description="The lowest and the highest price, in one currency.")
class PriceRange:
    """A range of prices."""

    is_type_of = mirrors(product_pages.PriceRange, lasting=(product_pages.PriceRange,))

    min: Money = strawberry.field(description="The lowest.")
    max: Money = strawberry.field(description="The highest; the same where all cost the same.")


@strawberry.type(description="A part of a bundle, or of a bundle in it.")
class BundleComponent:
    """A component of a bundle."""

    is_type_of = mirrors(products.NestedComponent)

    variant: Annotated["Variant", strawberry.lazy("gateway.schema.catalogue")] = strawberry.field(
        description="What it is."
    )
    quantity: int = strawberry.field(description="How many are in one of `parent`.")
    parent: Annotated["Variant", strawberry.lazy("gateway.schema.catalogue")] = strawberry.field(
        description="The bundle that it is part of."
    )
    depth: int = strawberry.field(
        description="How deep it stands: 0 for a part of the variant itself."
    )


@strawberry.type(description="Something that can be bought.")
class Variant(Node):
    """A variant."""

    is_type_of = mirrors(products.Variant, lasting=(products.Variant,))

    sku: str = strawberry.field(
        description="The merchant's own key of it; empty where there is none. Several may have "
        "the same."
    )
    title: str = strawberry.field(description="What it is called.")
    price = strawberry.field(
        resolver=resolvers.price,
        graphql_type=Money,
        description="What one costs in the currency asked for where there is such a price, else in "
        "the merchant's own; a bundle with its parts; before tax where prices exclude it.",
    )
    compare_at_price = strawberry.field(
        resolver=resolvers.compare_at_price,
        graphql_type=Money | None,
        description="What one cost before, in the currency of `price`; null unless that is more.",
    )
    product = strawberry.field(
        resolver=page_resolvers.variant_product,
        graphql_type=Annotated["Product", strawberry.lazy("gateway.schema.catalogue")],
        description="What it is a variant of, also where that is no longer listed.",
    )
    prices_include_tax = strawberry.field(
        resolver=page_resolvers.prices_include_tax,
        graphql_type=bool,
        description="Whether tax is in `price`, asked for in the same currency.",
    )
    components = strawberry.field(
        resolver=page_resolvers.components,
        graphql_type=list[BundleComponent],
        description="The parts of a bundle and theirs, in one list, each before its own parts; "
        "empty where it is no bundle.",
    )
    available: int | None = strawberry.field(
        name="availableQuantity",
        description="How many can be had now; null: without limit.",
    )
    selected_options = strawberry.field(
        resolver=resolvers.selected_options,
        graphql_type=list[SelectedOption],
        description="What tells it from the product's others; empty where there is one alone.",
    )
    image: Image | None = strawberry.field(
        description="A picture of this variant; null: the product's pictures show it."
    )
    barcode = strawberry.field(
        resolver=resolvers.barcode,
        graphql_type=str | None,
        description="Its barcode, such as a GTIN, where the merchant has one.",
    )
    available_for_sale: bool = strawberry.field(
        description="Whether one can be bought now, from stock or to order."
    )
    ships_in_days: int | None = strawberry.field(
        description="The days until one ships; null where it ships at once, or cannot be bought."
    )
    requires_shipping: bool = strawberry.field(
        description="Whether it is sent: false for what is downloaded or given as a right."
    )
    one_click = strawberry.field(
        resolver=offers.one_click,
        graphql_type=OneClickOffer,
        description="What buying it by one click would do here.",
    )


@strawberry.type(description="Something that is listed, with the variants it comes in.")
class Product(Node):
    """A product."""

    is_type_of = mirrors(products.Product, lasting=(products.Product,))

    title: str = strawberry.field(description="What it is called.")
    handle: str = strawberry.field(
        description="Its unique name in addresses of pages; it may change when the merchant says."
    )
    listed: bool = strawberry.field(
        description="Whether it is shown in lists and on a page of its own. What is not is sold in "
        "bundles only, and `product` finds it for staff alone."
    )
    description: str = strawberry.field(description="What it is, as plain text.")
    description_html = strawberry.field(
        resolver=resolvers.description_html,
        graphql_type=str,
        description="The same as HTML that was made safe: a page may show it as it is.",
    )
    vendor = strawberry.field(
        resolver=resolvers.vendor,
        graphql_type=str | None,
        description="Who makes or brings it, where the merchant says.",
    )
    product_type = strawberry.field(
        resolver=resolvers.product_type,
        graphql_type=str | None,
        description="What kind of thing it is, in the merchant's words.",
    )
    tags: list[str] = strawberry.field(description="The merchant's own words for it.")
    options = strawberry.field(
        resolver=resolvers.options,
        graphql_type=list[ProductOption],
        description="What its variants differ in; empty where there is one alone.",
    )
    images: list[Image] = strawberry.field(description="Its pictures, the first one first.")
    featured_image: Image | None = strawberry.field(
        description="The picture that shows it in lists."
    )
    price_range = strawberry.field(
        resolver=page_resolvers.price_range,
        graphql_type=PriceRange,
        description="What its listed variants cost in the currency asked for where there is such a "
        "price, else in the merchant's own.",
    )
    collections = strawberry.field(
        resolver=collection_resolvers.collections_of_product,
        graphql_type=list[Annotated["Collection", strawberry.lazy("gateway.schema.catalogue")]],
        description="The collections that it is in, in the merchant's order.",
    )
    seo: Seo = strawberry.field(description="What search engines are told.")
    variants = strawberry.field(
        resolver=resolvers.variants,
        graphql_type=list[Variant],
        description="What it comes in.",
    )


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


@strawberry.type(
    description="Products that are shown together: picked by hand, or those that meet a rule."
)
class Collection(Node):
    """A collection."""

    is_type_of = mirrors(collections.Collection)

    handle: str = strawberry.field(description="Its unique name in addresses of pages.")
    title: str = strawberry.field(description="What it is called.")
    description: str = strawberry.field(description="What it is, as plain text.")
    image: Image | None = strawberry.field(description="A picture that stands for it.")
    products = strawberry.field(
        resolver=collection_resolvers.products,
        graphql_type=ProductConnection,
        description="Its products, page by page: those picked by hand in the merchant's order.",
    )


@strawberry.type(description="What came of a change that staff made.")
class VariantPayload(Payload):
    """The answer to a change of a variant."""

    variant = strawberry.field(
        resolver=outcome_value,
        graphql_type=Variant | None,
        description="The variant as it now stands, also where the change was refused; null where "
        "there is none, or for others than staff.",
    )
