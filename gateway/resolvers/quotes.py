"""Quotes: a described purchase, priced."""

from datetime import date
from typing import Annotated

import strawberry

from gateway.engine.places import Destination
from gateway.engine.pricing import PricedPurchase
from gateway.engine.problems import ErrorCode
from gateway.resolvers.bounded import bounded, outcome
from gateway.resolvers.context import Info
from gateway.resolvers.inputs.quotes import QuoteInput
from gateway.resolvers.quote_inputs import read_quote
from gateway.services.outcomes import Outcome, refused
from gateway.services.parts import Parts


@bounded(outcome)
def quote(
    info: Info,
    input: Annotated[QuoteInput, strawberry.argument(description="The purchase to price.")],
) -> Outcome[PricedPurchase]:
    """The purchase with its figures, or everything that is wrong with its description."""
    parts = info.context.parts
    currency = parts.currencies.find(input.currency)
    if currency is None:
        message = f"There is no currency {input.currency}."
        return refused(ErrorCode.INVALID_INPUT, ("input", "currency"), message)
    purchase, complaints = read_quote(input, currency, _day(input, parts), parts.countries)
    if complaints.found:
        return Outcome(user_errors=tuple(complaints.found))
    return Outcome(PricedPurchase(purchase))


def _day(given: QuoteInput, parts: Parts) -> date:
    """The day whose rules apply: today at the destination unless another is asked for."""
    if given.date is not None:
        return given.date
    to = given.ship_to
    area = None if to is None else Destination(to.country, to.region, to.postal_code, to.city)
    return parts.calendars.day(parts.clock.now(), area)
