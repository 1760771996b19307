"""GraphiQL as the gateway serves it: the examples run, nothing violates the policy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.api.serving import start_gateway
from tests.web.conftest import RecordedPage
from tests.web.test_graphiql import open_graphiql, run_operation

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


TAB_NAMES = (
    "Quote",
    "BuyFromACart1Products",
    "BuyByOneClick1RequestCode",
    "GiveAGift1Products",
)


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
    for tab in TAB_NAMES:
        await page.get_by_role("tab", name=tab).click()
        await page.locator(".graphiql-editor-tool textarea").first.focus()
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


async def choose_operation(page: Page, name: str) -> None:
    """Run the operation of this name of the open tab, as the menu beside the play button does."""
    button = page.get_by_role("button", name="Execute query")
    # The editor knows the operations of a tab a moment after it was opened.
    await expect(button).to_have_attribute("aria-haspopup", "menu")
    await button.click()
    await page.get_by_role("menuitem", name=name, exact=True).click()


async def test_signing_in_and_buying_by_one_click_without_a_shell(
    watched: RecordedPage, url: str, screenshots: Path
) -> None:
    """The code comes from the page of sent mails, and what an answer says is carried on."""
    page = await open_graphiql(watched, url)
    await page.get_by_role("tab", name="BuyByOneClick1RequestCode").click()
    notice = page.get_by_role("status").filter(has_text="Carried")
    answer = page.locator(".graphiql-response")
    await choose_operation(page, "BuyByOneClick1RequestCode")
    await expect(notice).to_have_text("Carried into the variables: code.")
    await choose_operation(page, "BuyByOneClick2SignIn")
    await expect(page.get_by_text("Signed in, in all tabs of this window.")).to_be_visible()
    await choose_operation(page, "BuyByOneClick3Mine")
    await expect(notice).to_have_text("Carried into the variables: addressId, paymentMethodId.")
    await choose_operation(page, "BuyByOneClick4Enable")
    await expect(answer).to_contain_text('"enabled": true')
    await choose_operation(page, "BuyByOneClick5Offers")
    await expect(notice).to_contain_text("total, due, oneClickKey.")
    await choose_operation(page, "BuyByOneClick6Click")
    await expect(notice).to_have_text("Carried into the variables: orderId, lineId.")
    await page.screenshot(path=screenshots / "graphiql-one-click.png")
    await choose_operation(page, "BuyByOneClick7Undo")
    await expect(answer).to_contain_text('"status": "CANCELLED"')
    assert watched.complaints == []
