"""The demonstration shop paid at Stripe: a real gateway, the peer, and a browser for both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Error, Route, ViewportSize

from tests.api.serving import start_gateway
from tests.gifts.real_shop import RealShop
from tests.stripe_peer.fixtures import StripeAccount, StripePeer
from tests.web.shop_visitor import PHONE, Hands, Visitor, visit

STRIPE_HOSTS = "https://*.stripe.com/**"
SCRIPT_PATH = "/stripe.js"


@dataclass(frozen=True)
class PaidShop:
    """The shop, and its account at the peer."""

    shop: RealShop
    account: StripeAccount

    @property
    def url(self) -> str:
        return self.shop.served.url

    def intent_states(self) -> list[str]:
        """The states of all payments so far, the earliest first."""
        return [str(intent["status"]) for intent in self.account.list_intents()]

    @asynccontextmanager
    async def visit(
        self, browser: Browser, size: ViewportSize = PHONE, hands: Hands = "mouse"
    ) -> AsyncIterator[Visitor]:
        """Somebody on a device of their own, whose browser finds the peer at Stripe's hosts."""
        async with visit(browser, self.shop, size, hands) as visitor:
            await serve_stripe(visitor.page.context, self.account)
            yield visitor


async def serve_stripe(context: BrowserContext, account: StripeAccount) -> None:
    """Let the peer answer for js.stripe.com, api.stripe.com and hooks.stripe.com.

    The page's own policy decides which of them it may ask.
    """

    async def forward(route: Route) -> None:
        asked = urlsplit(route.request.url)
        path = SCRIPT_PATH if asked.hostname == "js.stripe.com" else f"{asked.path}?{asked.query}"
        try:
            answer = await route.fetch(url=f"{account.api_url}{path}")
        except Error:
            await route.abort()
        else:
            await route.fulfill(response=answer)

    await context.route(STRIPE_HOSTS, forward)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def paid_shop(
    tmp_path_factory: pytest.TempPathFactory, stripe_peer: StripePeer
) -> AsyncIterator[PaidShop]:
    """`gateway serve` with Stripe as its provider, which tells it of events."""
    account = stripe_peer.open_account()
    with ExitStack() as stack:
        starting = start_gateway(tmp_path_factory.mktemp("pay"), **account.settings)
        served = await asyncio.to_thread(stack.enter_context, starting)
        account.set_webhook(f"{served.url}/webhooks/stripe")
        # Nobody needs a bearer beforehand.
        yield PaidShop(RealShop(served, giver="", staff=""), account)
    account.control("close")
