"""The repository of givers' guesses about where recipients live."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.gifts import GiftGuessRow

guesses = table(GiftGuessRow)
IS_OF_GUESSER = (guesses.c.about == bindparam("of"), guesses.c.guesser == bindparam("by"))

_guess_insert = insert(guesses)
# Written even if it exists, because the lock of the row serializes guesses.
LOCK: Statement[tuple[str]] = Statement(
    _guess_insert.on_conflict_do_update(
        index_elements=[guesses.c.about, guesses.c.guesser],
        set_={"latest_at": guesses.c.latest_at},
    ).returning(guesses.c.guessed)
)
SAVE = Statement(
    update(guesses)
    .where(*IS_OF_GUESSER)
    .values(guessed=bindparam("guessed"), latest_at=bindparam("latest_at"))
)
# Rows that others have locked are left to the next run, so that there is no deadlock.
LIST_OUTDATED: Statement[tuple[str, str]] = Statement(
    select(guesses.c.about, guesses.c.guesser)
    .where(guesses.c.latest_at < bindparam("before"))
    .order_by(guesses.c.latest_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
DELETE = Statement(delete(guesses).where(*IS_OF_GUESSER))


class GiftGuessesRepository:
    """The times at which givers guessed where a recipient lives."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def lock_and_load(
        self, subject_index: str, guesser_index: str, now: datetime
    ) -> tuple[datetime, ...]:
        """The times of the guesses of ``guesser_index`` about ``subject_index``.

        Locks them until the transaction ends.
        """
        row = await self._session.fetch_one(
            LOCK,
            about=subject_index,
            guesser=guesser_index,
            guessed="",
            latest_at=to_microseconds(now),
        )
        return tuple(from_microseconds(int(each)) for each in row[0].split()) if row else ()

    async def save(
        self, subject_index: str, guesser_index: str, guess_times: Sequence[datetime]
    ) -> None:
        """Save the times of guesses, after `lock_and_load` in the same transaction."""
        guessed_text = " ".join(str(to_microseconds(each)) for each in guess_times)
        latest_at = to_microseconds(max(guess_times))
        await self._session.execute(
            SAVE, of=subject_index, by=guesser_index, guessed=guessed_text, latest_at=latest_at
        )

    async def prune(self, before: datetime, limit: int) -> None:
        """Delete up to ``limit`` of the rows whose latest guess is older than ``before``."""
        rows = await self._session.fetch_all(
            LIST_OUTDATED, before=to_microseconds(before), most=limit
        )
        await self._session.execute_many(
            DELETE, [{"of": about, "by": guesser} for about, guesser in rows]
        )
