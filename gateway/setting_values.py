"""The kinds of values that settings have: how they are read, and why they are refused."""

import re
from datetime import timedelta
from decimal import Decimal
from ipaddress import ip_network
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.adapters.reference.tax_ids import StandardTaxIds, is_union_prefix
from gateway.engine.money import Currency, InvalidAmount, Money, money_from_major_units
from gateway.engine.pricing.calculations import CalculationPart
from gateway.engine.text.web_links import parse_web_url
from gateway.services.ports.tax_ids import TaxIdProblem
from gateway.services.webhook_secrets import is_webhook_secret
from gateway.stripe_keys import (
    is_stripe_webhook_secret,
    parse_publishable_key,
    parse_secret_key,
)

MAX_LEGAL_PERIOD = timedelta(days=36525)


def _require_iso_duration(value: object) -> object:
    if isinstance(value, str) and not re.match(r"P[0-9T]", value):
        raise ValueError("must be an ISO 8601 duration such as PT90M or P7D")
    return value


def _count_leap_days(value: object) -> object:
    """Whole years with their leap days, so that no legal period comes out too short."""
    years = re.fullmatch(r"P([0-9]{1,3})Y", value) if isinstance(value, str) else None
    if years is None:
        return value
    count = int(years[1])
    return timedelta(days=365 * count + (count + 3) // 4)


def _require_within_a_century(duration: timedelta) -> timedelta:
    if duration > MAX_LEGAL_PERIOD:
        raise ValueError("must be at most P100Y")
    return duration


def _require_positive(duration: timedelta) -> timedelta:
    if duration <= timedelta():
        raise ValueError("must be longer than nothing")
    return duration


def _require_union_tax_id(text: str) -> str:
    tax_id = StandardTaxIds().parse(text, None)
    if isinstance(tax_id, TaxIdProblem) or not is_union_prefix(tax_id.text[:2]):
        raise ValueError("must be a VAT id of a member state of the European Union, with its code")
    return tax_id.text


def _split_list(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(entry for part in value.split(",") if (entry := part.strip()))


def _parse_networks(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(ip_network(network, strict=False)) for network in value)


def _require_origins(value: tuple[str, ...]) -> tuple[str, ...]:
    for origin in value:
        if not re.fullmatch(r"https?://[^/\s]+", origin):
            raise ValueError("must be origins such as https://shop.example, without a path")
    return value


def _require_host_names(value: tuple[str, ...]) -> tuple[str, ...]:
    for host in value:
        if not re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(:[0-9]{1,5})?", host):
            raise ValueError("must be hosts such as shop.example or shop.example:8443")
    return value


def _require_picture_hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    """Require hosts that a Content Security Policy can name: nothing else may get into it."""
    for host in value:
        if not re.fullmatch(r"(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?", host):
            raise ValueError("must be hosts such as cdn.example, *.cdn.example or cdn.example:8443")
    return value


def _parse_amount(value: object) -> object:
    """Parse an amount such as ``500 USD``; without a currency it is in US dollars."""
    if not isinstance(value, str):
        return value
    amount_match = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]+)?)(?: +([A-Z]{3}))?", value.strip())
    currency = IsoCurrencies().find(amount_match[2] or "USD") if amount_match else None
    if amount_match is None or currency is None:
        raise ValueError("must be an amount and a currency such as 500 USD")
    try:
        return money_from_major_units(Decimal(amount_match[1]), currency)
    except InvalidAmount as error:
        raise ValueError(str(error)) from error


def _parse_currency(value: object) -> object:
    if not isinstance(value, str):
        return value
    currency = IsoCurrencies().find(value)
    if currency is None:
        raise ValueError("must be a currency of ISO 4217 such as USD")
    return currency


def _parse_rate(value: object) -> object:
    return 0 if value == "off" else value


def _require_endpoint(url: str) -> str:
    endpoint_url = parse_web_url(url)
    if endpoint_url is None:
        raise ValueError("must be a URL that starts with http:// or https://, without a password")
    return endpoint_url


def _strip_slash(url: str) -> str:
    if not re.fullmatch(r"https?://\S+", url):
        raise ValueError("must be a URL that starts with http:// or https://")
    return url.rstrip("/")


def split_secrets(secrets_text: SecretStr) -> tuple[str, ...]:
    """The secrets in ``secrets_text``, which are separated by commas."""
    parts = secrets_text.get_secret_value().split(",")
    return tuple(secret for part in parts if (secret := part.strip()))


def _require_stripe_secret_key(key: SecretStr) -> SecretStr:
    if parse_secret_key(key.get_secret_value()) is None:
        raise ValueError("must be a secret or restricted key of Stripe: sk_test_…, sk_live_…, rk_…")
    return key


def _require_stripe_publishable_key(key: str) -> str:
    if parse_publishable_key(key) is None:
        raise ValueError("must be a publishable key of Stripe: pk_test_… or pk_live_…")
    return key


def _require_stripe_webhook_secrets(secrets_text: SecretStr) -> SecretStr:
    secrets = split_secrets(secrets_text)
    if not secrets or not all(map(is_stripe_webhook_secret, secrets)):
        raise ValueError("must be signing secrets of Stripe's endpoints, whsec_…, with commas")
    return secrets_text


def _parse_parts(names: tuple[str, ...]) -> frozenset[CalculationPart]:
    if not names or not set(names) <= set(CalculationPart):
        raise ValueError(f"must be one or more of {', '.join(CalculationPart)}")
    return frozenset(map(CalculationPart, names))


def _require_webhook_secret(secret: SecretStr) -> SecretStr:
    if not is_webhook_secret(secret.get_secret_value()):
        raise ValueError("must be whsec_ and 24 to 64 random bytes as base64")
    return secret


Duration: TypeAlias = Annotated[
    timedelta, BeforeValidator(_require_iso_duration), AfterValidator(_require_positive)
]
LegalPeriod: TypeAlias = Annotated[
    Duration, BeforeValidator(_count_leap_days), AfterValidator(_require_within_a_century)
]
Names: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_list)]
Networks: TypeAlias = Annotated[Names, AfterValidator(_parse_networks)]
Origins: TypeAlias = Annotated[Names, AfterValidator(_require_origins)]
HostNames: TypeAlias = Annotated[Names, AfterValidator(_require_host_names)]
PictureHosts: TypeAlias = Annotated[Names, AfterValidator(_require_picture_hosts)]
Amount: TypeAlias = Annotated[Money, NoDecode, BeforeValidator(_parse_amount)]
CurrencySetting: TypeAlias = Annotated[Currency, NoDecode, BeforeValidator(_parse_currency)]
Rate: TypeAlias = Annotated[int, BeforeValidator(_parse_rate), Field(ge=0)]
UnionTaxId: TypeAlias = Annotated[str, AfterValidator(_require_union_tax_id)]
Url: TypeAlias = Annotated[str, AfterValidator(_strip_slash)]
EndpointUrl: TypeAlias = Annotated[str, AfterValidator(_require_endpoint)]
CalculationParts: TypeAlias = Annotated[
    frozenset[CalculationPart],
    NoDecode,
    BeforeValidator(_parse_parts),
    BeforeValidator(_split_list),
]
StripeSecretKey: TypeAlias = Annotated[SecretStr, AfterValidator(_require_stripe_secret_key)]
StripePublishableKey: TypeAlias = Annotated[str, AfterValidator(_require_stripe_publishable_key)]
StripeWebhookSecrets: TypeAlias = Annotated[
    SecretStr, AfterValidator(_require_stripe_webhook_secrets)
]
WebhookSecret: TypeAlias = Annotated[SecretStr, AfterValidator(_require_webhook_secret)]
