"""Accepting gifts over HTTP: one transaction that takes the address and moves the gift on."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.checking import check
from benchmarks.commands import FLOOR, OURS, POSTGRES, STOCK, running_servers
from benchmarks.documents import ACCEPT
from benchmarks.gifts.making import GiftLink, create_links, open_gateway
from benchmarks.measuring import Bench, WorkMeasurement, measure_in_turns
from benchmarks.reporting import table
from benchmarks.shop import DESTINATION, Shop, read_shop
from benchmarks.work import Requests, Work, request_body

ADDRESS = {
    "name": "Grace Hopper",
    "country": DESTINATION.country,
    "region": DESTINATION.region,
    "city": DESTINATION.city,
    "postalCode": DESTINATION.postal_code,
    "lines": ["1 Oak Street"],
}
NAME = "accept gift"
CHECKED_GIFTS = 2
GIFTS_PER_SLICE = 256
"""Gifts accepted in one slice, and before the first: each can be accepted once."""
MAX_SECONDS = 60.0
CONCURRENCIES = (1, 32)
WITHOUT_WORKER = {"GATEWAY_WORKER": "off"}
"""The worker would take the gifts further meanwhile, which the floor does not."""

Links = Mapping[str, Sequence[GiftLink]]
"""The links of each shop, by its token."""


def measure_acceptance(folders: Mapping[str, Path], rounds: int) -> str:
    """The table: the shop in SQLite by the floor, Strawberry's view and ours, others by ours."""
    links = {}
    for folder in folders.values():
        link_count = CHECKED_GIFTS + len(CONCURRENCIES) * (rounds + 1) * GIFTS_PER_SLICE
        links[read_shop(folder).token] = asyncio.run(create_links_in(folder, link_count))
    with ExitStack() as stack:
        variants = [(each, folders["sqlite"]) for each in (FLOOR, STOCK, OURS)]
        variants += [(name, folder) for name, folder in folders.items() if name == POSTGRES]
        servers = [
            stack.enter_context(running_servers(*each, settings=WITHOUT_WORKER))
            for each in variants
        ]
        benches = [Bench(each, each.shop) for each in servers]
        comparable = [each for each in benches if each.servers.variant != POSTGRES]
        check(comparable, [(acceptance_work(links, 0, CHECKED_GIFTS, 1), CHECKED_GIFTS)])
        return table(_measure_rows(benches, links, rounds))


async def create_links_in(folder: Path, count: int) -> list[GiftLink]:
    """Links to so many new gifts of the shop in ``folder``."""
    async with open_gateway(folder) as gateway:
        return await create_links(gateway, count)


def _measure_rows(benches: Sequence[Bench], links: Links, rounds: int) -> list[WorkMeasurement]:
    rows: list[WorkMeasurement] = []
    first_gift = CHECKED_GIFTS
    for concurrency in CONCURRENCIES:
        slices = [
            acceptance_work(
                links, first_gift + index * GIFTS_PER_SLICE, GIFTS_PER_SLICE, concurrency
            )
            for index in range(rounds + 1)
        ]
        first_gift += len(slices) * GIFTS_PER_SLICE
        measure_in_turns(benches, slices[:1], concurrency, MAX_SECONDS)
        rows += measure_in_turns(benches, slices[1:], concurrency, MAX_SECONDS)
    return rows


def acceptance_work(links: Links, first: int, count: int, concurrency: int) -> Work:
    """Accepting ``count`` gifts from the ``first``, dealt to the connections."""

    def requests(shop: Shop, number: int) -> Requests:
        for link in links[shop.token][first : first + count][number::concurrency]:
            answer = yield acceptance_request(link)
            assert b'"VERIFYING"' in answer, answer[:300]

    return Work(NAME, requests, writes=True)


def acceptance_request(link: GiftLink) -> bytes:
    """The request of who takes the gift."""
    return request_body(ACCEPT, input={"token": link.secret, "address": ADDRESS})
