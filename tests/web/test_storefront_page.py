"""The page about building a storefront, from an empty folder: built as it says, and bought with."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Dialog, expect
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from tests.api.serving import RunningGateway, start_gateway
from tests.running import START_TIMEOUT_SECONDS, free_port
from tests.web.conftest import RecordedPage, serve_app

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "building-a-storefront.md").read_text(encoding="utf-8")
FILE = re.compile(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODULES = ROOT / "web" / "node_modules"
SEARCH_PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
BUYER = "ada@example.com"


class Storefront(NamedTuple):
    """The gateway, and the page on an origin of its own."""

    gateway: RunningGateway
    url: str


def write_files(folder: Path) -> None:
    """Write the files that the page shows, and stand what it installs beside them."""
    files = dict(FILE.findall(PAGE))
    assert list(files) == ["index.html", "src/api.ts", "src/operations.ts", "src/main.ts"]
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (folder / "node_modules").symlink_to(MODULES)


def build(folder: Path, gateway_url: str) -> None:
    node = shutil.which("node", path=SEARCH_PATH)
    assert node is not None, "the pages cannot have been built without Node"
    subprocess.run(  # noqa: S603
        [node, str(MODULES / "vite" / "bin" / "vite.js"), "build", "--logLevel", "warn"],
        cwd=folder,
        env={**os.environ, "VITE_GATEWAY": gateway_url},
        check=True,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def storefront(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Storefront]:
    folder = tmp_path_factory.mktemp("storefront")
    write_files(folder)
    port = free_port()
    origin = f"http://localhost:{port}"
    with ExitStack() as stack:
        running = start_gateway(folder, GATEWAY_CORS_ORIGINS=origin)
        gateway = await asyncio.to_thread(stack.enter_context, running)
        await asyncio.to_thread(build, folder, gateway.url)
        pages = Starlette(routes=[Mount("/", StaticFiles(directory=folder / "dist", html=True))])
        async with serve_app(pages, port=port):
            yield Storefront(gateway, origin)


async def test_a_guest_buys_from_a_cart(watched: RecordedPage, storefront: Storefront) -> None:
    page = watched.page
    await page.goto(storefront.url)
    said = page.get_by_role("status")
    await page.get_by_role("button", name="Add to cart").first.click()
    await expect(said).to_have_text("In the cart")
    await page.get_by_role("button", name="Check out").click()
    await expect(said).to_have_text(re.compile(r"^Ordered \S+$"))
    await expect(page.locator("#events li").first).to_contain_text("OPEN")
    assert watched.complaints == []


async def test_a_purchaser_buys_by_one_click_and_stays_known(
    watched: RecordedPage, storefront: Storefront
) -> None:
    page = watched.page
    outbox = storefront.gateway.data / "outbox"

    async def answer(dialog: Dialog) -> None:
        is_code = "code" in dialog.message
        await dialog.accept(await asyncio.to_thread(wait_for_code, outbox) if is_code else BUYER)

    page.on("dialog", answer)
    await page.goto(storefront.url)
    await expect(page.get_by_role("button", name="Add to cart").first).to_be_visible()
    assert await page.get_by_role("button", name="Buy now").count() == 0
    await page.get_by_role("button", name="Sign in").click()
    buy_now = page.get_by_role("button", name=re.compile(r"^Buy now for \$"))
    await expect(buy_now.first).to_be_visible()
    await buy_now.first.click()
    await expect(page.get_by_role("status")).to_have_text(re.compile(r"^Ordered \S+$"))
    await page.reload()
    await buy_now.nth(1).click()
    await expect(page.get_by_role("status")).to_have_text(re.compile(r"^Ordered \S+$"))
    assert watched.complaints == []


def wait_for_code(outbox: Path) -> str:
    """The code of the only sign-in mail, once it was sent."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        for mail in outbox.glob("sign-in-*.eml"):
            code = re.search(r"code is (\d{6})", mail.read_text())
            if code is not None:
                return code[1]
        time.sleep(0.05)
    raise AssertionError("no mail was written")


async def test_an_origin_that_is_not_named_is_refused(
    watched: RecordedPage, storefront: Storefront
) -> None:
    """The page elsewhere reads nothing, as section 1 says."""
    page = watched.page
    await page.goto(storefront.url.replace("localhost", "127.0.0.1"))
    await expect(page.get_by_role("status")).to_contain_text("Failed to fetch")
    assert await page.get_by_role("button", name="Add to cart").count() == 0
