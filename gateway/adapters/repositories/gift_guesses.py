"""When givers guessed where recipients live, in a table."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.instants import instant, microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table
from gateway.adapters.tables.gifts import GiftGuessRow

guesses = table(GiftGuessRow)
OF_ONE = (guesses.c.about == bindparam("of"), guesses.c.guesser == bindparam("by"))

_touched = insert(guesses)
# Written even where it is there: the row's lock makes guesses at once wait for one another.
TOUCH: Statement[tuple[str]] = Statement(
    _touched.on_conflict_do_update(
        index_elements=[guesses.c.about, guesses.c.guesser],
        set_={"latest_at": guesses.c.latest_at},
    ).returning(guesses.c.guessed)
)
KEEP = Statement(
    update(guesses)
    .where(*OF_ONE)
    .values(guessed=bindparam("guessed"), latest_at=bindparam("latest_at"))
)
# What others use just now is left to the next sweep: nobody waits for one another in a circle.
OUTDATED: Statement[tuple[str, str]] = Statement(
    select(guesses.c.about, guesses.c.guesser)
    .where(guesses.c.latest_at < bindparam("before"))
    .order_by(guesses.c.latest_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
DELETE = Statement(delete(guesses).where(*OF_ONE))


class GiftGuessesRepository:
    """When givers guessed where recipients live."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def of(self, about: str, guesser: str, now: datetime) -> tuple[datetime, ...]:
        """When ``guesser`` guessed about ``about``."""
        row = await self._session.one(
            TOUCH, about=about, guesser=guesser, guessed="", latest_at=microseconds(now)
        )
        return tuple(instant(int(each)) for each in row[0].split()) if row else ()

    async def keep(self, about: str, guesser: str, guessed: Sequence[datetime]) -> None:
        """These are the guesses that count."""
        text = " ".join(str(microseconds(each)) for each in guessed)
        latest = microseconds(max(guessed))
        await self._session.run(KEEP, of=about, by=guesser, guessed=text, latest_at=latest)

    async def sweep(self, before: datetime, most: int) -> None:
        """Forget up to ``most`` of those whose latest guess is older than ``before``."""
        rows = await self._session.all(OUTDATED, before=microseconds(before), most=most)
        await self._session.many(DELETE, [{"of": about, "by": by} for about, by in rows])
