"""GraphiQL as the gateway serves it: the examples run, nothing violates the policy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.api.serving import start_gateway
from tests.web.conftest import RecordedPage
from tests.web.test_graphiql import open_graphiql, run_operation

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    folder = tmp_path_factory.mktemp("graphiql")
    with ExitStack() as stack:
        running = start_gateway(folder, GATEWAY_FAULTS="1")
        served = await asyncio.to_thread(stack.enter_context, running)
        yield served.graphql


async def test_the_quote_tab_runs_as_it_opens(
    watched: RecordedPage, url: str, screenshots: Path
) -> None:
    page = await open_graphiql(watched, url)
    await page.get_by_role("button", name="Execute query").click()
    answer = page.locator(".graphiql-response")
    await expect(answer).to_contain_text('"formatted": "$22.50"')
    await expect(answer).not_to_contain_text('"errors"')
    await page.screenshot(path=screenshots / "graphiql-gateway-quote.png")
    assert watched.complaints == []


async def test_nothing_of_an_example_is_underlined(watched: RecordedPage, url: str) -> None:
    """What is wrong is: fields with a default may be left out, unknown ones may not be there."""
    page = await open_graphiql(watched, url)
    wrong = page.locator(".graphiql-editor-tool .squiggly-error")
    for tab in ("Quote", "Buy1Products", "Give1Presents"):
        await page.get_by_role("tab", name=tab).click()
        await page.locator(".graphiql-editor-tool .view-lines").first.click()
        await page.keyboard.press("Control+End")
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("End")
        await page.keyboard.insert_text(', "unknown": 1')
        await expect(wrong).to_have_count(1)
    assert watched.complaints == []


async def test_a_subscription_runs_over_websocket(
    watched: RecordedPage, url: str, screenshots: Path
) -> None:
    page = await open_graphiql(watched, url)
    async with page.expect_websocket() as socket:
        await run_operation(page, "subscription { ticks(count: 3, everyMs: 10) }")
    assert (await socket.value).url == url.replace("http", "ws")
    await expect(page.locator(".graphiql-response")).to_contain_text('"ticks": 2')
    await page.screenshot(path=screenshots / "graphiql-gateway-subscription.png")
    assert watched.complaints == []
    host = url.split("/")[2]
    assert {asked.split("/")[2] for asked in watched.asked if asked[:5] != "data:"} == {host}
