"""Finding orders by number, e-mail address and name, which are sealed: by blind indexes of them.

Whoever reads the tables learns which orders share a word, and no word.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.engine.text.normalization import split_into_keys
from gateway.services.dependencies import Dependencies
from gateway.services.identity.emails import mailbox_key, normalize_email
from gateway.services.orders.delivery_details import Delivery, load_deliveries
from gateway.services.pagination import InvalidPage
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.order_search import MAX_SEARCH_WORDS, SearchWord

EMAIL_PURPOSE = "e-mail address of orders"
NAME_PURPOSE = "name of orders"
NUMBER_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
NUMBER_LENGTH = 10
"""Characters of an order's number, all of the alphabet of RFC 4648's base 32."""
MAX_KEYED_ORDERS = 100
"""Orders that one transaction gives their keys."""
INDEXING_INTERVAL = timedelta(minutes=15)
"""Between two rounds, where no order was left without keys."""
EARLIEST_INSTANT = datetime.min.replace(tzinfo=UTC)


def search_keys(delivery: Delivery, cipher: Cipher) -> tuple[str, ...]:
    """What an order is found by: its mailbox and the words of its name."""
    names = {
        cipher.blind_indexes(NAME_PURPOSE, word)[0]
        for word in split_into_keys(delivery.address.name)
    }
    if delivery.email:
        names.add(_email_keys(delivery.email, cipher)[0])
    return tuple(sorted(names))


def _email_keys(email: str, cipher: Cipher) -> tuple[str, ...]:
    return cipher.blind_indexes(EMAIL_PURPOSE, mailbox_key(normalize_email(email) or email))


def read_search(text: str, cipher: Cipher) -> tuple[SearchWord, ...]:
    """The words that ``text`` looks for; none where it has nothing to look for.

    Raises:
        InvalidPage: there are more than ``MAX_SEARCH_WORDS``.

    """
    words: list[SearchWord] = []
    for part in text.split():
        if "@" in part:
            words.append(SearchWord(_email_keys(part, cipher)))
        else:
            words += [_search_word(key, cipher) for key in split_into_keys(part)]
    if len(words) > MAX_SEARCH_WORDS:
        raise InvalidPage(f"`query` may have {MAX_SEARCH_WORDS} words, and has {len(words)}.")
    return tuple(words)


def _search_word(key: str, cipher: Cipher) -> SearchWord:
    keys, prefix = cipher.blind_indexes(NAME_PURPOSE, key), key.upper()
    if len(prefix) > NUMBER_LENGTH or not NUMBER_ALPHABET.issuperset(prefix):
        return SearchWord(keys)
    # In the order of either database's texts: digits, which stand before letters, then letters.
    return SearchWord(keys, prefix, prefix.ljust(NUMBER_LENGTH, "Z"))


@dataclass(frozen=True, slots=True)
class IndexingRun:
    """One round of a process; another may do the same, and adds nothing."""

    id: str = "round"
    attempts: int = 1


@dataclass(slots=True)
class OrderIndexing:
    """Gives orders from before they could be found their keys, a few at a time."""

    dependencies: Dependencies
    name: str = "order_search"
    _next_run_at: datetime = field(default=EARLIEST_INSTANT, init=False)

    async def claim(
        self,
        now: datetime,
        leased_until: datetime,  # noqa: ARG002 - nothing is leased
        limit: int,  # noqa: ARG002 - one round at a time
    ) -> Sequence[IndexingRun]:
        """A round, where one is due."""
        return (IndexingRun(),) if self._next_run_at <= now else ()

    async def run(self, lease: IndexingRun, now: datetime) -> None:  # noqa: ARG002 - all are alike
        """Give some orders their keys; the next round follows at once where some may be left."""
        async with self.dependencies.database.begin() as work:
            count = await _add_missing_keys(work, self.dependencies)
        self._next_run_at = now if count >= MAX_KEYED_ORDERS else now + INDEXING_INTERVAL

    async def postpone(self, lease: IndexingRun, until: datetime, failure: str) -> None:  # noqa: ARG002
        """Wait until then."""
        self._next_run_at = until

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next round is due."""
        return max(self._next_run_at, now)


async def _add_missing_keys(work: UnitOfWork, dependencies: Dependencies) -> int:
    """How many orders were given their keys; none are left for one whose buyer was erased."""
    order_ids = await work.order_search.list_without_keys(MAX_KEYED_ORDERS)
    for order_id, delivery in (await load_deliveries(order_ids, work, dependencies)).items():
        await work.order_search.add(order_id, search_keys(delivery, dependencies.cipher))
    await work.order_search.set_searchable(order_ids)
    return len(order_ids)
