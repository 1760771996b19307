"""Sources that fail: when they are asked again, and whether what they said moves a gift (R52)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.gifts.events import SourcesSearched
from gateway.engine.gifts.gift import SourceQuery
from gateway.engine.gifts.screening import compute_retry_at
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.transitions import search_moves_gift
from tests.engine.gifts.examples import NOW, RULES, found_candidate, gift_by_email

SECOND = timedelta(seconds=1)
ANSWERED = tuple(
    SourceQuery(source, key, tries=1)
    for source in RULES.sources
    for key in ("email:ada@example.com", "name:Ada Lovelace")
)


@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 2), (2, 4), (3, 8), (11, 2048), (12, 3600), (1000, 3600)]
)
def test_each_failure_doubles_the_wait_up_to_an_hour(tries: int, seconds: int) -> None:
    assert compute_retry_at(tries, RULES, NOW) == NOW + seconds * SECOND


def failing(tries: int, after: timedelta) -> tuple[SourceQuery, ...]:
    return (*ANSWERED[1:], replace(ANSWERED[0], tries=tries, retry_at=NOW + after))


@pytest.mark.parametrize(
    ("asked", "moves"),
    [
        (ANSWERED, True),
        (ANSWERED[1:], False),
        (failing(1, SECOND), False),
        (failing(2, SECOND), False),
        (failing(3, SECOND), True),
        (failing(3, timedelta()), False),
    ],
)
def test_a_search_moves_a_gift_once_nothing_is_left_to_hope_for(
    asked: tuple[SourceQuery, ...], *, moves: bool
) -> None:
    gift = gift_by_email(status=GiftStatus.SEARCHING)
    assert (
        search_moves_gift(gift, SourcesSearched(EventType.NOTHING_FOUND, NOW, asked), RULES)
        is moves
    )
    assert search_moves_gift(gift, SourcesSearched(EventType.NEW_FACTS, NOW, asked), RULES)


def test_the_giver_is_not_asked_the_same_once_more() -> None:
    gift = gift_by_email(
        status=GiftStatus.AWAITING_GIVER, channels=(), giver_due=NOW + timedelta(7)
    )
    assert not search_moves_gift(
        gift, SourcesSearched(EventType.NOTHING_FOUND, NOW, ANSWERED), RULES
    )
    assert not search_moves_gift(gift, SourcesSearched(EventType.NEW_FACTS, NOW, ANSWERED), RULES)
    place = found_candidate()
    news = SourcesSearched(EventType.NEW_FACTS, NOW, ANSWERED, place.facts, (place,))
    assert search_moves_gift(gift, news, RULES)
