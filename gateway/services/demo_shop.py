"""What the demonstration shop sells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gateway.engine.catalogue import UNLIMITED, Part, Product, Stock, Variant
from gateway.engine.tags import AGE_RESTRICTED, DIGITAL, OVERSIZE
from gateway.services.ports.ids import Ids

Shop: TypeAlias = Mapping[Product, Sequence[Variant]]
Amounts: TypeAlias = tuple[int, int, int, int, int]
"""Minor units in the order of ``CURRENCIES``."""

CURRENCIES = ("USD", "CAD", "EUR", "GBP", "JPY")
VENDOR = "Gateway Demonstration"
FOOD, BOOKS = "food", "books"


@dataclass(frozen=True, slots=True)
class Sold:
    """A variant of the demonstration: what its product's title is followed by, and its terms."""

    sku: str
    amounts: Amounts
    grams: int = 0
    form: str = ""
    stock: Stock = UNLIMITED
    tags: frozenset[str] = frozenset()
    table: str | None = None
    discountable: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """A product of the demonstration."""

    title: str
    sold: tuple[Sold, ...]
    category: str | None = None


def shirt(size: str, available: int) -> Sold:
    """One size of the shirt."""
    return Sold(f"SHIRT-{size}", (2400, 3200, 2600, 2200, 3300), 180, size, Stock(available))


# The first twelve have stock without limit. The prices of the last three currencies include tax.
LISTING = (
    Listed(
        "Stoneware mug",
        (
            Sold("MUG-WHITE", (1400, 1900, 1500, 1300, 2000), 380, "white"),
            Sold("MUG-BLUE", (1400, 1900, 1500, 1300, 2000), 380, "blue"),
            Sold("MUG-GREEN", (1600, 2200, 1700, 1500, 2300), 380, "green"),
        ),
    ),
    Listed("Linen tea towel", (Sold("TOWEL", (1250, 1700, 1350, 1150, 1800), 120),)),
    Listed("French press, 1 litre", (Sold("PRESS", (3900, 5200, 4200, 3600, 5500), 900),)),
    Listed("Pouring kettle", (Sold("KETTLE", (5995, 7995, 6400, 5500, 8500), 1100),)),
    Listed(
        "Canvas apron",
        (
            Sold("APRON-SHORT", (3200, 4300, 3400, 2950, 4500), 400, "short"),
            Sold("APRON-LONG", (3500, 4700, 3700, 3200, 4900), 460, "long"),
        ),
    ),
    Listed("Beeswax candle", (Sold("CANDLE", (999, 1350, 1050, 900, 1400), 210),)),
    Listed("Dotted notebook", (Sold("NOTEBOOK", (1125, 1500, 1200, 1000, 1600), 300),)),
    Listed(
        "House coffee",
        (
            Sold("COFFEE-250", (1100, 1500, 1050, 900, 1500), 250, "250 g"),
            Sold("COFFEE-1000", (3600, 4900, 3400, 2950, 4900), 1000, "1 kg"),
        ),
        FOOD,
    ),
    Listed("Green tea", (Sold("TEA", (875, 1200, 850, 725, 1200), 100),), FOOD),
    Listed("Dark chocolate", (Sold("CHOCOLATE", (450, 600, 430, 375, 620), 100),), FOOD),
    Listed("Olive oil, 500 ml", (Sold("OIL", (1650, 2200, 1550, 1350, 2250), 950),), FOOD),
    Listed("The book of bread", (Sold("BREAD", (2800, 3700, 2600, 2200, 3900), 820),), BOOKS),
    Listed(
        "Brewing at home, e-book",
        (Sold("EBOOK", (999, 1350, 990, 850, 1400), tags=frozenset({DIGITAL})),),
    ),
    Listed("T-shirt", (shirt("S", 40), shirt("M", 60), shirt("L", 25))),
    Listed(
        "Signed print, limited edition",
        (Sold("PRINT", (12000, 16000, 12900, 11000, 17000), 350, stock=Stock(3)),),
    ),
    Listed(
        "Standing desk, made to order",
        (
            Sold(
                "DESK",
                (48900, 65900, 52500, 45000, 69000),
                24_000,
                stock=Stock(0, backorder=True, backorder_days=14),
            ),
        ),
    ),
    Listed(
        "Oak table",
        (
            Sold(
                "TABLE",
                (89900, 121000, 96000, 83000, 127000),
                32_000,
                stock=Stock(12, ships_in_days=3),
                tags=frozenset({OVERSIZE}),
            ),
        ),
    ),
    Listed(
        "Red wine",
        (
            Sold(
                "WINE",
                (1890, 2550, 1990, 1700, 2700),
                1250,
                stock=Stock(48),
                tags=frozenset({AGE_RESTRICTED}),
            ),
        ),
    ),
    Listed(
        "Kettle warranty, two years",
        (
            Sold(
                "WARRANTY",
                (900, 1200, 950, 800, 1300),
                tags=frozenset({DIGITAL}),
                table="warranty",
            ),
        ),
    ),
    Listed(
        "Donation to the food bank",
        (
            Sold(
                "DONATION",
                (500, 700, 500, 400, 700),
                tags=frozenset({DIGITAL}),
                table="exempt",
                discountable=False,
            ),
        ),
    ),
)

BUNDLE = Listed("Breakfast set", (Sold("BREAKFAST", (0, 0, 0, 0, 0), 90),))
PARTS: tuple[tuple[str, int, Amounts], ...] = (
    ("MUG-WHITE", 2, (1200, 1600, 1300, 1100, 1700)),
    ("COFFEE-250", 1, (1000, 1350, 950, 800, 1350)),
    ("CHOCOLATE", 2, (400, 550, 390, 340, 560)),
)
"""What is in the bundle: SKUs, how many, and their unit prices there."""


def demo_shop(ids: Ids) -> Shop:
    """The demonstration's products with their variants, in the order they are listed in."""
    shop = {product: _variants(listed, product, ids) for listed, product in _products(ids)}
    by_sku = {each.sku: each for variants in shop.values() for each in variants}
    bundle = _product(BUNDLE, ids)
    parts = tuple(Part(by_sku[sku], count, _prices(amounts)) for sku, count, amounts in PARTS)
    return {**shop, bundle: _variants(BUNDLE, bundle, ids, parts)}


def _products(ids: Ids) -> list[tuple[Listed, Product]]:
    return [(listed, _product(listed, ids)) for listed in LISTING]


def _product(listed: Listed, ids: Ids) -> Product:
    words = "".join(each if each.isalnum() else " " for each in listed.title.casefold())
    return Product(ids.new("prd"), "-".join(words.split()), listed.title, VENDOR)


def _variants(
    listed: Listed, product: Product, ids: Ids, parts: tuple[Part, ...] = ()
) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            id=ids.new("var"),
            product_id=product.id,
            sku=sold.sku,
            title=f"{listed.title}, {sold.form}" if sold.form else listed.title,
            prices=_prices(sold.amounts),
            tax_table=sold.table,
            tax_category=listed.category,
            grams=sold.grams,
            tags=sold.tags,
            stock=sold.stock,
            discountable=sold.discountable,
            parts=parts,
            options=sold.form,
        )
        for sold in listed.sold
    )


def _prices(amounts: Amounts) -> dict[str, int]:
    return dict(zip(CURRENCIES, amounts, strict=True))
