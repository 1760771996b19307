"""The part of the report that is about gifts."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.gifts.accepting import measure_acceptance
from benchmarks.gifts.asleep import measure_sleeping_gifts
from benchmarks.gifts.following import measure_gift_followers
from benchmarks.gifts.stepping import measure_transitions
from benchmarks.gifts.telling import measure_delays
from benchmarks.scratch import scratch_postgres
from benchmarks.shop import create_shop

SLEEPING_PER_STEPPED = 50
"""Of so many gifts that sleep one is made besides, to be taken further."""


def gift_tables(shop: Path, rounds: int, count: int) -> dict[str, str]:
    """The tables, each of shops of its own: ``count`` gifts sleep."""
    with open_shops(shop) as folders:
        accepting = measure_acceptance(folders, rounds)
    with open_shops(shop) as folders:
        stepping = measure_transitions(folders, count // SLEEPING_PER_STEPPED)
    with open_shops(shop) as folders:
        sleeping = measure_sleeping_gifts(folders, count)
    with open_shops(shop) as folders:
        telling = measure_delays(folders)
        following = measure_gift_followers(folders["sqlite"])
    return {
        "gifts accepted": accepting,
        "gifts taken further": stepping,
        "gifts asleep": sleeping,
        "gifts told": telling,
        "gifts followed": following,
    }


@contextmanager
def open_shops(shop: Path) -> Iterator[dict[str, Path]]:
    """A copy of the shop in SQLite and, where a server answers, a shop in Postgres."""
    with TemporaryDirectory() as scratch, scratch_postgres() as url:
        folders = {"sqlite": Path(scratch) / "sqlite"}
        shutil.copytree(shop, folders["sqlite"])
        if url is not None:
            folders["postgres"] = Path(scratch) / "postgres"
            asyncio.run(create_shop(folders["postgres"], url))
        yield folders
