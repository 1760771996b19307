"""Whether all variants do the same work: they answer the same bytes."""

import asyncio
import re
from collections.abc import Sequence

import orjson

from benchmarks.commands import STOCK
from benchmarks.load import fetch_answers
from benchmarks.measuring import Bench
from benchmarks.work import ADD_LINE, PURCHASE, QUOTE_10, READ_10, Work, read_carts

# What is random or a moment's: ids of orders, their numbers, instants.
CHANGING_VALUES = re.compile(
    rb'ord_\w+|"number":"\w+"|"endCursor":"[^"]*"|\d{4}-\d\d-\d\dT[0-9:.]+Z'
)
COMPARED = ((READ_10, 8), (read_carts(100), 1), (ADD_LINE, 3), (PURCHASE, 2), (QUOTE_10, 1))


class DifferentAnswers(Exception):
    """Two variants that are compared do not do the same."""


def check(benches: Sequence[Bench], compared: Sequence[tuple[Work, int]] = COMPARED) -> None:
    """Compare what ``benches`` on copies of one shop answer to so many requests of each work.

    Raises:
        DifferentAnswers: to a request, they do not answer the same.

    """
    for work, count in compared:
        expected = _answers(benches[0], work, count)
        for bench in benches[1:]:
            _compare(work, expected, _answers(bench, work, count), bench.servers.variant)


def _answers(bench: Bench, work: Work, count: int) -> list[bytes]:
    return [
        CHANGING_VALUES.sub(b"", _compact(answer) if bench.servers.variant == STOCK else answer)
        for answer in asyncio.run(fetch_answers(bench.servers.port, bench.shop, work, count))
    ]


def _compact(answer: bytes) -> bytes:
    """Strawberry's view puts blanks between; otherwise it must be the same, in the same order."""
    return orjson.dumps(orjson.loads(answer))


def _compare(work: Work, expected: list[bytes], actual: list[bytes], variant: str) -> None:
    for expected_answer, actual_answer in zip(expected, actual, strict=True):
        if expected_answer != actual_answer:
            raise DifferentAnswers(
                f"{work.name}, {variant}:\n{expected_answer.decode()}\n{actual_answer.decode()}"
            )
