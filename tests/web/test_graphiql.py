"""GraphiQL as developers meet it: our own files, under a strict policy, with subscriptions."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from starlette.applications import Starlette

from gateway.transport.endpoint import GraphQLEndpoint
from gateway.transport.static_pages import graphiql_page, page_routes
from tests.transport.toy_schema import RecordingObserver, ToyCallers, schema
from tests.web.conftest import RecordedPage, serve_app

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def url() -> AsyncIterator[str]:
    """The real endpoint with the toy schema and the built GraphiQL."""
    endpoint = GraphQLEndpoint(schema, ToyCallers(), RecordingObserver(), page=graphiql_page())
    app = Starlette(routes=[*endpoint.routes("/graphql"), *page_routes()])
    async with serve_app(app) as address:
        yield f"{address}/graphql"


async def open_graphiql(watched: RecordedPage, url: str) -> Page:
    await watched.page.goto(url)
    await expect(watched.page.locator(".graphiql-editor .view-line").first).to_be_visible()
    return watched.page


async def run_operation(page: Page, operation: str) -> None:
    await page.get_by_role("button", name="New tab").click()
    await page.locator(".graphiql-editor .view-lines").first.click()
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text(operation)
    # GraphiQL reads the operation's name a moment later, and shows nothing of that.
    await page.wait_for_timeout(500)
    await page.keyboard.press("Control+Enter")


async def test_four_flows_wait_in_tabs(watched: RecordedPage, url: str, screenshots: Path) -> None:
    page = await open_graphiql(watched, url)
    await expect(page.get_by_role("tab")).to_contain_text(
        ["Quote", "BuyFromACart1Products", "BuyByOneClick1RequestCode", "GiveAGift1Products"]
    )
    await expect(page.get_by_text("prices a described cart and stores nothing")).to_be_visible()
    await page.screenshot(path=screenshots / "graphiql.png")
    assert watched.complaints == []


async def test_query_docs_and_explorer(watched: RecordedPage, url: str, screenshots: Path) -> None:
    page = await open_graphiql(watched, url)
    await run_operation(page, "{ hello }")
    await expect(page.locator(".graphiql-response")).to_contain_text('"hello": "world"')
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    await expect(page.get_by_text("A GraphQL schema provides a root type")).to_be_visible()
    await page.get_by_role("button", name="Show GraphiQL Explorer").click()
    await expect(page.locator(".graphiql-explorer-root").first).to_be_visible()
    await page.screenshot(path=screenshots / "graphiql-explorer.png")
    assert watched.complaints == []


async def test_subscription_over_graphql_transport_ws(watched: RecordedPage, url: str) -> None:
    page = await open_graphiql(watched, url)
    async with page.expect_websocket() as socket:
        await run_operation(page, "subscription { ticks(count: 3) }")
    assert (await socket.value).url == url.replace("http", "ws")
    await expect(page.locator(".graphiql-response")).to_contain_text('"ticks": 2')
    assert watched.complaints == []


async def test_no_other_host_is_asked(watched: RecordedPage, url: str) -> None:
    page = await open_graphiql(watched, url)
    await run_operation(page, "{ hello }")
    await expect(page.locator(".graphiql-response")).to_contain_text('"hello": "world"')
    host = url.split("/")[2]
    assert {asked.split("/")[2] for asked in watched.asked if asked[:5] != "data:"} == {host}
    assert [asked for asked in watched.asked if ".worker-" in asked] != []
