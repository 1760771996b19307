"""A page of a browser, with what it asked for and complained of."""

from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, Page, expect

# Generous: a busy machine draws slowly.
PAGE_TIMEOUT_MS = 20_000
expect.set_options(timeout=PAGE_TIMEOUT_MS)


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
