"""Links that open guests' orders: mailed to the buyer, known by digest only."""

import hashlib
import secrets
from datetime import timedelta

from gateway.engine.orders.order import Order
from gateway.engine.user_errors import ErrorCode
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.order_changes import OrderLink

TOKEN_BYTES = 32
LINK_LIFETIME = timedelta(days=90)
"""How long a link opens its order, on whatever device."""
TOKEN_PATH = ("input", "token")


def token_digest(token: str) -> str:
    """The stored form of ``token``."""
    return hashlib.sha256(token.encode()).hexdigest()


async def create_link(order: Order, work: UnitOfWork, dependencies: Dependencies) -> str:
    """The address of the page of a guest's new order, with its secret."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = order.placed_at + LINK_LIFETIME
    await work.order_links.add(OrderLink(token_digest(token), order.id, expires_at))
    return f"{dependencies.policy.public_url}/order#{token}"


async def open_order(token: str, *, caller: Caller, dependencies: Dependencies) -> Outcome[Order]:
    """Open the order of a link to the calling client, as long as the link is valid.

    An unknown link and one that is over are refused alike (INVALID_TOKEN).
    """
    async with dependencies.database.begin() as work:
        link = await work.order_links.find(token_digest(token))
        if link is not None and dependencies.clock.now() < link.expires_at:
            await work.order_links.open(link.order_id, caller.client.id, link.expires_at)
            return Outcome(await work.orders.find(link.order_id))
    message = "The link is wrong or has expired."
    return error_outcome(ErrorCode.INVALID_TOKEN, TOKEN_PATH, message)
