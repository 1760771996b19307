"""The recipient's page and the shop at a gateway that executes nothing but registered documents."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from gateway.transport.static_pages import page_operations
from tests.api.serving import start_gateway
from tests.gifts.real_shop import CREATE, MUG, RealShop, open_real_shop
from tests.web.conftest import RecordedPage
from tests.web.storefront import Visitor, add_to_cart
from tests.web.test_gift_page import button, fill, heading

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def shop(tmp_path: Path) -> AsyncIterator[RealShop]:
    """A shop whose merchant registered what the giver's application sends, and nothing else."""
    registry = tmp_path / "operations.json"
    texts = {sha256(text.encode()).hexdigest(): text for text in (MUG, CREATE)}
    registry.write_text(json.dumps(texts))
    with ExitStack() as stack:
        starting = start_gateway(
            tmp_path,
            GATEWAY_TRUSTED_DOCUMENTS="only",
            GATEWAY_TRUSTED_DOCUMENTS_FILE=str(registry),
        )
        served = await asyncio.to_thread(stack.enter_context, starting)
        yield await asyncio.to_thread(open_real_shop, served)


async def test_the_page_works_where_only_registered_documents_do(
    shop: RealShop, watched: RecordedPage
) -> None:
    refused = (await shop.execute("{ viewer { __typename } }")).json()
    assert refused["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_REQUIRED"
    operations = page_operations()
    assert len(operations) >= 9
    for text in operations.values():
        assert "PERSISTED" not in (await shop.execute(text)).text
    await shop.create_gift("robin@example.com")
    page = watched.page
    await page.goto(await shop.wait_for_link("robin@example.com"))
    await button(page, "Accept this gift").click()
    await page.get_by_label("Country or territory").select_option("US")
    await fill(page)
    await button(page, "Send it to this address").click()
    await expect(page.get_by_text("Accepted. Thank you")).to_be_visible()
    await button(page, "Decline").click()
    await button(page, "Decline the gift").click()
    await expect(heading(page, "You declined this gift")).to_be_visible()
    await button(page, "Delete what you know about me").click()
    await button(page, "Delete my data").click()
    await expect(heading(page, "Your data is being deleted.")).to_be_visible()
    assert watched.complaints == []


# R116
async def test_the_shop_works_where_only_registered_documents_do(
    shop: RealShop, watched: RecordedPage
) -> None:
    visitor = Visitor(shop, watched.page.context, watched)
    page = await visitor.open()
    await page.get_by_label("Sort").select_option("TITLE")
    await expect(page.locator(".grid h2").first).to_have_text("Beeswax candle")
    await page.get_by_role("link", name="Beeswax candle").click()
    await expect(heading(page, "Beeswax candle")).to_be_visible()
    await add_to_cart(page)
    await page.get_by_role("dialog").get_by_role("button", name="One more").click()
    await expect(page.locator(".line-price")).to_contain_text("$19.98")
    await page.get_by_role("button", name="Remove Beeswax candle").click()
    await expect(page.get_by_text("There is nothing in it yet.")).to_be_visible()
    visitor.assert_nothing_foreign()
