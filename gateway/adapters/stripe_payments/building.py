"""What puts the parts of the adapter together."""

from dataclasses import dataclass
from datetime import timedelta

import httpx
import stripe

from gateway.adapters.databases.opening import OpenDatabase
from gateway.adapters.stripe_payments.access import StripeAccess, StripeTiming
from gateway.adapters.stripe_payments.authorizations import StripeAuthorizations
from gateway.adapters.stripe_payments.captures import StripeCaptures
from gateway.adapters.stripe_payments.client import build_client
from gateway.adapters.stripe_payments.confirmations import StripeConfirmations
from gateway.adapters.stripe_payments.customers import StripeCustomers
from gateway.adapters.stripe_payments.intent_calls import StripeIntents
from gateway.adapters.stripe_payments.intents import OFF_SESSION_HOLD_LIFETIME
from gateway.adapters.stripe_payments.notices import StripeNotices
from gateway.adapters.stripe_payments.payment_methods import StripePaymentMethods
from gateway.adapters.stripe_payments.provider import StripePaymentProvider
from gateway.adapters.stripe_payments.refunds import StripeRefunds
from gateway.services.ports.clock import Clock
from gateway.services.ports.ids import IdGenerator


@dataclass(frozen=True, slots=True)
class StripePayments:
    """The provider, and the parts of it that others use, too.

    ``intents.retrieve`` reads a PaymentIntent, whose ``key`` is ours; ``confirmations`` are for the
    page where payers confirm.
    """

    client: stripe.StripeClient
    customers: StripeCustomers
    intents: StripeIntents
    confirmations: StripeConfirmations
    provider: StripePaymentProvider
    notices: StripeNotices
    methods: StripePaymentMethods


def build_stripe_payments(
    access: StripeAccess,
    http: httpx.AsyncClient,
    database: OpenDatabase,
    ids: IdGenerator,
    clock: Clock,
    public_url: str,
    *,
    timing: StripeTiming | None = None,
    hold_lifetime: timedelta = OFF_SESSION_HOLD_LIFETIME,
) -> StripePayments:
    """The adapter of the account of ``access``; ``hold_lifetime`` is that of off-session holds."""
    stripe_timing = timing or StripeTiming()
    client = build_client(access, http, stripe_timing)
    customers = StripeCustomers(client, database, clock)
    intents = StripeIntents(client, ids)
    authorizations = StripeAuthorizations(
        intents, customers, database, ids, clock, public_url.rstrip("/"), hold_lifetime
    )
    captures = StripeCaptures(intents, ids)
    refunds = StripeRefunds(client, database, clock)
    provider = StripePaymentProvider(access, stripe_timing, authorizations, captures, refunds)
    confirmations = StripeConfirmations(authorizations, database, stripe_timing.look_up_seconds)
    notices = StripeNotices(client, intents, customers)
    methods = StripePaymentMethods(
        client, customers, clock, access.publishable_key, stripe_timing.call_seconds
    )
    return StripePayments(client, customers, intents, confirmations, provider, notices, methods)
