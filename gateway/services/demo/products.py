"""The products of the demonstration shop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gateway.engine.catalogue.products import (
    UNLIMITED_STOCK,
    BundleComponent,
    Product,
    Stock,
    Variant,
)
from gateway.engine.pricing.tags import AGE_RESTRICTED, DIGITAL, OVERSIZE
from gateway.services.ports.ids import IdGenerator

DemoCatalogue: TypeAlias = Mapping[Product, Sequence[Variant]]
AmountsByCurrency: TypeAlias = tuple[int, int, int, int, int]
"""Minor units in the order of ``CURRENCIES``."""

CURRENCIES = ("USD", "CAD", "EUR", "GBP", "JPY")
VENDOR = "Gateway Demonstration"
FOOD, BOOKS = "food", "books"


@dataclass(frozen=True, slots=True)
class DemoVariant:
    """A variant of the demonstration; ``option`` is the end of its title."""

    sku: str
    amounts: AmountsByCurrency
    grams: int = 0
    option: str = ""
    stock: Stock = UNLIMITED_STOCK
    tags: frozenset[str] = frozenset()
    tax_table: str | None = None
    discountable: bool = True


@dataclass(frozen=True, slots=True)
class DemoListing:
    """A product of the demonstration."""

    title: str
    variants: tuple[DemoVariant, ...]
    category: str | None = None


def shirt_variant(size: str, available: int) -> DemoVariant:
    """One size of the shirt."""
    return DemoVariant(f"SHIRT-{size}", (2400, 3200, 2600, 2200, 3300), 180, size, Stock(available))


# The first twelve have unlimited stock. The prices of the last three currencies include tax.
DEMO_LISTINGS = (
    DemoListing(
        "Stoneware mug",
        (
            DemoVariant("MUG-WHITE", (1400, 1900, 1500, 1300, 2000), 380, "white"),
            DemoVariant("MUG-BLUE", (1400, 1900, 1500, 1300, 2000), 380, "blue"),
            DemoVariant("MUG-GREEN", (1600, 2200, 1700, 1500, 2300), 380, "green"),
        ),
    ),
    DemoListing("Linen tea towel", (DemoVariant("TOWEL", (1250, 1700, 1350, 1150, 1800), 120),)),
    DemoListing(
        "French press, 1 litre", (DemoVariant("PRESS", (3900, 5200, 4200, 3600, 5500), 900),)
    ),
    DemoListing("Pouring kettle", (DemoVariant("KETTLE", (5995, 7995, 6400, 5500, 8500), 1100),)),
    DemoListing(
        "Canvas apron",
        (
            DemoVariant("APRON-SHORT", (3200, 4300, 3400, 2950, 4500), 400, "short"),
            DemoVariant("APRON-LONG", (3500, 4700, 3700, 3200, 4900), 460, "long"),
        ),
    ),
    DemoListing("Beeswax candle", (DemoVariant("CANDLE", (999, 1350, 1050, 900, 1400), 210),)),
    DemoListing("Dotted notebook", (DemoVariant("NOTEBOOK", (1125, 1500, 1200, 1000, 1600), 300),)),
    DemoListing(
        "House coffee",
        (
            DemoVariant("COFFEE-250", (1100, 1500, 1050, 900, 1500), 250, "250 g"),
            DemoVariant("COFFEE-1000", (3600, 4900, 3400, 2950, 4900), 1000, "1 kg"),
        ),
        FOOD,
    ),
    DemoListing("Green tea", (DemoVariant("TEA", (875, 1200, 850, 725, 1200), 100),), FOOD),
    DemoListing(
        "Dark chocolate", (DemoVariant("CHOCOLATE", (450, 600, 430, 375, 620), 100),), FOOD
    ),
    DemoListing(
        "Olive oil, 500 ml", (DemoVariant("OIL", (1650, 2200, 1550, 1350, 2250), 950),), FOOD
    ),
    DemoListing(
        "The book of bread", (DemoVariant("BREAD", (2800, 3700, 2600, 2200, 3900), 820),), BOOKS
    ),
    DemoListing(
        "Brewing at home, e-book",
        (DemoVariant("EBOOK", (999, 1350, 990, 850, 1400), tags=frozenset({DIGITAL})),),
    ),
    DemoListing(
        "T-shirt", (shirt_variant("S", 40), shirt_variant("M", 60), shirt_variant("L", 25))
    ),
    DemoListing(
        "Signed print, limited edition",
        (DemoVariant("PRINT", (12000, 16000, 12900, 11000, 17000), 350, stock=Stock(3)),),
    ),
    DemoListing(
        "Standing desk, made to order",
        (
            DemoVariant(
                "DESK",
                (48900, 65900, 52500, 45000, 69000),
                24_000,
                stock=Stock(0, backorder=True, backorder_days=14),
            ),
        ),
    ),
    DemoListing(
        "Oak table",
        (
            DemoVariant(
                "TABLE",
                (89900, 121000, 96000, 83000, 127000),
                32_000,
                stock=Stock(12, ships_in_days=3),
                tags=frozenset({OVERSIZE}),
            ),
        ),
    ),
    DemoListing(
        "Red wine",
        (
            DemoVariant(
                "WINE",
                (1890, 2550, 1990, 1700, 2700),
                1250,
                stock=Stock(48),
                tags=frozenset({AGE_RESTRICTED}),
            ),
        ),
    ),
    DemoListing(
        "Kettle warranty, two years",
        (
            DemoVariant(
                "WARRANTY",
                (900, 1200, 950, 800, 1300),
                tags=frozenset({DIGITAL}),
                tax_table="warranty",
            ),
        ),
    ),
    DemoListing(
        "Donation to the food bank",
        (
            DemoVariant(
                "DONATION",
                (500, 700, 500, 400, 700),
                tags=frozenset({DIGITAL}),
                tax_table="exempt",
                discountable=False,
            ),
        ),
    ),
)

BUNDLE_LISTING = DemoListing("Breakfast set", (DemoVariant("BREAKFAST", (0, 0, 0, 0, 0), 90),))
BUNDLE_COMPONENTS: tuple[tuple[str, int, AmountsByCurrency], ...] = (
    ("MUG-WHITE", 2, (1200, 1600, 1300, 1100, 1700)),
    ("COFFEE-250", 1, (1000, 1350, 950, 800, 1350)),
    ("CHOCOLATE", 2, (400, 550, 390, 340, 560)),
)
"""The components of the bundle: SKUs, quantities, and unit prices in the bundle."""


def build_demo_catalogue(ids: IdGenerator) -> DemoCatalogue:
    """The demonstration's products with their variants, in the order they are listed in."""
    catalogue = {
        product: _build_variants(listing, product, ids) for listing, product in _build_products(ids)
    }
    by_sku = {variant.sku: variant for variants in catalogue.values() for variant in variants}
    bundle = _build_product(BUNDLE_LISTING, ids)
    components = tuple(
        BundleComponent(by_sku[sku], count, _prices(amounts))
        for sku, count, amounts in BUNDLE_COMPONENTS
    )
    return {**catalogue, bundle: _build_variants(BUNDLE_LISTING, bundle, ids, components)}


def _build_products(ids: IdGenerator) -> list[tuple[DemoListing, Product]]:
    return [(listing, _build_product(listing, ids)) for listing in DEMO_LISTINGS]


def _build_product(listing: DemoListing, ids: IdGenerator) -> Product:
    words = "".join(
        character if character.isalnum() else " " for character in listing.title.casefold()
    )
    return Product(ids.new("prd"), "-".join(words.split()), listing.title, VENDOR)


def _build_variants(
    listing: DemoListing,
    product: Product,
    ids: IdGenerator,
    components: tuple[BundleComponent, ...] = (),
) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            id=ids.new("var"),
            product_id=product.id,
            sku=demo_variant.sku,
            title=f"{listing.title}, {demo_variant.option}"
            if demo_variant.option
            else listing.title,
            prices=_prices(demo_variant.amounts),
            tax_table=demo_variant.tax_table,
            tax_category=listing.category,
            grams=demo_variant.grams,
            tags=demo_variant.tags,
            stock=demo_variant.stock,
            discountable=demo_variant.discountable,
            components=components,
            option_values=(demo_variant.option,) if demo_variant.option else (),
        )
        for demo_variant in listing.variants
    )


def _prices(amounts: AmountsByCurrency) -> dict[str, int]:
    return dict(zip(CURRENCIES, amounts, strict=True))
