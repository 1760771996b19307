"""A browser, and the built pages behind a fake gateway."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from starlette.applications import Starlette

from gateway.transport.static_pages import PAGES_FOLDER
from tests.demands import skip_or_fail
from tests.web.fake_gateway import TOKEN, FakeGateway
from tests.web.fake_orders import ORDER_TOKEN

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

# Generous: a busy machine draws slowly.
PAGE_TIMEOUT_MS = 20_000
expect.set_options(timeout=PAGE_TIMEOUT_MS)


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
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[Site]:
    """A fresh fake gateway."""
    gateway = FakeGateway()
    async with serve_app(gateway.app()) as url:
        yield Site(gateway, url)


@dataclass(frozen=True)
class RecordedPage:
    """A page, every address it asked for, and what the browser complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


async def open_recorded_page(context: BrowserContext) -> RecordedPage:
    """A new page, watched."""
    page = await context.new_page()
    page.set_default_timeout(PAGE_TIMEOUT_MS)
    watched = RecordedPage(page)
    page.on("request", lambda request: watched.asked.append(request.url))
    page.on("websocket", lambda socket: watched.asked.append(socket.url))
    page.on("pageerror", lambda problem: watched.complaints.append(str(problem)))
    page.on(
        "console",
        lambda line: watched.complaints.append(line.text) if line.type == "error" else None,
    )
    return watched


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
