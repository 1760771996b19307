"""Settings: what each accepts, what is refused at the start, and that refusals keep secrets."""

import ast
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.engine.money import Currency, Money
from gateway.engine.orders.joining import ConsolidationPolicy
from gateway.engine.pricing.calculations import ALL_PARTS, CalculationPart
from gateway.services.policy import GiftPolicy, Policy
from gateway.settings import (
    InvalidSettings,
    PaymentProviderName,
    Settings,
    read_settings,
    unknown_variables,
)

USD = Currency("USD", 2)
SECRET = "s" * 32


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in os.environ:
        if name.startswith("GATEWAY_"):
            monkeypatch.delenv(name)


def set_variables(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"GATEWAY_{name}", value)


def settings_errors(monkeypatch: pytest.MonkeyPatch, **values: str) -> list[str]:
    set_variables(monkeypatch, **values)
    with pytest.raises(InvalidSettings) as refused:
        read_settings()
    return str(refused.value).splitlines()


def test_the_defaults_are_those_of_development() -> None:
    settings = read_settings()
    assert settings.resolved_database_url == f"sqlite:///{Path('data').absolute()}/gateway.db"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.max_requests_per_minute is None
    assert settings.worker
    assert not settings.production
    policy = settings.policy
    assert policy.currency == USD
    assert policy.order_cap == Money(500_00, USD)
    assert policy.day_cap == Money(1000_00, USD)
    assert policy.reauthenticate_after == timedelta(minutes=15)
    assert policy.consolidation.window == timedelta(minutes=90)
    assert policy.consolidation.short_term == timedelta(days=7)
    assert policy.gifts.email_wait == timedelta(hours=72)
    assert policy.gifts.phone_wait == timedelta(hours=48)
    assert policy.gifts.lifetime == timedelta(days=14)
    assert policy.gifts.giver_wait == timedelta(days=7)
    assert policy.gifts.directory_freshness == timedelta(days=365)


def test_values_are_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(
        monkeypatch,
        ONE_CLICK_WINDOW="PT2H",
        ORDER_CAP="70000 JPY",
        DAY_CAP="99.50",
        CORS_ORIGINS="https://shop.example, http://localhost:3000",
        TRUSTED_PROXIES="10.0.0.1,fd00::/8",
        GIFT_SOURCES="earlier_gifts, directory",
        WORKER="off",
        RATE_LIMIT="off",
        PUBLIC_URL="https://shop.example/",
        WAKEUPS_URL="redis://127.0.0.1",
        PORT="",
        CURRENCY="EUR",
    )
    settings = read_settings()
    assert settings.one_click_window == timedelta(hours=2)
    assert settings.order_cap == Money(70_000, Currency("JPY", 0))
    assert settings.day_cap == Money(99_50, USD)
    assert settings.cors_origins == ("https://shop.example", "http://localhost:3000")
    assert settings.trusted_proxies == ("10.0.0.1/32", "fd00::/8")
    assert settings.gift_sources == ("earlier_gifts", "directory")
    assert not settings.worker
    assert settings.max_requests_per_minute is None
    assert settings.base_url == "https://shop.example"
    assert settings.port == 8000
    assert settings.policy.currency == Currency("EUR", 2)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ONE_CLICK_WINDOW", "90", "must be an ISO 8601 duration such as PT90M or P7D"),
        ("ONE_CLICK_WINDOW", "PT0S", "must be longer than nothing"),
        ("SHORT_TERM", "P7X", "Input should be a valid timedelta"),
        ("PORT", "99999", "Input should be less than or equal to 65535"),
        ("ORDER_CAP", "500 XYZ", "must be an amount and a currency such as 500 USD"),
        ("CURRENCY", "XXX", "must be a currency of ISO 4217 such as USD"),
        ("ORDER_CAP", "500.5 JPY", "JPY has 0 decimals"),
        ("PUBLIC_URL", "shop.example", "must be a URL that starts with http:// or https://"),
        ("CORS_ORIGINS", "https://a.example/x", "must be origins such as https://shop.example"),
        ("TRUSTED_PROXIES", "proxy", "'proxy' does not appear to be an IPv4 or IPv6 network"),
        ("HOSTS", "https://a.example", "must be hosts such as shop.example"),
        ("HOSTS", "a.example, b c", "must be hosts such as shop.example"),
        ("PICTURE_HOSTS", "https://cdn.example", "must be hosts such as cdn.example, *.cdn"),
        ("PICTURE_HOSTS", "cdn.example; script-src *", "must be hosts such as cdn.example"),
        ("PICTURE_HOSTS", "*", "must be hosts such as cdn.example"),
        ("PICTURE_HOSTS", "a.*.example", "must be hosts such as cdn.example"),
        ("METRICS_KEY", "short", "Value should have at least 8 items"),
        ("PAYMENTS", "cash", "Input should be 'sim' or 'stripe'"),
        ("STRIPE_SECRET_KEY", "pk_test_a1b2", "must be a secret or restricted key of Stripe"),
        ("STRIPE_SECRET_KEY", "sk_test_a1\nb2", "must be a secret or restricted key of Stripe"),
        ("STRIPE_SECRET_KEY", "sk_prod_a1b2", "must be a secret or restricted key of Stripe"),
        ("STRIPE_PUBLISHABLE_KEY", "sk_test_a1b2", "must be a publishable key of Stripe"),
        ("STRIPE_PUBLISHABLE_KEY", "pk_test_", "must be a publishable key of Stripe"),
        ("STRIPE_WEBHOOK_SECRET", "sk_test_a1b2", "must be signing secrets of Stripe's"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_a1b2c3d4, pk_test_a", "must be signing secrets of Stripe"),
        ("STRIPE_API_URL", "api.stripe.com", "must be a URL that starts with http:// or https://"),
        ("TRUSTED_DOCUMENTS", "some", "Input should be 'off', 'prefer' or 'only'"),
        ("WAKEUPS_URL", "http://x", "String should match pattern"),
        ("FULFILMENT_URL", "ftp://a.example", "must be a URL that starts with http:// or https://"),
        ("SHOP_WEBHOOK_URL", "https://a:b@c.example/", "must be a URL that starts with http://"),
        ("FULFILMENT_SECRET", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "must be whsec_ and 24 to 64"),
        ("SHOP_WEBHOOK_SECRET", "whsec_c2hvcnQ=", "must be whsec_ and 24 to 64 random bytes"),
        ("SHOP_WEBHOOK_SECRET", "whsec_not base64", "must be whsec_ and 24 to 64 random bytes"),
        ("MERCHANT_URL", "tax.example", "must be a URL that starts with http:// or https://"),
        ("MERCHANT_SECRET", "whsec_c2hvcnQ=", "must be whsec_ and 24 to 64 random bytes"),
        ("MERCHANT_PARTS", "tax,duties", "must be one or more of shipping, tax, codes"),
        ("MERCHANT_PARTS", ",", "must be one or more of shipping, tax, codes"),
    ],
)
def test_a_wrong_value_is_refused_by_its_variables_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    (refusal,) = settings_errors(monkeypatch, **{name: value})
    assert refusal.startswith(f"GATEWAY_{name}: {sentence}")


def test_a_secret_is_never_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    (refusal,) = settings_errors(monkeypatch, SECRET_KEY="hunter2")
    assert refusal.startswith("GATEWAY_SECRET_KEY: ")
    assert "hunter2" not in refusal


def test_production_demands_what_development_assumes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_errors(monkeypatch, PRODUCTION="on") == [
        f"GATEWAY_{name}: must be set where GATEWAY_PRODUCTION is on"
        for name in ("SECRET_KEY", "PUBLIC_URL", "SMTP_URL", "PAYMENTS")
    ]
    set_variables(
        monkeypatch,
        SECRET_KEY=SECRET,
        PUBLIC_URL="https://shop.example",
        SMTP_URL="smtp://mail.example",
        PAYMENTS="sim",
    )
    settings = read_settings()
    assert settings.production
    assert settings.payments is PaymentProviderName.SIM
    assert settings_errors(monkeypatch, WEBHOOKS_PRIVATE="on") == [
        "GATEWAY_WEBHOOKS_PRIVATE: must be off where GATEWAY_PRODUCTION is on"
    ]
    assert settings.max_requests_per_minute == 600
    assert (
        settings.policy.gifts.max_daily_contact_messages,
        settings.policy.gifts.max_daily_recipients,
    ) == (6, 100)


@pytest.mark.parametrize(
    ("production", "shop", "served"),
    [("off", "", "on"), ("off", "off", "off"), ("on", "", "off"), ("on", "on", "on")],
)
def test_the_shop_is_served_in_production_only_if_asked_for(
    monkeypatch: pytest.MonkeyPatch, production: str, shop: str, served: str
) -> None:
    set_variables(
        monkeypatch,
        PRODUCTION=production,
        SHOP=shop,
        SECRET_KEY=SECRET,
        PUBLIC_URL="https://shop.example",
        SMTP_URL="smtp://mail.example",
        PAYMENTS="sim",
    )
    assert read_settings().serves_shop is (served == "on")


@pytest.mark.parametrize(("set_", "bound"), [("7", 7), ("off", None), ("0", None)])
def test_the_bounds_of_messages_can_be_set(
    monkeypatch: pytest.MonkeyPatch, set_: str, bound: int | None
) -> None:  # R101
    gifts = read_settings().policy.gifts
    assert (gifts.max_messages, gifts.max_daily_contact_messages, gifts.max_daily_recipients) == (
        3,
        6,
        None,
    )
    monkeypatch.setenv("GATEWAY_CONTACT_DAILY", set_)
    monkeypatch.setenv("GATEWAY_GIVER_DAILY", set_)
    gifts = read_settings().policy.gifts
    assert (gifts.max_daily_contact_messages, gifts.max_daily_recipients) == (bound, bound)


def test_an_issuers_keys_demand_issuer_and_audience(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_errors(monkeypatch, JWKS_URL="https://id.example/keys", JWT_ISSUER="x") == [
        "GATEWAY_JWT_AUDIENCE: must be set where GATEWAY_JWKS_URL is set"
    ]


def test_whom_a_register_is_asked_for_is_a_tax_id_of_the_union(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    register = {"VIES_URL": "https://vies.example/rest-api"}
    for text in ("136695976", "DE136695978", "GB980780684"):
        [refusal] = settings_errors(monkeypatch, VIES_REQUESTER=text, **register)
        assert refusal.startswith("GATEWAY_VIES_REQUESTER: must be a VAT id of a member state")
    set_variables(monkeypatch, VIES_REQUESTER="de 136 695 976")
    assert read_settings().vies_requester == "DE136695976"
    monkeypatch.delenv("GATEWAY_VIES_URL")
    assert settings_errors(monkeypatch) == [
        "GATEWAY_VIES_URL: must be set where GATEWAY_VIES_REQUESTER is set"
    ]


@pytest.mark.parametrize("name", ["FULFILMENT", "SHOP_WEBHOOK", "MERCHANT"])
def test_the_operators_endpoints_demand_url_and_secret(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    url, secret = f"{name}_URL", f"{name}_SECRET"
    assert settings_errors(monkeypatch, **{url: "http://10.0.0.1/hook"}) == [
        f"GATEWAY_{secret}: must be set where GATEWAY_{url} is set"
    ]
    set_variables(monkeypatch, **{secret: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"})
    policy = read_settings().policy
    assert (policy.calls_fulfilment, policy.calls_shop) == (
        name == "FULFILMENT",
        name == "SHOP_WEBHOOK",
    )
    monkeypatch.delenv(f"GATEWAY_{url}")
    assert settings_errors(monkeypatch) == [
        f"GATEWAY_{url}: must be set where GATEWAY_{secret} is set"
    ]


def test_the_calculator_answers_all_parts_or_those_that_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # R107
    assert settings_errors(monkeypatch, MERCHANT_PARTS="tax") == [
        "GATEWAY_MERCHANT_URL: must be set where GATEWAY_MERCHANT_PARTS is set"
    ]
    url, secret = "http://10.0.0.1/calculate", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
    set_variables(monkeypatch, MERCHANT_URL=url, MERCHANT_SECRET=secret)
    assert read_settings().merchant_parts == {CalculationPart.TAX}
    set_variables(monkeypatch, MERCHANT_PARTS="")
    assert read_settings().merchant_parts == ALL_PARTS


def test_trusting_registered_documents_demands_a_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_errors(monkeypatch, TRUSTED_DOCUMENTS="only") == [
        "GATEWAY_TRUSTED_DOCUMENTS_FILE: must be set where GATEWAY_TRUSTED_DOCUMENTS is not off"
    ]


def test_misspelt_names_are_found_and_tests_own_left_alone() -> None:
    assert unknown_variables(
        {"GATEWAY_PROT": "1", "GATEWAY_PORT": "1", "GATEWAY_TEST_X": "1", "PATH": "/"}
    ) == ("GATEWAY_PROT",)


def test_pictures_come_from_the_hosts_that_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().picture_sources == ("http://127.0.0.1:8000",)
    set_variables(
        monkeypatch,
        PICTURE_HOSTS="cdn.shop.example, *.pictures.example:8443",
        PUBLIC_URL="https://shop.example:8443/below/",
    )
    assert read_settings().picture_sources == (
        "https://shop.example:8443",
        "cdn.shop.example",
        "*.pictures.example:8443",
    )


STRIPE_KEYS = {
    "STRIPE_SECRET_KEY": "sk_test_a1b2c3d4",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_e5f6g7h8",
    "STRIPE_WEBHOOK_SECRET": "whsec_i9j0k1l2",
}
PRODUCTION = {
    "PRODUCTION": "on",
    "SECRET_KEY": SECRET,
    "PUBLIC_URL": "https://shop.example",
    "SMTP_URL": "smtp://mail.example",
}


@pytest.mark.parametrize("missing", [*((name,) for name in STRIPE_KEYS), tuple(STRIPE_KEYS)])
def test_stripe_demands_each_of_its_keys(
    monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]
) -> None:  # R107
    keys = {name: key for name, key in STRIPE_KEYS.items() if name not in missing}
    assert settings_errors(monkeypatch, PAYMENTS="stripe", **keys) == [
        f"GATEWAY_{name}: must be set where GATEWAY_PAYMENTS is stripe" for name in missing
    ]


def test_stripe_with_all_of_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, PAYMENTS="stripe", **STRIPE_KEYS)
    settings = read_settings()
    assert settings.payments is PaymentProviderName.STRIPE
    assert settings.stripe_api_url == "https://api.stripe.com"
    assert settings.stripe_webhook_secrets == ("whsec_i9j0k1l2",)
    assert not settings.moves_money
    for key in STRIPE_KEYS.values():
        assert key.startswith("pk_") or key not in repr(settings)


def test_several_signing_secrets_count_while_one_is_rolled(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = "whsec_i9j0k1l2 , whsec_MDEyMzQ1Njc4OWFi"
    set_variables(
        monkeypatch, PAYMENTS="stripe", **STRIPE_KEYS | {"STRIPE_WEBHOOK_SECRET": secrets}
    )
    assert read_settings().stripe_webhook_secrets == ("whsec_i9j0k1l2", "whsec_MDEyMzQ1Njc4OWFi")


@pytest.mark.parametrize(
    ("secret_key", "publishable_key", "problem"),
    [
        (
            "sk_live_a1b2",
            "pk_test_c3d4",
            "must be of the mode of GATEWAY_STRIPE_SECRET_KEY, which ",
        ),
        (
            "rk_live_a1b2",
            "pk_test_c3d4",
            "must be of the mode of GATEWAY_STRIPE_SECRET_KEY, which ",
        ),
        (
            "sk_test_a1b2",
            "pk_live_c3d4",
            "must be of the mode of GATEWAY_STRIPE_SECRET_KEY, which ",
        ),
    ],
)
def test_keys_of_two_modes_are_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, secret_key: str, publishable_key: str, problem: str
) -> None:
    (refusal,) = settings_errors(
        monkeypatch,
        PAYMENTS="stripe",
        STRIPE_SECRET_KEY=secret_key,
        STRIPE_PUBLISHABLE_KEY=publishable_key,
        STRIPE_WEBHOOK_SECRET="whsec_i9j0k1l2",
    )
    assert refusal.startswith(f"GATEWAY_STRIPE_PUBLISHABLE_KEY: {problem}")
    assert secret_key not in refusal
    assert publishable_key not in refusal


def test_live_keys_are_for_production_and_for_encrypted_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live_keys = STRIPE_KEYS | {
        "STRIPE_SECRET_KEY": "rk_live_a1b2c3d4",
        "STRIPE_PUBLISHABLE_KEY": "pk_live_e5f6g7h8",
    }
    set_variables(monkeypatch, PAYMENTS="stripe", **live_keys)
    assert settings_errors(monkeypatch) == [
        "GATEWAY_STRIPE_SECRET_KEY: must be a test key where GATEWAY_PRODUCTION is off"
    ]
    set_variables(monkeypatch, **PRODUCTION)
    assert read_settings().moves_money
    assert settings_errors(monkeypatch, STRIPE_API_URL="http://peer.example") == [
        "GATEWAY_STRIPE_API_URL: must begin with https:// for a live key"
    ]


def test_production_may_use_test_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, PAYMENTS="stripe", **STRIPE_KEYS, **PRODUCTION)
    assert not read_settings().moves_money


def attributes_read(file: Path) -> set[str]:
    """The names after a dot in ``file``, where they are read."""
    return {
        node.attr
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }


def test_every_setting_and_every_policy_is_read_somewhere() -> None:  # R107
    """A setting is read as it is, or by a policy, each of whose fields a use case reads."""
    own = {Path("gateway/settings.py"), Path("gateway/services/policy.py")}
    files = set(Path("gateway").rglob("*.py")) - own
    read = set().union(*map(attributes_read, files))
    read_by_policies = attributes_read(Path("gateway/settings.py"))
    assert set(Settings.model_fields) - read - read_by_policies == set()
    for policy in (Policy, GiftPolicy, ConsolidationPolicy):
        assert {field.name for field in fields(policy)} - read == set()


def test_wakeups_through_a_database_that_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_errors(monkeypatch, WAKEUPS_URL="postgres") == [
        "GATEWAY_WAKEUPS_URL: must not be postgres where the database is SQLite"
    ]
    monkeypatch.setenv("GATEWAY_DATABASE_URL", "postgresql://shop@127.0.0.1/shop")
    assert read_settings().wakeups_url == "postgres"


@pytest.mark.parametrize(
    ("text", "days"), [("P10Y", 3653), ("P1Y", 366), ("P4Y", 1461), ("P100Y", 36525), ("P30D", 30)]
)
def test_whole_years_count_their_leap_days(
    monkeypatch: pytest.MonkeyPatch, text: str, days: int
) -> None:
    # R117
    set_variables(monkeypatch, INVOICES_KEPT=text)
    assert read_settings().invoices_kept == timedelta(days=days)


def test_invoices_are_kept_for_a_century_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    # R117
    assert read_settings().invoices_kept == timedelta(days=3653)
    for text in ("P101Y", "P9999Y"):
        assert settings_errors(monkeypatch, INVOICES_KEPT=text) == [
            "GATEWAY_INVOICES_KEPT: must be at most P100Y"
        ]
    assert settings_errors(monkeypatch, INVOICES_KEPT="10 years") == [
        "GATEWAY_INVOICES_KEPT: must be an ISO 8601 duration such as PT90M or P7D"
    ]
