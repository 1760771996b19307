"""The adapters of the payment provider that the settings name."""

import logging
from dataclasses import dataclass
from importlib.util import find_spec

import httpx

from gateway.adapters.databases.opening import OpenDatabase
from gateway.adapters.simulated_payments.payment_methods import SimulatedPaymentMethods
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider
from gateway.adapters.stripe_payments.access import StripeAccess
from gateway.services.ports.clock import Clock
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.payer_confirmations import PayerConfirmations
from gateway.services.ports.payment_method_vault import PaymentMethodVault
from gateway.services.ports.payments import PaymentProvider
from gateway.services.ports.provider_events import ProviderNotices
from gateway.settings import InvalidSettings, PaymentProviderName, Settings, variable_name

logger = logging.getLogger(__name__)

STRIPE_PACKAGE = "stripe"


@dataclass(frozen=True, slots=True)
class PaymentAdapters:
    """What holds and takes money, and what knows the methods that it is taken from.

    ``notices`` is None if the provider has no events, ``confirmations`` if its payers confirm on a
    page of its own.
    """

    provider: PaymentProvider
    method_vault: PaymentMethodVault
    notices: ProviderNotices | None = None
    confirmations: PayerConfirmations | None = None


def build_payment_adapters(
    settings: Settings,
    database: OpenDatabase,
    ids: IdGenerator,
    clock: Clock,
    http: httpx.AsyncClient,
) -> PaymentAdapters:
    """The adapters of the provider that is named in ``settings``.

    Raises:
        InvalidSettings: what the provider needs is not installed.

    """
    # No default: a provider that is named and not built must not become the simulation.
    match settings.payments:
        case PaymentProviderName.SIM:
            simulation = SimulatedPaymentProvider(database, ids, settings.base_url)
            return PaymentAdapters(simulation, SimulatedPaymentMethods())
        case PaymentProviderName.STRIPE:
            return _build_stripe_adapters(settings, database, ids, clock, http)


def _build_stripe_adapters(
    settings: Settings,
    database: OpenDatabase,
    ids: IdGenerator,
    clock: Clock,
    http: httpx.AsyncClient,
) -> PaymentAdapters:
    if find_spec(STRIPE_PACKAGE) is None:
        raise InvalidSettings(
            f"{variable_name('payments')}: stripe needs a package that is not installed: "
            "install the lock requirements/runtime.txt, or gateway[stripe]"
        )
    if settings.production and not settings.moves_money:
        logger.warning("%s is a test key: no money moves", variable_name("stripe_secret_key"))
    secret_key, publishable_key = settings.stripe_secret_key, settings.stripe_publishable_key
    if secret_key is None or publishable_key is None:
        raise InvalidSettings(f"{variable_name('stripe_secret_key')}: must be set")
    # Imported here alone, because the package takes most of a second and is an extra.
    from gateway.adapters.stripe_payments.building import build_stripe_payments

    payments = build_stripe_payments(
        StripeAccess(secret_key, publishable_key, settings.stripe_api_url),
        http,
        database,
        ids,
        clock,
        settings.base_url,
    )
    return PaymentAdapters(
        payments.provider, payments.methods, payments.notices, payments.confirmations
    )
