"""The composition root: the one place that picks adapters by the settings."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkstemp
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
from gateway.adapters.vault import EnvelopeCipher
from gateway.adapters.wakeups.opening import open_wakeups
from gateway.adapters.webhooks import PublicCalls, signature
from gateway.services import vault
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
from gateway.services.ports.vault import Unreadable
from gateway.services.ports.wakeups import Wakeups
from gateway.services.ports.webhooks import Calls
from gateway.services.repair import FinishPurchases
from gateway.services.stepping import Step
from gateway.services.sweeping import Sweep
from gateway.settings import MIN_SECRET_LENGTH, Settings, WrongSettings, variable

SECRET_FILE = "secret_key"  # noqa: S105 - a file's name
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


def cipher_of(settings: Settings) -> EnvelopeCipher:
    """The cipher of personal data: sealing under the present secret, opening under earlier ones."""
    return EnvelopeCipher(secret_key(settings), settings.earlier_secrets)


async def require_secret(settings: Settings, database: OpenDatabase) -> None:
    """Refuse a secret that does not open what the database holds.

    Raises:
        WrongSettings: it does not, or the file that held it is gone.

    """
    file = settings.data_dir / SECRET_FILE
    own = settings.secret_key is None
    if own and not file.exists() and await vault.has_keys(database=database):
        raise WrongSettings(
            f"{variable('secret_key')}: must be set: this database holds data sealed under a "
            f"secret, and {file} is not there"
        )
    try:
        await vault.require_secret(database=database, cipher=cipher_of(settings))
    except Unreadable:
        where = f"{file} holds another secret" if own else "is another secret"
        raise WrongSettings(
            f"{variable('secret_key')}: {where} than the one this database's data is sealed under; "
            f"a secret that was replaced stands in {variable('earlier_secret_keys')}"
        ) from None


def secret_key(settings: Settings) -> str:
    """The secret that is set, else one made at the first start and kept in the data folder.

    Raises:
        WrongSettings: the file that keeps it cannot be read, or holds none.

    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    file = settings.data_dir / SECRET_FILE
    try:
        if not file.exists():
            _write_once(file, secrets.token_urlsafe(32))
        kept = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as refusal:
        raise WrongSettings(f"{variable('data_dir')}: {file}: {refusal}") from refusal
    if len(kept) < MIN_SECRET_LENGTH:
        raise WrongSettings(
            f"{variable('data_dir')}: {file} holds no secret of {MIN_SECRET_LENGTH} characters"
        )
    return kept


def _write_once(file: Path, text: str) -> None:
    """Write ``file``, unless another process has meanwhile; it is never seen half written."""
    descriptor, draft = mkstemp(prefix=f"{SECRET_FILE}-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(text)
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        Path(draft).unlink()


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
