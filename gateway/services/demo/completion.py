"""A demonstration shop of an earlier release, completed by what is new."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.engine.catalogue.products import NO_SEO, Product, Variant
from gateway.services.demo.collections import add_demo_collections
from gateway.services.demo.products import DemoAssets, build_demo_catalogue
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database
from gateway.services.ports.ids import IdGenerator

FORMER_VENDOR = "Gateway Demonstration"
"""The vendor of the products that have no pages yet; one that was changed is somebody's own."""
UNKNOWN_OPTION = "Option"
"""The name that migration 0024 gave to options without one."""


async def complete_demo_products(
    assets: DemoAssets, *, database: Database, ids: IdGenerator, clock: Clock
) -> int:
    """Give the demonstration's products the pages, pictures and collections that they lack.

    What is there stays: only fields that are empty are filled, and stock is left alone. Returns
    the number of products that were completed or added; 0 where there are none to complete.
    """
    demo_catalogue = build_demo_catalogue(ids, assets)
    handles = [product.handle for product in demo_catalogue]
    async with database.begin() as work:
        product_ids = await work.catalogue.find_ids_by_handle(handles)
        await work.catalogue.lock_variants(list(product_ids.values()))
        stored_products = await work.catalogue.load_products(list(product_ids.values()))
        stored_variants = await work.catalogue.list_all_variants(list(product_ids.values()))
        former_products = {
            product.handle: product
            for product in stored_products.values()
            if product.vendor == FORMER_VENDOR
        }
        if not former_products:
            return 0
        changed_products: dict[Product, Sequence[Variant]] = {}
        for demo_product, demo_variants in demo_catalogue.items():
            former_product = former_products.get(demo_product.handle)
            if former_product is not None:
                variants = stored_variants.get(former_product.id, ())
                changed_products[_complete_product(former_product, demo_product)] = (
                    _complete_variants(variants, demo_variants)
                )
            elif demo_product.handle not in product_ids and not _has_components(demo_variants):
                changed_products[demo_product] = demo_variants
        new_variant_ids = {
            variant.id
            for product, variants in changed_products.items()
            if product.handle not in product_ids
            for variant in variants
        }
        await work.catalogue.save(
            changed_products, clock.now(), stocked_variant_ids=new_variant_ids
        )
        await add_demo_collections(assets, work=work, ids=ids)
    return len(changed_products)


def _complete_product(product: Product, demo_product: Product) -> Product:
    names = product.option_names
    return replace(
        product,
        vendor=demo_product.vendor,
        description=product.description or demo_product.description,
        description_html=product.description_html
        or ("" if product.description else demo_product.description_html),
        product_type=product.product_type or demo_product.product_type,
        tags=product.tags or demo_product.tags,
        option_names=demo_product.option_names if set(names) <= {UNKNOWN_OPTION} else names,
        images=product.images or demo_product.images,
        seo=demo_product.seo if product.seo == NO_SEO else product.seo,
    )


def _complete_variants(
    variants: Sequence[Variant], demo_variants: Sequence[Variant]
) -> tuple[Variant, ...]:
    by_sku = {variant.sku: variant for variant in demo_variants}
    return tuple(
        _complete_variant(variant, by_sku[variant.sku]) if variant.sku in by_sku else variant
        for variant in variants
    )


def _complete_variant(variant: Variant, demo_variant: Variant) -> Variant:
    """The variant with its picture, and with an earlier price if its price is as it was."""
    compare_at_prices = variant.compare_at_prices
    if compare_at_prices is None and variant.prices == demo_variant.prices:
        compare_at_prices = demo_variant.compare_at_prices
    return replace(
        variant,
        image=variant.image or demo_variant.image,
        compare_at_prices=compare_at_prices,
    )


def _has_components(variants: Sequence[Variant]) -> bool:
    """Whether the variants are bundles, whose components may be sold no more."""
    return any(variant.components for variant in variants)
