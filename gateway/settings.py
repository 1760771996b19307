"""The settings, which are read from environment variables ``GATEWAY_…`` and checked."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.engine.orders.joining import ConsolidationPolicy
from gateway.engine.pricing.calculations import ALL_PARTS
from gateway.services.policy import GiftPolicy, Policy
from gateway.setting_values import (
    Amount,
    CalculationParts,
    CurrencySetting,
    Duration,
    EndpointUrl,
    HostNames,
    LegalPeriod,
    Names,
    Networks,
    Origins,
    PictureHosts,
    Rate,
    StripePublishableKey,
    StripeSecretKey,
    StripeWebhookSecrets,
    UnionTaxId,
    Url,
    WebhookSecret,
    split_secrets,
)
from gateway.stripe_keys import (
    DEFAULT_STRIPE_API_URL,
    StripeMode,
    find_stripe_problems,
    parse_secret_key,
)

PREFIX = "GATEWAY_"
TEST_PREFIX = "GATEWAY_TEST_"
DEFAULT_PRODUCTION_RATE = 600
"""Requests of one caller in a minute, in production, if ``rate_limit`` is not set."""
DEFAULT_PRODUCTION_SIGN_INS = 200
"""Sign-in codes for one network in an hour, in production, if not set otherwise."""
DEFAULT_PRODUCTION_RECIPIENTS = 100
"""Recipients of one giver in 24 hours, in production, if ``giver_daily`` is not set."""
MIN_SECRET_LENGTH = 32
"""A shorter secret, in characters, is refused."""
SOURCE_NAMES = ("saved_addresses", "earlier_gifts", "earlier_givers", "directory", "http_directory")
"""The sources of addresses for gifts; the last one exists only if DIRECTORY_URL is set."""


class InvalidSettings(Exception):
    """Settings are invalid; each line of the message names a variable, but never its value."""


class PaymentProviderName(StrEnum):
    """The payment providers."""

    SIM = "sim"
    STRIPE = "stripe"


class Settings(BaseSettings):
    """All settings with their defaults, each under its variable's name in lower case."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True
    )

    # -- network, storage and processes
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
    shop: bool | None = None
    faults: bool = False
    compiled: bool = True

    # -- secrets, access and limits
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

    # -- external services
    payments: PaymentProviderName = PaymentProviderName.SIM
    stripe_secret_key: StripeSecretKey | None = None
    stripe_publishable_key: StripePublishableKey | None = None
    stripe_webhook_secret: StripeWebhookSecrets | None = None
    stripe_api_url: EndpointUrl = DEFAULT_STRIPE_API_URL
    smtp_url: str | None = Field(default=None, pattern=r"^smtps?://")
    sms_url: str | None = Field(default=None, pattern=r"^https?://")
    mail_from: str = "Gateway <gateway@localhost>"
    webhooks_private: bool = False
    fulfilment_url: EndpointUrl | None = None
    fulfilment_secret: WebhookSecret | None = None
    shop_webhook_url: EndpointUrl | None = None
    shop_webhook_secret: WebhookSecret | None = None
    merchant_url: EndpointUrl | None = None
    merchant_secret: WebhookSecret | None = None
    merchant_parts: CalculationParts = ALL_PARTS

    vies_url: EndpointUrl | None = None
    vies_requester: UnionTaxId | None = None

    # -- selling
    picture_hosts: PictureHosts = ()
    currency: CurrencySetting = Field(default="USD", validate_default=True)
    order_cap: Amount = Field(default="500 USD", validate_default=True)
    day_cap: Amount = Field(default="1000 USD", validate_default=True)
    one_click_window: Duration = timedelta(minutes=90)
    short_term: Duration = timedelta(days=7)
    group_lines: int = Field(default=100, ge=1, le=1000)
    cart_orders_join: bool = False
    longest_wait: Duration | None = None
    invoices_kept: LegalPeriod = Field(default="P10Y", validate_default=True)

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
    gift_sources: Names = SOURCE_NAMES
    directory_url: Url | None = None
    directory_fresh: Duration = timedelta(days=365)

    @model_validator(mode="after")
    def _require_issuer(self) -> Self:
        """Require an issuer and an audience, because tokens of or for others are refused."""
        if self.jwks_url:
            self._require_set("jwt_issuer", "jwt_audience", why="where GATEWAY_JWKS_URL is set")
        return self

    @model_validator(mode="after")
    def _require_registry(self) -> Self:
        """Require a registry, because without one all documents would be refused."""
        if self.trusted_documents != "off":
            why = "where GATEWAY_TRUSTED_DOCUMENTS is not off"
            self._require_set("trusted_documents_file", why=why)
        return self

    @model_validator(mode="after")
    def _check_production(self) -> Self:
        """Require in production the settings whose defaults are only for development."""
        if self.production:
            names = ("secret_key", "public_url", "smtp_url", "payments")
            self._require_set(*names, why="where GATEWAY_PRODUCTION is on")
            if self.webhooks_private:
                # Partners could reach addresses of the private network.
                name = variable_name("webhooks_private")
                raise ValueError(f"{name}: must be off where GATEWAY_PRODUCTION is on")
        return self

    @model_validator(mode="after")
    def _check_wakeups(self) -> Self:
        """Refuse wake-ups by Postgres with SQLite, which has no LISTEN and NOTIFY."""
        if self.wakeups_url == "postgres" and self.resolved_database_url.startswith("sqlite:"):
            name = variable_name("wakeups_url")
            raise ValueError(f"{name}: must not be postgres where the database is SQLite")
        return self

    @model_validator(mode="after")
    def _require_endpoint_secrets(self) -> Self:
        """Require a URL and its secret together: calls without a signature are not made."""
        for url, secret in (
            ("fulfilment_url", "fulfilment_secret"),
            ("shop_webhook_url", "shop_webhook_secret"),
            ("merchant_url", "merchant_secret"),
        ):
            for missing, present in ((url, secret), (secret, url)):
                if getattr(self, present) is not None and getattr(self, missing) is None:
                    why = f"where {variable_name(present)} is set"
                    raise ValueError(f"{variable_name(missing)}: must be set {why}")
        return self

    @model_validator(mode="after")
    def _require_services(self) -> Self:
        """Require a register or a calculator where it is set how it is asked."""
        for url, name in (("vies_url", "vies_requester"), ("merchant_url", "merchant_parts")):
            if name in self.model_fields_set:
                self._require_set(url, why=f"where {variable_name(name)} is set")
        return self

    @model_validator(mode="after")
    def _check_stripe(self) -> Self:
        """Require Stripe's keys, all of one mode, where Stripe is the provider."""
        if self.payments is not PaymentProviderName.STRIPE:
            return self
        names = ("stripe_secret_key", "stripe_publishable_key", "stripe_webhook_secret")
        self._require_set(*names, why="where GATEWAY_PAYMENTS is stripe")
        if self.stripe_secret_key is not None and self.stripe_publishable_key is not None:
            problems = find_stripe_problems(
                self.stripe_secret_key.get_secret_value(),
                self.stripe_publishable_key,
                self.stripe_api_url,
                production=self.production,
            )
            if problems:
                lines = (f"{variable_name(name)}: {sentence}" for name, sentence in problems)
                raise ValueError("\n".join(lines))
        return self

    def _require_set(self, *names: str, why: str) -> None:
        missing = [name for name in names if name not in self.model_fields_set]
        if missing:
            raise ValueError(
                "\n".join(f"{variable_name(name)}: must be set {why}" for name in missing)
            )

    @property
    def resolved_database_url(self) -> str:
        """The URL of the database; by default that of a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'gateway.db'}"

    @property
    def media_folder(self) -> Path:
        """The folder of the pictures that are served at ``/media``."""
        return self.data_dir / "media"

    @property
    def earlier_secrets(self) -> tuple[str, ...]:
        """The earlier secrets, latest first, whose sealed data can still be unsealed."""
        secrets_text = self.earlier_secret_keys
        return () if secrets_text is None else split_secrets(secrets_text)

    @property
    def moves_money(self) -> bool:
        """Whether payments are real: neither simulated nor in the provider's test mode."""
        key = self.stripe_secret_key
        if self.payments is not PaymentProviderName.STRIPE or key is None:
            return False
        return parse_secret_key(key.get_secret_value()) is StripeMode.LIVE

    @property
    def stripe_webhook_secrets(self) -> tuple[str, ...]:
        """The secrets by which Stripe may have signed an event; several while one is rolled."""
        secrets_text = self.stripe_webhook_secret
        return () if secrets_text is None else split_secrets(secrets_text)

    @property
    def max_requests_per_minute(self) -> int | None:
        """The maximum of requests of one caller in a minute; None means no limit."""
        if self.rate_limit is None:
            return DEFAULT_PRODUCTION_RATE if self.production else None
        return self.rate_limit or None

    @property
    def max_sign_ins_per_hour(self) -> int | None:
        """The maximum of sign-in codes for one network in an hour; None means no limit."""
        if self.sign_ins_hourly is None:
            return DEFAULT_PRODUCTION_SIGN_INS if self.production else None
        return self.sign_ins_hourly or None

    @property
    def serves_shop(self) -> bool:
        """Whether the demonstration shop is served."""
        return not self.production if self.shop is None else self.shop

    @property
    def base_url(self) -> str:
        """The URL under which people reach the gateway."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def picture_sources(self) -> tuple[str, ...]:
        """Whose pictures the shop's page shows, beside its own origin's, as in ``img-src``.

        The first is the origin of ``/media``, which the page's own may differ from: localhost. The
        others have no scheme: on a page over TLS they are asked by TLS only.
        """
        return ("/".join(self.base_url.split("/", 3)[:3]), *self.picture_hosts)

    @property
    def policy(self) -> Policy:
        """The part of the settings that use cases need."""
        return Policy(
            currency=self.currency,
            public_url=self.base_url,
            reauthenticate_after=self.reauthenticate_after,
            order_cap=self.order_cap,
            day_cap=self.day_cap,
            consolidation=self._consolidation_policy,
            gifts=self._gift_policy,
            calls_fulfilment=self.fulfilment_url is not None,
            calls_shop=self.shop_webhook_url is not None,
            calls_calculator=self.merchant_url is not None,
        )

    @property
    def _consolidation_policy(self) -> ConsolidationPolicy:
        return ConsolidationPolicy(
            window=self.one_click_window,
            short_term=self.short_term,
            max_lines=self.group_lines,
            joins_carts=self.cart_orders_join,
            max_wait=self.longest_wait,
        )

    @property
    def _max_recipients_per_day(self) -> int | None:
        if self.giver_daily is None:
            return DEFAULT_PRODUCTION_RECIPIENTS if self.production else None
        return self.giver_daily or None

    @property
    def _gift_policy(self) -> GiftPolicy:
        return GiftPolicy(
            email_wait=self.gift_email_wait,
            phone_wait=self.gift_phone_wait,
            lifetime=self.gift_lifetime,
            giver_wait=self.gift_giver_wait,
            max_messages=self.gift_messages,
            exchangeable=self.gift_exchange,
            sources=self.gift_sources,
            directory_freshness=self.directory_fresh,
            fact_retention=self.gift_facts_kept,
            max_daily_contact_messages=self.contact_daily or None,
            max_daily_recipients=self._max_recipients_per_day,
        )


def variable_name(name: str) -> str:
    """The environment variable of the setting ``name``."""
    return PREFIX + name.upper()


def read_settings() -> Settings:
    """The settings of this process.

    Raises:
        InvalidSettings: one or more settings are invalid.

    """
    try:
        return Settings()
    except ValidationError as error:
        raise InvalidSettings("\n".join(_error_sentences(error))) from None


def _error_sentences(error: ValidationError) -> list[str]:
    """The error messages, without the values, because a value may be a secret."""
    return [
        f"{variable_name(str(detail['loc'][0]))}: {_strip_error_prefix(detail['msg'])}"
        if detail["loc"]
        else _strip_error_prefix(detail["msg"])
        for detail in error.errors(include_url=False, include_input=False)
    ]


def _strip_error_prefix(message: str) -> str:
    return message.removeprefix("Value error, ")


def unknown_variables(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables in ``environment`` with the prefix of settings that are not settings."""
    setting_variables = {variable_name(name) for name in Settings.model_fields}
    return tuple(
        sorted(
            name
            for name in environment
            if name.startswith(PREFIX)
            and not name.startswith(TEST_PREFIX)
            and name not in setting_variables
        )
    )
