"""Resolvers of products, variants and prices."""

from collections.abc import Awaitable
from typing import Annotated, TypeAlias

import strawberry

from gateway.engine.catalogue.product_selections import Facet, ProductSort
from gateway.engine.catalogue.products import (
    Image,
    Product,
    ProductOption,
    SelectedOption,
    Variant,
)
from gateway.engine.money import Money
from gateway.engine.pricing.priced_purchase import PricedItem
from gateway.engine.pricing.snapshots import ItemSnapshot
from gateway.engine.text.paragraphs import text_to_html
from gateway.plans import of_context, of_value
from gateway.resolvers.argument_guards import check_bounds, raise_bad_input
from gateway.resolvers.context import Info
from gateway.resolvers.input_readers.product_selections import read_selection
from gateway.resolvers.inputs.products import ProductFilterInput
from gateway.resolvers.pagination import After, First, none_if_unset, report_invalid_page
from gateway.resolvers.product_preloads import preload_products
from gateway.resolvers.scalars import CurrencyCode
from gateway.services.catalogue import browsing, product_lists
from gateway.services.catalogue.product_lists import ProductPage
from gateway.services.ports.pictures import MEDIA_PATH

SortArgument: TypeAlias = Annotated[
    ProductSort | None,
    strawberry.argument(description="The order; absent: RELEVANCE."),
]
FilterArgument: TypeAlias = Annotated[
    ProductFilterInput | None,
    strawberry.argument(description="Conditions of the products; absent: none."),
]


@check_bounds(raise_bad_input)
async def products(
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    query: Annotated[
        str | None,
        strawberry.argument(
            description="Words, each of which begins a word of the title, a SKU, the vendor, type, "
            "a tag, the value of an option or the description, in any order, without regard to "
            "case and accents. The first 16 words count. Absent: all products; words of signs "
            "alone: none."
        ),
    ] = strawberry.UNSET,
    sort: SortArgument = strawberry.UNSET,
    filter: FilterArgument = strawberry.UNSET,
) -> ProductPage:
    """A page of the listed products."""
    dependencies = info.context.dependencies
    with report_invalid_page():
        selection = read_selection(query, sort, filter, dependencies=dependencies)
        page = await product_lists.list_products(
            selection, none_if_unset(first), none_if_unset(after), dependencies=dependencies
        )
    await preload_products([edge.node for edge in page.edges], info)
    return page


async def total_count(root: strawberry.Parent[ProductPage], info: Info) -> int:
    """How many products the list has."""
    return await product_lists.count_products(
        root.selection, dependencies=info.context.dependencies
    )


async def facets(root: strawberry.Parent[ProductPage], info: Info) -> tuple[Facet, ...]:
    """The facets of the list."""
    return await product_lists.list_facets(root.selection, dependencies=info.context.dependencies)


@of_context
def variants(
    root: strawberry.Parent[Product], info: Info
) -> tuple[Variant, ...] | Awaitable[tuple[Variant, ...]]:
    """The product's variants."""
    loader = info.context.product_variants
    return loader.find_loaded(root.id) or loader.load(root.id)


async def options(root: strawberry.Parent[Product], info: Info) -> tuple[ProductOption, ...]:
    """The options of the product, with the values that its variants have."""
    if not root.option_names:
        return ()
    return root.options(await info.context.product_variants.load(root.id))


@of_value
@of_context
def url(root: strawberry.Parent[Image], info: Info) -> str:
    """The address of a picture, which pages of other origins show, too."""
    if root.url.startswith(MEDIA_PATH):
        return info.context.dependencies.policy.public_url + root.url
    return root.url


@of_value
def description_html(root: strawberry.Parent[Product]) -> str:
    """The description as sanitised HTML, made of its text where only that is stored."""
    return root.description_html or text_to_html(root.description)


@of_value
def vendor(root: strawberry.Parent[Product]) -> str | None:
    """The product's vendor, or None."""
    return root.vendor or None


@of_value
def product_type(root: strawberry.Parent[Product]) -> str | None:
    """The product's type in the merchant's words, or None."""
    return root.product_type or None


@of_context
def selected_options(
    root: strawberry.Parent[Variant], info: Info
) -> tuple[SelectedOption, ...] | Awaitable[tuple[SelectedOption, ...]]:
    """The values that the variant has of its product's options."""
    if not root.option_values:
        return ()
    product = info.context.products.find_loaded(root.product_id)
    return product.selected_options(root) if product else _load_selected_options(root, info)


async def _load_selected_options(variant: Variant, info: Info) -> tuple[SelectedOption, ...]:
    product = await info.context.products.load(variant.product_id)
    return product.selected_options(variant) if product else ()


@of_value
def barcode(root: strawberry.Parent[Variant]) -> str | None:
    """The variant's barcode, or None."""
    return root.barcode or None


ShownCurrency: TypeAlias = Annotated[
    CurrencyCode | None,
    strawberry.argument(
        description="The currency; absent, or where it has no such price: the shop's."
    ),
]


@of_value
@of_context
def price(
    root: strawberry.Parent[Variant], info: Info, currency: ShownCurrency = strawberry.UNSET
) -> Money:
    """The price of one in a currency, else in the merchant's own."""
    return browsing.shop_price(root, info.context.dependencies, none_if_unset(currency))


@of_value
@of_context
def compare_at_price(
    root: strawberry.Parent[Variant], info: Info, currency: ShownCurrency = strawberry.UNSET
) -> Money | None:
    """The earlier price of one, in the currency of its price."""
    return browsing.shop_compare_at_price(root, info.context.dependencies, none_if_unset(currency))


async def variant(root: strawberry.Parent[PricedItem | ItemSnapshot], info: Info) -> Variant | None:
    """The variant that a line was bought as."""
    if root.variant_id is None:
        return None
    return await info.context.variants.load(root.variant_id)
