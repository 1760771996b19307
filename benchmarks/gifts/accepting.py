"""Accepting gifts over HTTP: one transaction that takes the address and moves the gift on."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.checking import check
from benchmarks.commands import FLOOR, OURS, POSTGRES, STOCK, running
from benchmarks.documents import ACCEPT
from benchmarks.gifts.making import Link, awaited, opened
from benchmarks.measuring import Bench, Measured, in_turns
from benchmarks.reporting import table
from benchmarks.shop import DESTINATION, Shop, read_shop
from benchmarks.work import Requests, Work, body

ADDRESS = {
    "name": "Grace Hopper",
    "country": DESTINATION.country,
    "region": DESTINATION.region,
    "city": DESTINATION.city,
    "postalCode": DESTINATION.postal_code,
    "lines": ["1 Oak Street"],
}
NAME = "accept gift"
CHECKED = 2
SLICE = 256
"""Gifts accepted in one slice, and before the first: each can be accepted once."""
LONGEST = 60.0
CONCURRENCIES = (1, 32)
ALONE = {"GATEWAY_WORKER": "off"}
"""The worker would take the gifts further meanwhile, which the floor does not."""

Links = Mapping[str, Sequence[Link]]
"""The links of each shop, by its token."""


def accepted(folders: Mapping[str, Path], rounds: int) -> str:
    """The table: the shop in SQLite by the floor, Strawberry's view and ours, others by ours."""
    links = {}
    for folder in folders.values():
        wanted = CHECKED + len(CONCURRENCIES) * (rounds + 1) * SLICE
        links[read_shop(folder).token] = asyncio.run(awaited_in(folder, wanted))
    with ExitStack() as stack:
        ran = [(each, folders["sqlite"]) for each in (FLOOR, STOCK, OURS)]
        ran += [(name, folder) for name, folder in folders.items() if name == POSTGRES]
        servers = [stack.enter_context(running(*each, settings=ALONE)) for each in ran]
        benches = [Bench(each, each.shop) for each in servers]
        same = [each for each in benches if each.servers.variant != POSTGRES]
        check(same, [(accepting(links, 0, CHECKED, 1), CHECKED)])
        return table(_rows(benches, links, rounds))


async def awaited_in(folder: Path, count: int) -> list[Link]:
    """Links to so many new gifts of the shop in ``folder``."""
    async with opened(folder) as gateway:
        return await awaited(gateway, count)


def _rows(benches: Sequence[Bench], links: Links, rounds: int) -> list[Measured]:
    rows: list[Measured] = []
    first = CHECKED
    for concurrency in CONCURRENCIES:
        slices = [
            accepting(links, first + at * SLICE, SLICE, concurrency) for at in range(rounds + 1)
        ]
        first += len(slices) * SLICE
        in_turns(benches, slices[:1], concurrency, LONGEST)
        rows += in_turns(benches, slices[1:], concurrency, LONGEST)
    return rows


def accepting(links: Links, first: int, count: int, concurrency: int) -> Work:
    """Accepting ``count`` gifts from the ``first``, dealt to the connections."""

    def requests(shop: Shop, number: int) -> Requests:
        for link in links[shop.token][first : first + count][number::concurrency]:
            answer = yield acceptance(link)
            assert b'"VERIFYING"' in answer, answer[:300]

    return Work(NAME, requests, writes=True)


def acceptance(link: Link) -> bytes:
    """The request of who takes the gift."""
    return body(ACCEPT, input={"token": link.secret, "address": ADDRESS})
