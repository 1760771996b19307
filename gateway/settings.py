"""Settings: environment variables called ``GATEWAY_…``, read once, typed, wrong ones refused."""

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gateway.adapters.currencies import IsoCurrencies
from gateway.engine.money import Currency, Money, UnfitAmount, money
from gateway.services.policy import ConsolidationPolicy, GiftPolicy, Policy

PREFIX = "GATEWAY_"
TESTS_OWN = "GATEWAY_TEST_"
PRODUCTION_RATE = 600
"""Requests a minute where nothing else is set."""
PRODUCTION_SIGN_INS = 200
"""Sign-in codes an hour where nothing else is set."""
PRODUCTION_RECIPIENTS = 100
"""Recipients of one giver in 24 hours where nothing else is set."""
MIN_SECRET_LENGTH = 32
SOURCES = ("saved_addresses", "earlier_gifts", "earlier_givers", "directory", "http_directory")
"""Where a gift's recipient is looked for; the last only where DIRECTORY_URL is set."""


class WrongSettings(Exception):
    """Settings that cannot be used: one sentence each, naming the variable, never its value."""


class Payments(StrEnum):
    """The payment providers."""

    SIM = "sim"


def _duration(value: object) -> object:
    if isinstance(value, str) and not re.match(r"P[0-9T]", value):
        raise ValueError("must be an ISO 8601 duration such as PT90M or P7D")
    return value


def _positive(duration: timedelta) -> timedelta:
    if duration <= timedelta():
        raise ValueError("must be longer than nothing")
    return duration


def _listed(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(each for part in value.split(",") if (each := part.strip()))


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(ip_network(each, strict=False)) for each in value)


def _origins(value: tuple[str, ...]) -> tuple[str, ...]:
    for each in value:
        if not re.fullmatch(r"https?://[^/\s]+", each):
            raise ValueError("must be origins such as https://shop.example, without a path")
    return value


def _host_names(value: tuple[str, ...]) -> tuple[str, ...]:
    for each in value:
        if not re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(:[0-9]{1,5})?", each):
            raise ValueError("must be hosts such as shop.example or shop.example:8443")
    return value


def _amount(value: object) -> object:
    """``500 USD`` as Money; a bare number is US dollars."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]+)?)(?: +([A-Z]{3}))?", value.strip())
    currency = IsoCurrencies().find(found[2] or "USD") if found else None
    if found is None or currency is None:
        raise ValueError("must be an amount and a currency such as 500 USD")
    try:
        return money(Decimal(found[1]), currency)
    except UnfitAmount as refused:
        raise ValueError(str(refused)) from refused


def _denomination(value: object) -> object:
    if not isinstance(value, str):
        return value
    currency = IsoCurrencies().find(value)
    if currency is None:
        raise ValueError("must be a currency of ISO 4217 such as USD")
    return currency


def _rate(value: object) -> object:
    return 0 if value == "off" else value


def _without_slash(url: str) -> str:
    if not re.fullmatch(r"https?://\S+", url):
        raise ValueError("must be a URL that starts with http:// or https://")
    return url.rstrip("/")


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(_duration), AfterValidator(_positive)]
Names: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
Networks: TypeAlias = Annotated[Names, AfterValidator(_networks)]
Origins: TypeAlias = Annotated[Names, AfterValidator(_origins)]
HostNames: TypeAlias = Annotated[Names, AfterValidator(_host_names)]
Amount: TypeAlias = Annotated[Money, NoDecode, BeforeValidator(_amount)]
Denomination: TypeAlias = Annotated[Currency, NoDecode, BeforeValidator(_denomination)]
Rate: TypeAlias = Annotated[int, BeforeValidator(_rate), Field(ge=0)]
Url: TypeAlias = Annotated[str, AfterValidator(_without_slash)]


class Settings(BaseSettings):
    """Everything that can be set, under its variable's name in lower case, with its default."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True
    )

    # -- where it runs and what it keeps
    data_dir: Path = Path("data")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    public_url: Url | None = None
    worker: bool = True
    wakeups_url: str | None = Field(
        default=None, pattern=r"^(postgres$|redis://|rediss://|nats://)"
    )
    production: bool = False
    faults: bool = False
    compiled: bool = True

    # -- whom it trusts
    secret_key: SecretStr | None = Field(default=None, min_length=MIN_SECRET_LENGTH)
    earlier_secret_keys: SecretStr | None = None
    cors_origins: Origins = ()
    trusted_proxies: Networks = ()
    hosts: HostNames = ()
    metrics_key: SecretStr | None = Field(default=None, min_length=8)
    rate_limit: Rate | None = None
    sign_ins_hourly: Rate | None = None
    trusted_documents: Literal["off", "prefer", "only"] = "off"
    trusted_documents_file: Path | None = None
    jwks_url: Url | None = None
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    reauthenticate_after: Duration = timedelta(minutes=15)

    # -- whom it talks to
    payments: Payments = Payments.SIM
    smtp_url: str | None = Field(default=None, pattern=r"^smtps?://")
    sms_url: str | None = Field(default=None, pattern=r"^https?://")
    mail_from: str = "Gateway <gateway@localhost>"
    webhooks_private: bool = False

    # -- what it sells by
    currency: Denomination = Field(default="USD", validate_default=True)
    order_cap: Amount = Field(default="500 USD", validate_default=True)
    day_cap: Amount = Field(default="1000 USD", validate_default=True)
    one_click_window: Duration = timedelta(minutes=90)
    short_term: Duration = timedelta(days=7)

    # -- gifts
    gift_email_wait: Duration = timedelta(hours=72)
    gift_phone_wait: Duration = timedelta(hours=48)
    gift_lifetime: Duration = timedelta(days=14)
    gift_giver_wait: Duration = timedelta(days=7)
    gift_messages: int = Field(default=3, ge=1)
    contact_daily: Rate = 6
    giver_daily: Rate | None = None
    gift_exchange: bool = False
    gift_facts_kept: Duration = timedelta(days=30)
    gift_sources: Names = SOURCES
    directory_url: Url | None = None
    directory_fresh: Duration = timedelta(days=365)

    @model_validator(mode="after")
    def _issuer_is_demanded(self) -> Self:
        """Tokens of another issuer, or for another audience, are never taken."""
        if self.jwks_url:
            self._demand("jwt_issuer", "jwt_audience", why="where GATEWAY_JWKS_URL is set")
        return self

    @model_validator(mode="after")
    def _registry_is_demanded(self) -> Self:
        """Without one, trusting nothing but registered documents would refuse everything."""
        if self.trusted_documents != "off":
            why = "where GATEWAY_TRUSTED_DOCUMENTS is not off"
            self._demand("trusted_documents_file", why=why)
        return self

    @model_validator(mode="after")
    def _ready_for_production(self) -> Self:
        """Nothing that is convenient in development is assumed in production."""
        if self.production:
            names = ("secret_key", "public_url", "smtp_url", "payments")
            self._demand(*names, why="where GATEWAY_PRODUCTION is on")
            if self.webhooks_private:
                # Partners would reach what only this network is to reach.
                name = variable("webhooks_private")
                raise ValueError(f"{name}: must be off where GATEWAY_PRODUCTION is on")
        return self

    @model_validator(mode="after")
    def _wakeups_fit_the_database(self) -> Self:
        """LISTEN and NOTIFY are Postgres' own."""
        if self.wakeups_url == "postgres" and self.database.startswith("sqlite:"):
            name = variable("wakeups_url")
            raise ValueError(f"{name}: must not be postgres where the database is SQLite")
        return self

    def _demand(self, *names: str, why: str) -> None:
        missing = [each for each in names if each not in self.model_fields_set]
        if missing:
            raise ValueError("\n".join(f"{variable(each)}: must be set {why}" for each in missing))

    @property
    def database(self) -> str:
        """The URL of the database: the one set, else a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'gateway.db'}"

    @property
    def earlier_secrets(self) -> tuple[str, ...]:
        """The secrets that came before, latest first: what they sealed can still be opened."""
        given = self.earlier_secret_keys
        if given is None:
            return ()
        return tuple(each for part in given.get_secret_value().split(",") if (each := part.strip()))

    @property
    def requests_a_minute(self) -> int | None:
        """The most requests of one caller in a minute; None: as many as it likes."""
        if self.rate_limit is None:
            return PRODUCTION_RATE if self.production else None
        return self.rate_limit or None

    @property
    def sign_ins_an_hour(self) -> int | None:
        """The most sign-in codes asked for from one network in an hour; None: as many."""
        if self.sign_ins_hourly is None:
            return PRODUCTION_SIGN_INS if self.production else None
        return self.sign_ins_hourly or None

    @property
    def address(self) -> str:
        """The URL under which people reach it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def policy(self) -> Policy:
        """What use cases need of it."""
        return Policy(
            currency=self.currency,
            public_url=self.address,
            reauthenticate_after=self.reauthenticate_after,
            order_cap=self.order_cap,
            day_cap=self.day_cap,
            consolidation=self._consolidation,
            gifts=self._gifts,
        )

    @property
    def _consolidation(self) -> ConsolidationPolicy:
        return ConsolidationPolicy(
            window=self.one_click_window,
            short_term=self.short_term,
        )

    @property
    def _recipients_a_day(self) -> int | None:
        if self.giver_daily is None:
            return PRODUCTION_RECIPIENTS if self.production else None
        return self.giver_daily or None

    @property
    def _gifts(self) -> GiftPolicy:
        return GiftPolicy(
            email_wait=self.gift_email_wait,
            phone_wait=self.gift_phone_wait,
            lifetime=self.gift_lifetime,
            giver_wait=self.gift_giver_wait,
            most_messages=self.gift_messages,
            exchangeable=self.gift_exchange,
            sources=self.gift_sources,
            directory_fresh=self.directory_fresh,
            facts_kept=self.gift_facts_kept,
            contact_daily=self.contact_daily or None,
            giver_daily=self._recipients_a_day,
        )


def variable(name: str) -> str:
    """The environment variable of the setting called ``name``."""
    return PREFIX + name.upper()


def read_settings() -> Settings:
    """The settings of this process.

    Raises:
        WrongSettings: one or more cannot be used.

    """
    try:
        return Settings()
    except ValidationError as wrong:
        raise WrongSettings("\n".join(_sentences(wrong))) from None


def _sentences(wrong: ValidationError) -> list[str]:
    """What is wrong, without the values: one of them may be a secret."""
    return [
        f"{variable(str(each['loc'][0]))}: {_plain(each['msg'])}"
        if each["loc"]
        else _plain(each["msg"])
        for each in wrong.errors(include_url=False, include_input=False)
    ]


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")


def unknown_names(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The names in ``environment`` that look like settings and are none: perhaps misspelt."""
    known = {variable(name) for name in Settings.model_fields}
    return tuple(
        sorted(
            name
            for name in environment
            if name.startswith(PREFIX) and not name.startswith(TESTS_OWN) and name not in known
        )
    )
