"""The part of the report that is about gifts."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.gifts.accepting import accepted
from benchmarks.gifts.asleep import asleep
from benchmarks.gifts.following import followed
from benchmarks.gifts.stepping import stepped
from benchmarks.gifts.telling import told
from benchmarks.scratch import scratch_postgres
from benchmarks.shop import open_shop

STEPPED_OF = 50
"""Of so many gifts that sleep one is made besides, to be taken further."""


def gifts(shop: Path, rounds: int, count: int) -> dict[str, str]:
    """The tables, each of shops of its own: ``count`` gifts sleep."""
    with shops(shop) as folders:
        accepting = accepted(folders, rounds)
    with shops(shop) as folders:
        stepping = stepped(folders, count // STEPPED_OF)
    with shops(shop) as folders:
        sleeping = asleep(folders, count)
    with shops(shop) as folders:
        telling = told(folders)
        following = followed(folders["sqlite"])
    return {
        "gifts accepted": accepting,
        "gifts taken further": stepping,
        "gifts asleep": sleeping,
        "gifts told": telling,
        "gifts followed": following,
    }


@contextmanager
def shops(shop: Path) -> Iterator[dict[str, Path]]:
    """A copy of the shop in SQLite and, where a server answers, a shop in Postgres."""
    with TemporaryDirectory() as scratch, scratch_postgres() as url:
        folders = {"sqlite": Path(scratch) / "sqlite"}
        shutil.copytree(shop, folders["sqlite"])
        if url is not None:
            folders["postgres"] = Path(scratch) / "postgres"
            asyncio.run(open_shop(folders["postgres"], url))
        yield folders
