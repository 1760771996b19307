"""The demonstration shop at a real gateway, with more products than one page of a list holds."""

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.api.serving import command_output
from tests.gifts.real_shop import RealShop
from tests.web.recording import RecordedPage, open_recorded_page

SEED_COUNT = 30
WIDTHS = {360: 740, 1280: 860}
"""The heights of screens by their widths, in pixels."""


def import_seeds(shop: RealShop, folder: Path) -> None:
    """Import thirty packets of seeds, each at a price of its own."""
    header = "Handle,Title,Vendor,Type,Tags,Published,Variant SKU,Variant Price"
    rows = (
        f"seeds-{number},Seed packet {number},Green Fingers,Seeds,garden,TRUE,SEED-{number},"
        f"{2 + number / 100:.2f}"
        for number in range(1, SEED_COUNT + 1)
    )
    file = folder / "seeds.csv"
    file.write_text("\n".join((header, *rows)) + "\n")
    command_output(shop.served, "import-products", str(file))


DEEPEST_BOX = 19
"""A bundle holds at most twenty levels of bundles; box 0 is none."""


def import_boxes(shop: RealShop, folder: Path) -> None:
    """Import boxes, all but the first with two of the next smaller one in it."""
    rows = ["box-0,Box 0,TRUE,BOX-0,1.00,"]
    rows += [
        f"box-{number},Box {number},TRUE,BOX-{number},1.00,BOX-{number - 1}*2"
        for number in range(1, DEEPEST_BOX + 1)
    ]
    header = "Handle,Title,Published,Variant SKU,Variant Price,Bundle Parts"
    file = folder / "boxes.csv"
    file.write_text("\n".join((header, *rows)) + "\n")
    command_output(shop.served, "import-products", str(file))


def import_product(shop: RealShop, folder: Path, title: str, *, listed: bool) -> None:
    """Import one product by its title, in lists or in none."""
    file = folder / "product.csv"
    published = "TRUE" if listed else "FALSE"
    file.write_text(
        "Handle,Title,Published,Variant SKU,Variant Price\n"
        f"{title.lower()},{title},{published},{title.upper()},3.00\n"
    )
    command_output(shop.served, "import-products", str(file))


def import_hampers(shop: RealShop, folder: Path) -> None:
    """Import a small hamper, and a large one with bundles and with what is in no list in it."""
    rows = (
        "Handle,Title,Published,Option1 Name,Option1 Value,Variant SKU,Variant Price,Bundle Parts",
        "ribbon,Velvet ribbon,FALSE,,,RIBBON,1.00,",
        "hamper,Picnic hamper,TRUE,Size,small,HAMPER-S,5.00,COFFEE-250@8",
        "hamper,,,,large,HAMPER-L,5.00,BREAKFAST*2@1; HAMPER-S*2@2; RIBBON@0",
    )
    file = folder / "hampers.csv"
    file.write_text("\n".join(rows) + "\n")
    command_output(shop.served, "import-products", str(file))


@dataclass(frozen=True)
class Visitor:
    """Somebody who visits the shop with a browser of their own."""

    shop: RealShop
    context: BrowserContext
    watched: RecordedPage

    @property
    def page(self) -> Page:
        """The page they look at."""
        return self.watched.page

    async def open(self, path: str = "") -> Page:
        """The shop at ``path``, once its heading is there."""
        await self.page.goto(f"{self.shop.served.url}/shop{path}")
        await expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        return self.page

    def assert_nothing_foreign(self) -> None:
        """Nothing was asked of another host, and the browser complained of nothing."""
        host = self.shop.served.url.split("/")[2]
        assert {url.split("/")[2] for url in self.watched.asked} == {host}
        assert self.watched.complaints == []

    def operations(self) -> int:
        """How many requests went to the API."""
        return sum(url.endswith("/graphql") for url in self.watched.asked)


async def visit(browser: Browser, shop: RealShop, width: int, *, dark: bool = False) -> Visitor:
    """A visitor with a screen ``width`` pixels wide."""
    context = await browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        locale="en-US",
        reduced_motion="reduce",
        color_scheme="dark" if dark else "light",
    )
    return Visitor(shop, context, await open_recorded_page(context))


async def add_to_cart(page: Page) -> None:
    """Press the button of a product's page; the cart opens."""
    await page.get_by_role("button", name="Add to cart", exact=True).click()
    await expect(page.get_by_role("dialog", name="Your cart")).to_be_visible()


async def set_destination(page: Page, postal_code: str = "94043") -> None:
    """Say in the open cart that it goes to California."""
    await page.get_by_label("Country or territory").select_option("US")
    await page.get_by_label("State").select_option("CA")
    await page.get_by_label("ZIP code").fill(postal_code)
    await page.get_by_role("button", name="Show shipping and tax").click()


def amount(text: str) -> int:
    """The minor units of an amount in US dollars: -480 of ``-$4.80``."""
    sign = -1 if text.startswith("-") else 1
    return sign * int(re.sub(r"[^0-9]", "", text))
