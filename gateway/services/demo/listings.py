"""What the demonstration shop lists: titles, variants, prices and stock."""

from dataclasses import dataclass
from typing import TypeAlias

from gateway.engine.catalogue.products import UNLIMITED_STOCK, Stock
from gateway.engine.pricing.tags import AGE_RESTRICTED, DIGITAL, OVERSIZE

AmountsByCurrency: TypeAlias = tuple[int, int, int, int, int]
"""Minor units in the order of ``CURRENCIES``."""

CURRENCIES = ("USD", "CAD", "EUR", "GBP", "JPY")
POTTERY, TEXTILES, KITCHEN = "Gateway Pottery", "Gateway Textiles", "Gateway Kitchen"
PANTRY, PRESS, FURNITURE = "Gateway Pantry", "Gateway Press", "Gateway Furniture"
FOOD, BOOKS = "food", "books"


@dataclass(frozen=True, slots=True)
class DemoVariant:
    """A variant of the demonstration; ``options`` are the end of its title.

    ``drawing`` is the title of its own picture; empty if the product's shows it.
    """

    sku: str
    amounts: AmountsByCurrency
    grams: int = 0
    options: tuple[str, ...] = ()
    stock: Stock = UNLIMITED_STOCK
    tags: frozenset[str] = frozenset()
    tax_table: str | None = None
    discountable: bool = True
    drawing: str = ""
    compare_at: AmountsByCurrency | None = None


@dataclass(frozen=True, slots=True)
class DemoListing:
    """A product of the demonstration; ``vendor`` and ``category`` are the merchant's words."""

    title: str
    vendor: str
    variants: tuple[DemoVariant, ...]
    category: str | None = None
    option_names: tuple[str, ...] = ()

    @property
    def handle(self) -> str:
        """The handle of the product, which its page and its drawing have, too."""
        words = "".join(
            character if character.isalnum() else " " for character in self.title.casefold()
        )
        return "-".join(words.split())


def _shirt_variant(size: str, available: int) -> DemoVariant:
    amounts = (2400, 3200, 2600, 2200, 3300)
    return DemoVariant(f"SHIRT-{size}", amounts, 180, (size,), Stock(available))


def _sock_variant(colour: str, size: str, available: int) -> DemoVariant:
    """A pair of socks; those the colour of moss are reduced."""
    is_moss = colour == "moss"
    return DemoVariant(
        f"SOCKS-{colour.upper()}-{size}",
        (1800, 2400, 1950, 1650, 2500),
        80,
        (colour, size),
        Stock(available),
        drawing="merino-socks-moss" if is_moss else "",
        compare_at=(2200, 2950, 2400, 2000, 3100) if is_moss else None,
    )


# The first twelve have unlimited stock. The prices of the last three currencies include tax.
DEMO_LISTINGS = (
    DemoListing(
        "Stoneware mug",
        POTTERY,
        (
            DemoVariant("MUG-WHITE", (1400, 1900, 1500, 1300, 2000), 380, ("white",)),
            DemoVariant(
                "MUG-BLUE",
                (1400, 1900, 1500, 1300, 2000),
                380,
                ("blue",),
                drawing="stoneware-mug-blue",
            ),
            DemoVariant(
                "MUG-GREEN",
                (1600, 2200, 1700, 1500, 2300),
                380,
                ("green",),
                drawing="stoneware-mug-green",
            ),
        ),
        option_names=("Colour",),
    ),
    DemoListing(
        "Linen tea towel", TEXTILES, (DemoVariant("TOWEL", (1250, 1700, 1350, 1150, 1800), 120),)
    ),
    DemoListing(
        "French press, 1 litre",
        KITCHEN,
        (
            DemoVariant(
                "PRESS",
                (3900, 5200, 4200, 3600, 5500),
                900,
                compare_at=(4500, 6000, 4900, 4200, 6400),
            ),
        ),
    ),
    DemoListing(
        "Pouring kettle", KITCHEN, (DemoVariant("KETTLE", (5995, 7995, 6400, 5500, 8500), 1100),)
    ),
    DemoListing(
        "Canvas apron",
        TEXTILES,
        (
            DemoVariant("APRON-SHORT", (3200, 4300, 3400, 2950, 4500), 400, ("short",)),
            DemoVariant(
                "APRON-LONG",
                (3500, 4700, 3700, 3200, 4900),
                460,
                ("long",),
                drawing="canvas-apron-long",
            ),
        ),
        option_names=("Length",),
    ),
    DemoListing(
        "Beeswax candle", KITCHEN, (DemoVariant("CANDLE", (999, 1350, 1050, 900, 1400), 210),)
    ),
    DemoListing(
        "Dotted notebook", PRESS, (DemoVariant("NOTEBOOK", (1125, 1500, 1200, 1000, 1600), 300),)
    ),
    DemoListing(
        "House coffee",
        PANTRY,
        (
            DemoVariant("COFFEE-250", (1100, 1500, 1050, 900, 1500), 250, ("250 g",)),
            DemoVariant(
                "COFFEE-1000",
                (3600, 4900, 3400, 2950, 4900),
                1000,
                ("1 kg",),
                drawing="house-coffee-1-kg",
            ),
        ),
        FOOD,
        option_names=("Weight",),
    ),
    DemoListing("Green tea", PANTRY, (DemoVariant("TEA", (875, 1200, 850, 725, 1200), 100),), FOOD),
    DemoListing(
        "Dark chocolate", PANTRY, (DemoVariant("CHOCOLATE", (450, 600, 430, 375, 620), 100),), FOOD
    ),
    DemoListing(
        "Olive oil, 500 ml",
        PANTRY,
        (
            DemoVariant(
                "OIL",
                (1650, 2200, 1550, 1350, 2250),
                950,
                compare_at=(1900, 2550, 1800, 1550, 2600),
            ),
        ),
        FOOD,
    ),
    DemoListing(
        "The book of bread",
        PRESS,
        (DemoVariant("BREAD", (2800, 3700, 2600, 2200, 3900), 820),),
        BOOKS,
    ),
    DemoListing(
        "Brewing at home, e-book",
        PRESS,
        (DemoVariant("EBOOK", (999, 1350, 990, 850, 1400), tags=frozenset({DIGITAL})),),
    ),
    DemoListing(
        "T-shirt",
        TEXTILES,
        (_shirt_variant("S", 40), _shirt_variant("M", 60), _shirt_variant("L", 25)),
        option_names=("Size",),
    ),
    DemoListing(
        "Signed print, limited edition",
        PRESS,
        (DemoVariant("PRINT", (12000, 16000, 12900, 11000, 17000), 350, stock=Stock(3)),),
    ),
    DemoListing(
        "Standing desk, made to order",
        FURNITURE,
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
        FURNITURE,
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
        PANTRY,
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
        KITCHEN,
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
        PANTRY,
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

BUNDLE_LISTING = DemoListing(
    "Breakfast set", KITCHEN, (DemoVariant("BREAKFAST", (0, 0, 0, 0, 0), 90),)
)
BUNDLE_COMPONENTS: tuple[tuple[str, int, AmountsByCurrency], ...] = (
    ("MUG-WHITE", 2, (1200, 1600, 1300, 1100, 1700)),
    ("COFFEE-250", 1, (1000, 1350, 950, 800, 1350)),
    ("CHOCOLATE", 2, (400, 550, 390, 340, 560)),
)
"""The components of the bundle: SKUs, quantities, and unit prices in the bundle."""

LAST_LISTINGS = (
    DemoListing(
        "Merino socks",
        TEXTILES,
        tuple(
            _sock_variant(colour, size, available)
            for colour in ("oat", "moss")
            for size, available in (("S", 24), ("M", 36), ("L", 0 if colour == "oat" else 18))
        ),
        option_names=("Colour", "Size"),
    ),
)
"""What is listed after the bundle: SOCKS-OAT-L is sold out."""
