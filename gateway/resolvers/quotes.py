"""The resolver of quotes."""

from datetime import date
from typing import Annotated

import strawberry

from gateway.engine.addresses.address import Destination
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.user_errors import ErrorCode
from gateway.resolvers.argument_guards import check_bounds, outcome_with_errors
from gateway.resolvers.context import Info
from gateway.resolvers.input_readers.quotes import read_quote
from gateway.resolvers.inputs.quotes import QuoteInput
from gateway.services.dependencies import Dependencies
from gateway.services.outcomes import Outcome, error_outcome


@check_bounds(outcome_with_errors)
def quote(
    info: Info,
    input: Annotated[QuoteInput, strawberry.argument(description="The purchase to price.")],
) -> Outcome[PricedPurchase]:
    """The priced purchase, or all errors of the input."""
    dependencies = info.context.dependencies
    currency = dependencies.currencies.find(input.currency)
    if currency is None:
        message = f"There is no currency {input.currency}."
        return error_outcome(ErrorCode.INVALID_INPUT, ("input", "currency"), message)
    purchase, collector = read_quote(
        input, currency, _day(input, dependencies), dependencies.countries
    )
    if collector.errors:
        return Outcome(user_errors=tuple(collector.errors))
    return Outcome(PricedPurchase(purchase))


def _day(quote_input: QuoteInput, dependencies: Dependencies) -> date:
    """The day whose rules apply: the input's, or today at the destination."""
    if quote_input.date is not None:
        return quote_input.date
    ship_to = quote_input.ship_to
    destination = (
        None
        if ship_to is None
        else Destination(ship_to.country, ship_to.region, ship_to.postal_code, ship_to.city)
    )
    return dependencies.calendars.day(dependencies.clock.now(), destination)
