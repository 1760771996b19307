"""A browser, and the built pages behind a fake gateway."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, async_playwright
from starlette.applications import Starlette

from gateway.transport.static_pages import PAGES_FOLDER
from tests.demands import skip_or_fail
from tests.web.fake_gateway import TOKEN, FakeGateway
from tests.web.fake_orders import ORDER_TOKEN
from tests.web.paid_shop import paid_shop
from tests.web.recording import PAGE_TIMEOUT_MS, RecordedPage, open_recorded_page
from tests.web.shop_fixtures import phone, shop, visitor

__all__ = [
    "PAGE_TIMEOUT_MS",
    "RecordedPage",
    "open_recorded_page",
    "paid_shop",
    "phone",
    "shop",
    "visitor",
]

CHROMIUM = os.environ.get("GATEWAY_TEST_CHROMIUM") or shutil.which("chromium")
# A headless browser in a container: no sandbox, no graphics card, no calls home.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Headless Chromium."""
    if CHROMIUM is None:
        skip_or_fail("chromium", "no program of that name")
    if not (PAGES_FOLDER / "gift.html").is_file():
        skip_or_fail("chromium", "nothing to show: run `make web`")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield launched
        await launched.close()


@dataclass(frozen=True)
class Site:
    """The fake gateway and where it listens."""

    gateway: FakeGateway
    url: str

    @property
    def link(self) -> str:
        """The link in the recipient's message."""
        return f"{self.url}/gift#{TOKEN}"

    @property
    def order_link(self) -> str:
        """The link in the mail about a guest's order."""
        return f"{self.url}/order#{ORDER_TOKEN}"


@asynccontextmanager
async def serve_app(app: Starlette, port: int = 0) -> AsyncIterator[str]:
    """``app`` on ``port``, else on a free one; gives its address."""
    # Listening before the server starts, so that an early request waits instead of failing.
    listening = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve([listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[Site]:
    """A fresh fake gateway."""
    gateway = FakeGateway()
    async with serve_app(gateway.app()) as url:
        yield Site(gateway, url)


@pytest_asyncio.fixture(loop_scope="session")
async def watched(browser: Browser) -> AsyncIterator[RecordedPage]:
    """A page on a desk: a new profile, American English."""
    context = await browser.new_context(locale="en-US", reduced_motion="reduce")
    yield await open_recorded_page(context)
    await context.close()


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Where pictures go: GATEWAY_TEST_SCREENSHOTS, or away."""
    folder = Path(os.environ.get("GATEWAY_TEST_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
