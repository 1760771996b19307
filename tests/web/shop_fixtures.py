"""The demonstration shop of a module's tests, and who visits it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.api.serving import start_gateway
from tests.gifts.real_shop import RealShop, open_real_shop
from tests.web import shop_visitor, storefront


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealShop]:
    """`gateway serve` with the demonstration shop."""
    with ExitStack() as stack:
        starting = start_gateway(tmp_path_factory.mktemp("shop"))
        served = await asyncio.to_thread(stack.enter_context, starting)
        yield await asyncio.to_thread(open_real_shop, served)


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser, shop: RealShop) -> AsyncIterator[shop_visitor.Visitor]:
    """Somebody on a small telephone, by touch."""
    async with shop_visitor.visit(browser, shop) as visitor:
        yield visitor


@pytest_asyncio.fixture(loop_scope="session", params=list(storefront.WIDTHS))
async def visitor(
    browser: Browser, shop: RealShop, request: pytest.FixtureRequest
) -> AsyncIterator[storefront.Visitor]:
    """A visitor with a small telephone, and one at a desk."""
    somebody = await storefront.visit(browser, shop, request.param)
    yield somebody
    somebody.assert_nothing_foreign()
    await somebody.context.close()
