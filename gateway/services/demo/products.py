"""The products of the demonstration shop, built of what is listed and what its pages say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gateway.engine.catalogue.products import (
    BundleComponent,
    Image,
    Product,
    Seo,
    Variant,
)
from gateway.services.demo.listings import (
    BUNDLE_COMPONENTS,
    BUNDLE_LISTING,
    CURRENCIES,
    DEMO_LISTINGS,
    LAST_LISTINGS,
    AmountsByCurrency,
    DemoListing,
    DemoVariant,
)
from gateway.services.demo.pages import ALT_TEXTS, DEMO_PAGES
from gateway.services.ports.html import HtmlSanitizer
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.pictures import StoredPicture

DemoCatalogue: TypeAlias = Mapping[Product, Sequence[Variant]]


@dataclass(frozen=True, slots=True)
class DemoAssets:
    """What the demonstration's pages need: drawings by their titles, and a sanitizer of HTML."""

    drawings: Mapping[str, StoredPicture]
    sanitizer: HtmlSanitizer

    def image(self, title: str) -> Image:
        """The image that shows a drawing."""
        drawing = self.drawings[title]
        return Image(drawing.url, ALT_TEXTS[title], drawing.width, drawing.height)


def build_demo_catalogue(ids: IdGenerator, assets: DemoAssets) -> DemoCatalogue:
    """The demonstration's products with their variants, in the order they are listed in."""
    catalogue = _build_listed(DEMO_LISTINGS, ids, assets)
    by_sku = {variant.sku: variant for variants in catalogue.values() for variant in variants}
    components = tuple(
        BundleComponent(by_sku[sku], count, _prices(amounts))
        for sku, count, amounts in BUNDLE_COMPONENTS
    )
    return {
        **catalogue,
        **_build_listed((BUNDLE_LISTING,), ids, assets, components),
        **_build_listed(LAST_LISTINGS, ids, assets),
    }


def _build_listed(
    listings: Sequence[DemoListing],
    ids: IdGenerator,
    assets: DemoAssets,
    components: tuple[BundleComponent, ...] = (),
) -> dict[Product, tuple[Variant, ...]]:
    products = [(listing, _build_product(listing, ids, assets)) for listing in listings]
    return {
        product: tuple(
            _build_variant(listing, demo_variant, product, ids, assets, components)
            for demo_variant in listing.variants
        )
        for listing, product in products
    }


def _build_product(listing: DemoListing, ids: IdGenerator, assets: DemoAssets) -> Product:
    page = DEMO_PAGES[listing.handle]
    drawings = [listing.handle, *(variant.drawing for variant in listing.variants)]
    return Product(
        ids.new("prd"),
        listing.handle,
        listing.title,
        listing.vendor,
        assets.sanitizer.plain_text(page.html),
        description_html=assets.sanitizer.sanitize(page.html),
        product_type=page.product_type,
        tags=page.tags,
        option_names=listing.option_names,
        images=tuple(assets.image(title) for title in dict.fromkeys(drawings) if title),
        seo=Seo(listing.title, page.seo_description),
    )


def _build_variant(
    listing: DemoListing,
    demo_variant: DemoVariant,
    product: Product,
    ids: IdGenerator,
    assets: DemoAssets,
    components: tuple[BundleComponent, ...],
) -> Variant:
    return Variant(
        id=ids.new("var"),
        product_id=product.id,
        sku=demo_variant.sku,
        title=", ".join((listing.title, *demo_variant.options)),
        prices=_prices(demo_variant.amounts),
        tax_table=demo_variant.tax_table,
        tax_category=listing.category,
        grams=demo_variant.grams,
        tags=demo_variant.tags,
        stock=demo_variant.stock,
        discountable=demo_variant.discountable,
        components=components,
        option_values=demo_variant.options,
        compare_at_prices=_prices(demo_variant.compare_at) if demo_variant.compare_at else None,
        image=assets.image(demo_variant.drawing) if demo_variant.drawing else None,
    )


def _prices(amounts: AmountsByCurrency) -> dict[str, int]:
    return dict(zip(CURRENCIES, amounts, strict=True))
