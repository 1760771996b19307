"""The daily limit of recipients of one giver."""

from datetime import datetime, timedelta

from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.requests import GiftCaller
from gateway.services.ports.database import ReadSession

DAY = timedelta(hours=24)
MAX_RECIPIENTS_PER_DAY = 5000
"""Recipients of one account in 24 hours, whoever made the gifts."""
RECIPIENTS_PATH = ("input", "recipients")


async def check_daily_recipients(
    caller: GiftCaller,
    new_recipients: int,
    now: datetime,
    *,
    reading: ReadSession,
    dependencies: GiftDependencies,
) -> UserError | None:
    """The error if ``new_recipients`` would exceed the giver's limits at ``now``, else None."""
    since, giver_id = now - DAY, caller.purchaser_id
    limit = dependencies.policy.gifts.max_daily_recipients
    if limit is not None and caller.partner_id is None:
        recent_recipients = await reading.gifts.count_without_partner_since(giver_id, since)
        if recent_recipients + new_recipients > limit:
            return _limit_error(limit, recent_recipients, new_recipients)
    recent_recipients = await reading.gifts.count_since(giver_id, since)
    return (
        _limit_error(MAX_RECIPIENTS_PER_DAY, recent_recipients, new_recipients)
        if recent_recipients + new_recipients > MAX_RECIPIENTS_PER_DAY
        else None
    )


def _limit_error(limit: int, recent_recipients: int, new_recipients: int) -> UserError:
    remaining_recipients = max(limit - recent_recipients, 0)
    message = (
        f"At most {limit} recipients in 24 hours: {recent_recipients} have been given to, "
        f"{new_recipients} are asked "
        f"for, {remaining_recipients} are left now. Give to the others later."
    )
    return UserError(ErrorCode.LIMIT_EXCEEDED, RECIPIENTS_PATH, message)
