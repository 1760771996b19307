"""How long a run of selection takes among many open orders, on the shop's own database."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks.reporting import markdown
from benchmarks.shop import read_shop, settings
from gateway.bootstrap import bootstrap
from gateway.engine.addresses.address import PostalAddress
from gateway.engine.cart_lines import LineRequest
from gateway.engine.checkout.outcomes import OrderPlaced
from gateway.engine.orders.order import Order
from gateway.services import cart_lines
from gateway.services.checkout.cart_checkout import CheckoutRequest, GuestBuyer, check_out_cart
from gateway.services.dependencies import Dependencies
from gateway.services.encryption import seal
from gateway.services.identity.callers import Caller, Credentials
from gateway.services.orders.delivery_details import DELIVERY_ADAPTER, load_delivery
from gateway.services.orders.lifecycle import order_number
from gateway.services.orders.scheduling import run_selection
from gateway.services.ports.orders import SealedDelivery

LINES_PER_ORDER = 4
HOME = PostalAddress(
    name="Ada Example",
    country="US",
    region="CA",
    city="Mountain View",
    postal_code="94043",
    lines=("100 Castro Street",),
)


def selection_table(folder: Path, counts: Sequence[int]) -> str:
    """A row for each count of open orders, all of which can be filled."""
    rows = [asyncio.run(_measure(folder, count)) for count in counts]
    return markdown(("open orders", "lines", "s for a run", "ms an order"), rows)


async def _measure(folder: Path, count: int) -> tuple[str, ...]:
    async with bootstrap(settings(folder)) as gateway:
        dependencies = gateway.dependencies
        caller = await gateway.authenticator.authenticate(Credentials(None, None))
        template = await _place_order(read_shop(folder).variants, caller, dependencies)
        await _add_copies(template, count, dependencies)
        start = time.perf_counter()
        selection = await run_selection(dependencies)
        seconds = time.perf_counter() - start
    assert len(selection.shipments) >= count
    return (
        f"{count:,}",
        f"{count * LINES_PER_ORDER:,}",
        f"{seconds:.1f}",
        f"{seconds / count:.4f}",
    )


async def _place_order(
    variants: Sequence[str], caller: Caller, dependencies: Dependencies
) -> Order:
    lines = [LineRequest(variant, 1) for variant in variants[:LINES_PER_ORDER]]
    cart = (await cart_lines.create_cart(None, lines, dependencies)).value
    assert cart is not None
    request = CheckoutRequest(
        cart_id=cart.id,
        expected_version=cart.version,
        expected_total=None,  # type: ignore[arg-type]
        idempotency_key=dependencies.ids.new("key"),
        guest=GuestBuyer("guest@example.com", HOME, "sim_ok"),
    )
    outcome = await check_out_cart(request, caller=caller, dependencies=dependencies)
    assert isinstance(outcome, OrderPlaced), outcome
    return outcome.order


async def _add_copies(template: Order, count: int, dependencies: Dependencies) -> None:
    """So many orders like ``template``, whose window is over."""
    async with dependencies.database.read() as reading:
        delivery = await load_delivery(template.id, reading, dependencies)
    assert delivery is not None
    plaintext = DELIVERY_ADAPTER.dump_json(delivery)
    for start in range(0, count, 500):
        async with dependencies.database.begin() as work:
            for number in range(start, min(start + 500, count)):
                id = dependencies.ids.new("ord")
                placed_at = template.placed_at - timedelta(hours=3, milliseconds=number)
                copy = replace(
                    template,
                    id=id,
                    number=order_number(id),
                    placed_at=placed_at,
                    closes_at=placed_at + timedelta(minutes=90),
                    lines=tuple(
                        replace(line, id=dependencies.ids.new("orl")) for line in template.lines
                    ),
                )
                sealed = await seal(
                    plaintext,
                    subject=id,
                    context=f"orders.sealed:{id}",
                    work=work,
                    cipher=dependencies.cipher,
                )
                await work.orders.add(copy, SealedDelivery(id, sealed))
