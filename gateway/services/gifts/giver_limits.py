"""How many recipients one giver has in a day."""

from datetime import datetime, timedelta

from gateway.engine.problems import ErrorCode, UserError
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.requests import GiftCaller
from gateway.services.ports.database import Reading

DAY = timedelta(hours=24)
MOST_A_DAY = 5000
"""Recipients of one account in 24 hours, whoever made the gifts."""
RECIPIENTS = ("input", "recipients")


async def too_many(
    caller: GiftCaller, more: int, now: datetime, *, reading: Reading, parts: GiftParts
) -> UserError | None:
    """Why the giver may not have ``more`` recipients at ``now``."""
    since, giver_id = now - DAY, caller.purchaser_id
    most = parts.policy.gifts.giver_daily
    if most is not None and caller.partner_id is None:
        given = await reading.gifts.given_alone_since(giver_id, since)
        if given + more > most:
            return _refusal(most, given, more)
    given = await reading.gifts.given_since(giver_id, since)
    return _refusal(MOST_A_DAY, given, more) if given + more > MOST_A_DAY else None


def _refusal(most: int, given: int, more: int) -> UserError:
    left = max(most - given, 0)
    message = (
        f"At most {most} recipients in 24 hours: {given} have been given to, {more} are asked "
        f"for, {left} are left now. Give to the others later."
    )
    return UserError(ErrorCode.LIMIT_EXCEEDED, RECIPIENTS, message)
