"""Money as clients see it."""

from decimal import Decimal

import strawberry

from gateway.engine import money as engine
from gateway.engine.pricing import totals
from gateway.resolvers import money as resolvers
from gateway.resolvers.scalars import CurrencyCode, Long
from gateway.schema.value_types import mirrors


@strawberry.type(description="An exact amount of money.")
class Money:
    """An amount: exact, with its currency, and as a person reads it."""

    is_type_of = mirrors(engine.Money)

    amount: Decimal = strawberry.field(
        description="The amount in major units, with exactly the currency's decimals."
    )
    currency: CurrencyCode = strawberry.field(description="The amount's currency.")
    minor_units: Long = strawberry.field(
        description="The amount in the currency's minor unit: cents for USD, yen for JPY."
    )
    formatted = strawberry.field(
        resolver=resolvers.formatted,
        graphql_type=str,
        description="The amount as people of a locale write it, with the currency's sign.",
    )


@strawberry.type(
    description="One amount with and without tax: net + tax = gross, to the minor unit. "
    "Where the tax cannot be known yet (see `taxState`), `tax` is null, and with it `gross`, or "
    "`net` where prices include tax."
)
class TaxedMoney:
    """Net, tax and gross."""

    is_type_of = mirrors(totals.TaxedMoney, totals.LazyTotal)

    net: Money | None = strawberry.field(description="Without tax.")
    gross: Money | None = strawberry.field(description="With tax.")
    tax: Money | None = strawberry.field(description="The tax alone.")
