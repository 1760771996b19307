"""Pictures over GraphQL: their addresses are whole, and lead to what is shown."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from gateway.settings import Settings
from tests.api.house import ANONYMOUS, InProcessGateway, open_gateway

PAGE = """
query Page($handle: String!) {
  product(handle: $handle) {
    descriptionHtml
    description
    options { name values }
    images { url altText width height }
    featuredImage { url }
    variants { sku image { url altText } selectedOptions { name value } }
    collections { handle image { url altText } }
  }
}
"""
PUBLIC_URL = "http://shop.example:8080/below"


@pytest.fixture
async def shop(demo_folder: Path) -> AsyncIterator[InProcessGateway]:
    settings = Settings(data_dir=demo_folder, public_url=PUBLIC_URL)
    async with open_gateway(settings) as gateway:
        yield gateway


async def test_the_page_of_a_product_shows_its_pictures(shop: InProcessGateway) -> None:
    product = (await shop.execute_for_data(ANONYMOUS, PAGE, handle="stoneware-mug"))["product"]
    assert [image["altText"] for image in product["images"]] == [
        "A stoneware mug glazed in white",
        "A stoneware mug glazed in blue",
        "A stoneware mug glazed in green",
    ]
    assert {(image["width"], image["height"]) for image in product["images"]} == {(640, 640)}
    assert product["featuredImage"]["url"] == product["images"][0]["url"]
    assert [variant["image"] for variant in product["variants"]] == [
        None,
        {key: product["images"][1][key] for key in ("url", "altText")},
        {key: product["images"][2][key] for key in ("url", "altText")},
    ]
    assert product["options"] == [{"name": "Colour", "values": ["white", "blue", "green"]}]
    assert product["descriptionHtml"].startswith("<p>A mug that sits well in both hands.")
    assert product["description"].endswith("Made of: stoneware, fired at 1,240 °C")
    assert [each["handle"] for each in product["collections"]] == [
        "a-slow-morning",
        "coffee-and-tea",
        "gifts",
    ]
    addresses = [image["url"] for image in product["images"]]
    addresses += [each["image"]["url"] for each in product["collections"]]
    transport = httpx.ASGITransport(shop.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for address in addresses:
            assert address.startswith(f"{PUBLIC_URL}/media/")
            answer = await client.get(address.removeprefix(PUBLIC_URL))
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")


async def test_addresses_elsewhere_stay_and_old_texts_are_html(shop: InProcessGateway) -> None:
    shop.execute_sql(
        "UPDATE products SET images = ?, description_html = '', description = ? WHERE handle = ?",
        '[["https://cdn.example/mug.png",null,null,null]]',
        "Two lines,\n<b>of text</b>.",
        "stoneware-mug",
    )
    product = (await shop.execute_for_data(ANONYMOUS, PAGE, handle="stoneware-mug"))["product"]
    assert product["images"] == [
        {"url": "https://cdn.example/mug.png", "altText": None, "width": None, "height": None}
    ]
    assert product["descriptionHtml"] == ("<p>Two lines,</p><p>&lt;b&gt;of text&lt;/b&gt;.</p>")
