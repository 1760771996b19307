"""The composition root: the one place that picks adapters by the settings."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from gateway.adapters.calendars import ZoneCalendars
from gateway.adapters.clocks import SystemClock
from gateway.adapters.countries import DataCountries
from gateway.adapters.currencies import IsoCurrencies
from gateway.adapters.databases import OpenDatabase, open_database
from gateway.adapters.forgotten_file import ForgottenFile
from gateway.adapters.formats import CldrFormats
from gateway.adapters.guarded_sources import GuardedSource
from gateway.adapters.http_directory import Breaker, HttpDirectory
from gateway.adapters.ids import RandomIds
from gateway.adapters.jwks import Issuer, JwksIdentityProvider
from gateway.adapters.letters import TemplateLetters
from gateway.adapters.names import name_signs
from gateway.adapters.outbox_files import MailFiles, SentFiles, SmsFiles
from gateway.adapters.phones import NumberingPlans
from gateway.adapters.simulated_payments import SimulatedPayments
from gateway.adapters.simulated_wallets import SimulatedWallets
from gateway.adapters.sms import HttpTexts
from gateway.adapters.smtp import SmtpMails, SmtpServer
from gateway.adapters.wakeups.opening import open_wakeups
from gateway.adapters.webhooks import PublicCalls, signature
from gateway.secret_key import cipher_of, require_secret
from gateway.services.gift_pricing import EnginePricing
from gateway.services.gifts.directory import ImportedDirectory
from gateway.services.gifts.givers import PurchasersWhoGive
from gateway.services.gifts.ordering import WithdrawGiftOrders
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.remembered import EarlierGifts, EarlierGivers, SavedAddresses
from gateway.services.gifts.resolving import ResolveGifts
from gateway.services.gifts.webhooks import WebhookCourier
from gateway.services.identity.parts import IdentityParts
from gateway.services.identity.recognising import Recogniser
from gateway.services.orders import ScheduleOrders
from gateway.services.outbox import Courier, MailCourier, SendMessages, SmsCourier
from gateway.services.parts import Parts
from gateway.services.payments import PushPayments
from gateway.services.ports.messages import Mails, Texts
from gateway.services.ports.outbox import MessageKind
from gateway.services.ports.sources import Source
from gateway.services.ports.wakeups import Wakeups
from gateway.services.ports.webhooks import Calls
from gateway.services.repair import FinishPurchases
from gateway.services.stepping import Step
from gateway.services.sweeping import Sweep
from gateway.settings import Settings, WrongSettings, variable

OUTBOX = "outbox"
FORGOTTEN_FILE = "forgotten"
CALL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Gateway:
    """Everything that a process of the gateway runs on."""

    settings: Settings
    database: OpenDatabase
    parts: Parts
    gifts: GiftParts
    recogniser: Recogniser
    steps: Sequence[Step[Any]]


@asynccontextmanager
async def bootstrap(settings: Settings) -> AsyncIterator[Gateway]:
    """The gateway as ``settings`` want it, while the block lasts.

    Raises:
        DatabaseUnavailable: the database cannot be opened.
        WrongSettings: the secret is not the one that the database's data is sealed under.

    """
    async with AsyncExitStack() as stack:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = await open_database(settings.database)
        stack.push_async_callback(database.close)
        await require_secret(settings, database)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=CALL_SECONDS))
        # Apart: endpoints that others name must not use up what our own services are called by.
        others = await stack.enter_async_context(httpx.AsyncClient(timeout=CALL_SECONDS))
        calls = PublicCalls(others, private=settings.webhooks_private)
        wakeups = open_wakeups(settings.wakeups_url, database, settings.database)
        parts = _parts(settings, database, await stack.enter_async_context(wakeups))
        yield _gateway(settings, database, parts, http, calls)


def _gateway(
    settings: Settings,
    database: OpenDatabase,
    parts: Parts,
    http: httpx.AsyncClient,
    calls: PublicCalls,
) -> Gateway:
    recogniser = Recogniser(parts=parts.identity, provider=_provider(settings, parts, http))
    couriers: dict[MessageKind, Courier] = {
        MessageKind.MAIL: MailCourier(_mails(settings, parts)),
        MessageKind.SMS: SmsCourier(_texts(settings, http)),
        MessageKind.WEBHOOK: WebhookCourier(database, parts.cipher, parts.clock, calls, signature),
    }
    sent = SentFiles(settings.data_dir / OUTBOX)
    forgotten = ForgottenFile(settings.data_dir / FORGOTTEN_FILE)
    gifts = gift_parts(parts, http, settings.directory_url, calls)
    gifts = replace(gifts, sent=sent, forgotten=forgotten)
    _require_sources(settings, gifts)
    steps: tuple[Step[Any], ...] = (
        *(
            SendMessages(database, parts.cipher, {kind: courier}, f"outbox_{kind.lower()}")
            for kind, courier in couriers.items()
        ),
        FinishPurchases(parts),
        PushPayments(parts),
        ScheduleOrders(parts),
        WithdrawGiftOrders(gifts),
        ResolveGifts(gifts),
        Sweep(database),
    )
    return Gateway(settings, database, parts, gifts, recogniser, steps)


def _parts(settings: Settings, database: OpenDatabase, wakeups: Wakeups) -> Parts:
    clock, ids, countries = SystemClock(), RandomIds(), DataCountries()
    cipher = cipher_of(settings)
    identity = IdentityParts(
        database=database,
        clock=clock,
        ids=ids,
        cipher=cipher,
        countries=countries,
        phones=NumberingPlans(),
        wallets=SimulatedWallets(),
        wakeups=wakeups,
        recent=settings.reauthenticate_after,
        sign_ins_hourly=settings.sign_ins_an_hour,
    )
    return Parts(
        policy=settings.policy,
        database=database,
        calendars=ZoneCalendars(),
        clock=clock,
        ids=ids,
        cipher=cipher,
        wakeups=wakeups,
        payments=SimulatedPayments(database, ids, settings.address),
        currencies=IsoCurrencies(),
        formats=CldrFormats(),
        countries=countries,
        identity=identity,
    )


def gift_parts(
    parts: Parts, http: httpx.AsyncClient, directory_url: str | None, calls: Calls
) -> GiftParts:
    """What gifts work with: the same as everything else, prices, sources and letters besides."""
    givers = PurchasersWhoGive(parts.cipher, parts.clock)
    return GiftParts(
        policy=parts.policy,
        database=parts.database,
        clock=parts.clock,
        ids=parts.ids,
        cipher=parts.cipher,
        wakeups=parts.wakeups,
        payments=parts.payments,
        pricing=EnginePricing(parts.database, parts.policy, parts.clock, parts.calendars),
        givers=givers,
        countries=parts.countries,
        phones=parts.identity.phones,
        letters=TemplateLetters(),
        names=name_signs(),
        sources={
            source.name: GuardedSource(source)
            for source in _sources(parts, givers, http, directory_url)
        },
        calls=calls,
    )


def _require_sources(settings: Settings, gifts: GiftParts) -> None:
    """Refuse the names of sources that are not there; the default names one that may be missing.

    Raises:
        WrongSettings: ``GIFT_SOURCES`` names such a source.

    """
    if "gift_sources" not in settings.model_fields_set:
        return
    absent = [name for name in settings.gift_sources if name not in gifts.sources]
    if absent:
        raise WrongSettings(
            f"{variable('gift_sources')}: no source is called {', '.join(absent)}; "
            f"there are {', '.join(gifts.sources)}"
        )


def _sources(
    parts: Parts, givers: PurchasersWhoGive, http: httpx.AsyncClient, directory_url: str | None
) -> Iterator[Source]:
    yield SavedAddresses(parts.database, givers, parts.clock)
    yield EarlierGifts(parts.database, parts.cipher)
    yield EarlierGivers(parts.database, parts.cipher)
    yield ImportedDirectory(parts.database, parts.cipher)
    if directory_url:
        yield HttpDirectory(directory_url, http, Breaker(parts.clock))


def _provider(
    settings: Settings, parts: Parts, http: httpx.AsyncClient
) -> JwksIdentityProvider | None:
    if not (settings.jwks_url and settings.jwt_issuer and settings.jwt_audience):
        return None
    issuer = Issuer(settings.jwks_url, settings.jwt_issuer, settings.jwt_audience)
    return JwksIdentityProvider(issuer, http, parts.clock)


def _mails(settings: Settings, parts: Parts) -> Mails:
    if settings.smtp_url:
        return SmtpMails(SmtpServer.at(settings.smtp_url), settings.mail_from, parts.clock)
    return MailFiles(settings.data_dir / OUTBOX, settings.mail_from, parts.clock)


def _texts(settings: Settings, http: httpx.AsyncClient) -> Texts:
    if settings.sms_url:
        return HttpTexts(settings.sms_url, http)
    return SmsFiles(settings.data_dir / OUTBOX)
