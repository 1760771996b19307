"""The merchant's policies of sales, gifts and consolidation."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.engine.money import Currency, Money
from gateway.engine.orders.joining import ConsolidationPolicy


@dataclass(frozen=True, slots=True)
class GiftPolicy:
    """The waiting times and limits of gifts.

    ``max_daily_contact_messages`` limits the messages to one contact in 24 hours over all gifts,
    ``max_daily_recipients`` the recipients of one purchaser; None means no limit.
    """

    email_wait: timedelta
    phone_wait: timedelta
    lifetime: timedelta
    giver_wait: timedelta
    max_messages: int
    exchangeable: bool
    sources: tuple[str, ...]
    directory_freshness: timedelta
    fact_retention: timedelta
    max_daily_contact_messages: int | None = 6
    max_daily_recipients: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """All policies; the caps apply to orders placed without a sign-in.

    ``currency`` is the merchant's own, in which prices are shown by default. ``calls_fulfilment``:
    whether parcels that are ready are posted to a fulfilment house; ``calls_shop``: whether events
    are posted to the shop's own systems; ``calls_calculator``: whether the merchant has a
    calculator of its own, which is told of orders.
    """

    currency: Currency
    public_url: str
    reauthenticate_after: timedelta
    order_cap: Money
    day_cap: Money
    consolidation: ConsolidationPolicy
    gifts: GiftPolicy
    calls_fulfilment: bool = False
    calls_shop: bool = False
    calls_calculator: bool = False
