"""What the demonstration's pages show, and that drawings are light, safe and described."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.demo.assets import demo_assets
from gateway.adapters.demo.drawings import FOLDER, demo_drawings
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.rules.files import demo_rules
from gateway.adapters.sanitized_html import Nh3HtmlSanitizer
from gateway.engine.catalogue.products import Product
from gateway.services.demo.listings import BUNDLE_LISTING, DEMO_LISTINGS, LAST_LISTINGS
from gateway.services.demo.pages import ALT_TEXTS, DEMO_PAGES
from gateway.services.demo.products import build_demo_catalogue
from gateway.services.demo.seeding import seed_demo_products

LISTINGS = (*DEMO_LISTINGS, BUNDLE_LISTING, *LAST_LISTINGS)
CATALOGUE = build_demo_catalogue(RandomIds(), demo_assets())
SVG = "{http://www.w3.org/2000/svg}"
MAX_DRAWING_BYTES = 4_096


def test_each_product_has_its_page() -> None:
    assert {listing.handle for listing in LISTINGS} == set(DEMO_PAGES)
    for product in CATALOGUE:
        assert Nh3HtmlSanitizer().sanitize(product.description_html) == product.description_html
        assert len(product.description) > 50
        assert product.product_type
        assert product.tags
        assert len(product.seo.description or "") in range(20, 161)
        assert product.images[0].url == demo_drawings()[product.handle].url


def test_options_have_names_and_variants_their_pictures() -> None:
    for product, variants in CATALOGUE.items():
        assert {len(variant.option_values) for variant in variants} == {len(product.option_names)}
        assert len({variant.option_values for variant in variants}) == len(variants)
        for variant in variants:
            assert variant.image is None or variant.image in product.images
    names = {product.option_names for product in CATALOGUE}
    assert names == {(), ("Colour",), ("Length",), ("Weight",), ("Size",), ("Colour", "Size")}


def test_some_are_reduced_and_one_is_sold_out() -> None:
    variants = [variant for those in CATALOGUE.values() for variant in those]
    assert [variant.sku for variant in variants if variant.compare_at_price("USD")] == [
        "PRESS",
        "OIL",
        "SOCKS-MOSS-S",
        "SOCKS-MOSS-M",
        "SOCKS-MOSS-L",
    ]
    assert [variant.sku for variant in variants if not variant.available_for_sale] == [
        "SOCKS-OAT-L"
    ]


def test_each_drawing_is_used_and_described() -> None:
    used_urls = {image.url for product in CATALOGUE for image in product.images}
    assert used_urls == {drawing.url for drawing in demo_drawings().values()}
    assert set(ALT_TEXTS) == set(demo_drawings())
    assert len(set(ALT_TEXTS.values())) == len(ALT_TEXTS)


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.stem)
def test_a_drawing_is_light_and_loads_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text) <= MAX_DRAWING_BYTES
    root = ET.fromstring(text)  # noqa: S314 - the package's own file
    assert root.get("viewBox") == "0 0 640 640"
    assert root.findtext(f"{SVG}title")
    allowed = {"svg", "title", "rect", "circle", "ellipse", "path", "g", "use"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= allowed
    # Its ground fills it whole, so that it looks the same on a light and on a dark page.
    ground = root[1]
    assert (ground.tag, ground.get("width"), ground.get("height")) == (f"{SVG}rect", "640", "640")
    assert set(re.findall(r'(?:href="|url\().', text)) <= {'href="#'}
    assert "style" not in text


async def test_collections_are_picked_and_by_rule(
    database: SqliteDatabase, clock: ManualClock
) -> None:
    await seed_demo_products(
        demo_rules(), demo_assets(), database=database, ids=RandomIds(), clock=clock
    )
    async with database.read() as reading:
        collections = [
            listed.collection for listed in await reading.collections.list_collections(10, None)
        ]
        handles: dict[str, list[str]] = {}
        for collection in collections:
            products = await reading.collections.list_products(collection.id, 50, None)
            handles[collection.handle] = [listed.product.handle for listed in products]
    assert [collection.title for collection in collections] == [
        "A slow morning",
        "Coffee and tea",
        "Gifts",
        "Reduced",
        "Textiles",
    ]
    assert all(collection.image and collection.image.alt_text for collection in collections)
    assert handles["a-slow-morning"] == [
        "breakfast-set",
        "stoneware-mug",
        "french-press-1-litre",
        "house-coffee",
        "green-tea",
        "the-book-of-bread",
    ]
    assert sorted(handles["reduced"]) == [
        "breakfast-set",
        "french-press-1-litre",
        "merino-socks",
        "olive-oil-500-ml",
    ]
    assert sorted(handles["textiles"]) == [
        "canvas-apron",
        "linen-tea-towel",
        "merino-socks",
        "t-shirt",
    ]
    assert len(handles["coffee-and-tea"]) == 7
    assert len(handles["gifts"]) > len(handles["coffee-and-tea"])


def test_prices_before_are_above_prices_now() -> None:
    def is_reduced(product: Product) -> bool:
        return any(variant.compare_at_price("EUR") for variant in CATALOGUE[product])

    reduced = {product.handle for product in CATALOGUE if is_reduced(product)}
    assert reduced == {"french-press-1-litre", "olive-oil-500-ml", "merino-socks"}
