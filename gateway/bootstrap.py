"""The composition root, the only place where adapters are chosen by the settings."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from gateway.adapters.circuit_breakers import CircuitBreaker
from gateway.adapters.clocks import SystemClock
from gateway.adapters.databases.opening import OpenDatabase, open_database
from gateway.adapters.directories.http import HttpDirectorySource
from gateway.adapters.erasure_file import PURCHASER_ID_PATTERN, ForgottenFile
from gateway.adapters.guarded_sources import GuardedSource
from gateway.adapters.identity_provider import JwksIdentityProvider, TrustedIssuer
from gateway.adapters.messaging.letters import TemplateLetters
from gateway.adapters.messaging.message_files import FileMailSender, FileSmsSender, SentMessageFiles
from gateway.adapters.messaging.sms import HttpSmsSender
from gateway.adapters.messaging.smtp import SmtpMailSender, SmtpServer
from gateway.adapters.operator_endpoints import HttpOperatorEndpoint
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.reference.calendars import ZoneCalendars
from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.adapters.reference.nicknames import load_name_equivalences
from gateway.adapters.reference.number_formats import CldrFormats
from gateway.adapters.reference.phones import PhoneNumberPlans
from gateway.adapters.reference.tax_ids import StandardTaxIds
from gateway.adapters.vies import ViesRegister
from gateway.adapters.wakeups.opening import open_wakeups
from gateway.adapters.webhook_calls import PublicWebhookCalls, sign_webhook
from gateway.calculator_adapter import open_calculator
from gateway.payment_adapters import PaymentAdapters, build_payment_adapters
from gateway.secret_key import build_cipher, require_secret
from gateway.services.account_erasure import AccountDependencies
from gateway.services.checkout.recovery import PurchaseRecovery
from gateway.services.dependencies import Dependencies
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_orders import GiftOrderWithdrawal
from gateway.services.gifts.givers import PurchaserGivers
from gateway.services.gifts.imported_directory import ImportedDirectorySource
from gateway.services.gifts.internal_sources import (
    EarlierGiftSource,
    EarlierGiverSource,
    SavedAddressSource,
)
from gateway.services.gifts.pricing import EngineGiftPricing
from gateway.services.gifts.resolution import GiftResolver
from gateway.services.gifts.webhooks import WebhookDelivery
from gateway.services.identity.authentication import Authenticator
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.jobs import Job
from gateway.services.orders.calculation_commits import calculation_delivery
from gateway.services.orders.charges import OrderPaymentCompletion
from gateway.services.orders.fulfilment import FulfilmentDelivery
from gateway.services.orders.hold_renewals import HoldRenewalJob
from gateway.services.orders.payment_completion import PaymentOperationCompletion
from gateway.services.orders.pending_changes import PendingChangeRecovery
from gateway.services.orders.refund_outcomes import record_refund_outcome
from gateway.services.orders.scheduling import OrderScheduler, SelectionJob
from gateway.services.orders.search import OrderIndexing
from gateway.services.outbox import (
    MAX_OPERATOR_ATTEMPTS,
    MailDelivery,
    MessageSender,
    OutboxSender,
    SmsDelivery,
)
from gateway.services.ports.messages import MailSender, SmsSender
from gateway.services.ports.outbox import MessageKind
from gateway.services.ports.payer_confirmations import PayerConfirmations
from gateway.services.ports.payment_operations import PaymentOperationKind
from gateway.services.ports.sources import Source
from gateway.services.ports.wakeups import Wakeups
from gateway.services.ports.webhooks import WebhookCalls
from gateway.services.provider_clearance import ProviderClearanceJob
from gateway.services.provider_events import ProviderEventJob
from gateway.services.retention import RetentionCleanup
from gateway.services.shop_events import shop_event_delivery
from gateway.settings import InvalidSettings, Settings, variable_name

OUTBOX_FOLDER = "outbox"
ERASURE_LIST_FILE = "forgotten"
ERASED_ACCOUNTS_FILE = "erased-accounts"
HTTP_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Gateway:
    """All parts that a process of the gateway needs.

    ``calculator_outcomes`` counts what became of questions to the merchant's calculator; None
    without one.
    """

    settings: Settings
    database: OpenDatabase
    dependencies: Dependencies
    gift_dependencies: GiftDependencies
    authenticator: Authenticator
    jobs: Sequence[Job[Any]]
    confirmations: PayerConfirmations | None = None
    calculator_outcomes: Mapping[str, int] | None = None


@asynccontextmanager
async def bootstrap(settings: Settings) -> AsyncIterator[Gateway]:
    """The gateway for ``settings``, for the duration of the block.

    Raises:
        DatabaseUnavailable: the database cannot be opened.
        InvalidSettings: the data in the database is sealed under another secret, or what the
            payment provider needs is not installed.

    """
    async with AsyncExitStack() as stack:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = await open_database(settings.resolved_database_url)
        stack.push_async_callback(database.close)
        await require_secret(settings, database)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=HTTP_TIMEOUT_SECONDS))
        # A separate client, so that slow endpoints of partners do not use up its connections.
        webhook_http = await stack.enter_async_context(
            httpx.AsyncClient(timeout=HTTP_TIMEOUT_SECONDS)
        )
        webhook_calls = PublicWebhookCalls(webhook_http, allows_private=settings.webhooks_private)
        wakeups = open_wakeups(settings.wakeups_url, database, settings.resolved_database_url)
        payments = build_payment_adapters(settings, database, RandomIds(), SystemClock(), http)
        dependencies = _build_dependencies(
            settings, database, await stack.enter_async_context(wakeups), payments, http
        )
        calculator = await stack.enter_async_context(
            open_calculator(settings, dependencies.clock, dependencies.ids)
        )
        dependencies = replace(dependencies, calculator=calculator)
        gateway = _build_gateway(settings, database, dependencies, http, webhook_calls, payments)
        outcomes = None if calculator is None else calculator.outcomes
        yield replace(gateway, calculator_outcomes=outcomes)


def _build_gateway(
    settings: Settings,
    database: OpenDatabase,
    dependencies: Dependencies,
    http: httpx.AsyncClient,
    webhook_calls: PublicWebhookCalls,
    payments: PaymentAdapters,
) -> Gateway:
    authenticator = Authenticator(
        parts=dependencies.identity, provider=_build_identity_provider(settings, dependencies, http)
    )
    message_senders: dict[MessageKind, MessageSender] = {
        MessageKind.MAIL: MailDelivery(_build_mail_sender(settings, dependencies)),
        MessageKind.SMS: SmsDelivery(_build_sms_sender(settings, http)),
        MessageKind.WEBHOOK: WebhookDelivery(
            database, dependencies.cipher, dependencies.clock, webhook_calls, sign_webhook
        ),
    }
    sent_files = SentMessageFiles(settings.data_dir / OUTBOX_FOLDER)
    erasure_list = ForgottenFile(settings.data_dir / ERASURE_LIST_FILE)
    gift_dependencies = build_gift_dependencies(
        dependencies, http, settings.directory_url, webhook_calls
    )
    gift_dependencies = replace(
        gift_dependencies, sent_messages=sent_files, erasure_list=erasure_list
    )
    _require_sources(settings, gift_dependencies)
    jobs: tuple[Job[Any], ...] = (
        *(
            OutboxSender(
                database, dependencies.cipher, {kind: message_sender}, f"outbox_{kind.lower()}"
            )
            for kind, message_sender in message_senders.items()
        ),
        *_build_operator_senders(settings, dependencies, http),
        PurchaseRecovery(dependencies),
        OrderPaymentCompletion(dependencies),
        PaymentOperationCompletion(dependencies),
        PendingChangeRecovery(dependencies),
        HoldRenewalJob(dependencies),
        OrderScheduler(dependencies),
        SelectionJob(dependencies),
        OrderIndexing(dependencies),
        GiftOrderWithdrawal(gift_dependencies),
        GiftResolver(gift_dependencies),
        RetentionCleanup(database, settings.invoices_kept),
        ProviderClearanceJob(AccountDependencies(dependencies, gift_dependencies)),
        *(
            [ProviderEventJob(payments.notices, dependencies, gift_dependencies)]
            if payments.notices is not None
            else []
        ),
    )
    return Gateway(
        settings,
        database,
        dependencies,
        gift_dependencies,
        authenticator,
        jobs,
        payments.confirmations,
    )


def _build_operator_senders(
    settings: Settings, dependencies: Dependencies, http: httpx.AsyncClient
) -> Iterator[OutboxSender]:
    """The jobs that call the operator's own endpoints."""
    database, clock = dependencies.database, dependencies.clock
    senders: dict[MessageKind, MessageSender] = {}
    if settings.shop_webhook_url and settings.shop_webhook_secret:
        secret = settings.shop_webhook_secret.get_secret_value()
        shop = HttpOperatorEndpoint(settings.shop_webhook_url, secret, http, clock)
        senders[MessageKind.SHOP_EVENT] = shop_event_delivery(database, clock, shop)
    if settings.fulfilment_url and settings.fulfilment_secret:
        secret = settings.fulfilment_secret.get_secret_value()
        fulfilment = HttpOperatorEndpoint(settings.fulfilment_url, secret, http, clock)
        senders[MessageKind.FULFILMENT] = FulfilmentDelivery(database, fulfilment)
    if settings.merchant_url and settings.merchant_secret:
        secret = settings.merchant_secret.get_secret_value()
        merchant = HttpOperatorEndpoint(settings.merchant_url, secret, http, clock)
        senders[MessageKind.CALCULATION] = calculation_delivery(database, clock, merchant)
    for kind, sender in senders.items():
        yield OutboxSender(
            database,
            dependencies.cipher,
            {kind: sender},
            f"outbox_{kind.lower()}",
            MAX_OPERATOR_ATTEMPTS,
        )


def _build_dependencies(
    settings: Settings,
    database: OpenDatabase,
    wakeups: Wakeups,
    payments: PaymentAdapters,
    http: httpx.AsyncClient,
) -> Dependencies:
    clock, ids, countries = SystemClock(), RandomIds(), CountryDataSet()
    cipher = build_cipher(settings)
    identity = IdentityDependencies(
        database=database,
        clock=clock,
        ids=ids,
        cipher=cipher,
        countries=countries,
        phones=PhoneNumberPlans(),
        payment_method_vault=payments.method_vault,
        wakeups=wakeups,
        reauthenticate_after=settings.reauthenticate_after,
        sign_in_codes_per_hour=settings.max_sign_ins_per_hour,
        erased_accounts=ForgottenFile(
            settings.data_dir / ERASED_ACCOUNTS_FILE, PURCHASER_ID_PATTERN
        ),
    )
    return Dependencies(
        policy=settings.policy,
        database=database,
        calendars=ZoneCalendars(),
        clock=clock,
        ids=ids,
        cipher=cipher,
        wakeups=wakeups,
        payment_provider=payments.provider,
        currencies=IsoCurrencies(),
        formats=CldrFormats(),
        countries=countries,
        tax_ids=StandardTaxIds(),
        tax_id_register=_build_tax_id_register(settings, clock, http),
        identity=identity,
        operation_recorders={PaymentOperationKind.REFUND: record_refund_outcome},
    )


def _build_tax_id_register(
    settings: Settings, clock: SystemClock, http: httpx.AsyncClient
) -> ViesRegister | None:
    if settings.vies_url is None:
        return None
    return ViesRegister(settings.vies_url, http, clock, settings.vies_requester)


def build_gift_dependencies(
    dependencies: Dependencies,
    http: httpx.AsyncClient,
    directory_url: str | None,
    webhook_calls: WebhookCalls,
) -> GiftDependencies:
    """The dependencies of gifts: the common ones, and also pricing, sources and letters."""
    givers = PurchaserGivers(dependencies.cipher, dependencies.clock)
    return GiftDependencies(
        policy=dependencies.policy,
        database=dependencies.database,
        clock=dependencies.clock,
        ids=dependencies.ids,
        cipher=dependencies.cipher,
        wakeups=dependencies.wakeups,
        payments=dependencies.payment_provider,
        pricing=EngineGiftPricing(
            dependencies.database, dependencies.policy, dependencies.clock, dependencies.calendars
        ),
        givers=givers,
        countries=dependencies.countries,
        phones=dependencies.identity.phones,
        letters=TemplateLetters(),
        name_equivalences=load_name_equivalences(),
        sources={
            source.name: GuardedSource(source)
            for source in _build_sources(dependencies, givers, http, directory_url)
        },
        webhook_calls=webhook_calls,
    )


def _require_sources(settings: Settings, gift_dependencies: GiftDependencies) -> None:
    """Check that the sources in ``GIFT_SOURCES`` exist, if it is set.

    The default is not checked, because it names a source that may be missing.

    Raises:
        InvalidSettings: a source does not exist.

    """
    if "gift_sources" not in settings.model_fields_set:
        return
    missing_names = [
        name for name in settings.gift_sources if name not in gift_dependencies.sources
    ]
    if missing_names:
        raise InvalidSettings(
            f"{variable_name('gift_sources')}: no source is called {', '.join(missing_names)}; "
            f"there are {', '.join(gift_dependencies.sources)}"
        )


def _build_sources(
    dependencies: Dependencies,
    givers: PurchaserGivers,
    http: httpx.AsyncClient,
    directory_url: str | None,
) -> Iterator[Source]:
    yield SavedAddressSource(dependencies.database, givers, dependencies.clock)
    yield EarlierGiftSource(dependencies.database, dependencies.cipher)
    yield EarlierGiverSource(dependencies.database, dependencies.cipher)
    yield ImportedDirectorySource(dependencies.database, dependencies.cipher)
    if directory_url:
        yield HttpDirectorySource(directory_url, http, CircuitBreaker(dependencies.clock))


def _build_identity_provider(
    settings: Settings, dependencies: Dependencies, http: httpx.AsyncClient
) -> JwksIdentityProvider | None:
    if not (settings.jwks_url and settings.jwt_issuer and settings.jwt_audience):
        return None
    issuer = TrustedIssuer(settings.jwks_url, settings.jwt_issuer, settings.jwt_audience)
    return JwksIdentityProvider(issuer, http, dependencies.clock)


def _build_mail_sender(settings: Settings, dependencies: Dependencies) -> MailSender:
    if settings.smtp_url:
        return SmtpMailSender(
            SmtpServer.from_url(settings.smtp_url), settings.mail_from, dependencies.clock
        )
    return FileMailSender(settings.data_dir / OUTBOX_FOLDER, settings.mail_from, dependencies.clock)


def _build_sms_sender(settings: Settings, http: httpx.AsyncClient) -> SmsSender:
    if settings.sms_url:
        return HttpSmsSender(settings.sms_url, http)
    return FileSmsSender(settings.data_dir / OUTBOX_FOLDER)
