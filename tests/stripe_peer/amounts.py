"""Which amounts Stripe charges: docs.stripe.com/currencies, from general knowledge."""

from tests.stripe_peer.answers import JsonObject, Refused, missing_parameter

MAX_AMOUNT = 99_999_999
THREE_DECIMAL = {"bhd", "jod", "kwd", "omr", "tnd"}
# ISK and UGX have no fractions and are counted in hundredths nevertheless.
WHOLE_UNITS_ONLY = {"isk", "ugx"}
MINIMUMS = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500,
    "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000,
    "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
OTHER_CURRENCIES = {
    "krw", "vnd", "clp", "pyg", "xaf", "xof", "xpf", "bif", "djf", "gnf", "kmf", "mga", "rwf",
    "vuv", "isk", "ugx", "twd", "bhd", "jod", "kwd", "omr", "tnd", "zar", "try", "ils", "php",
    "idr", "cny", "uah", "cop", "ars", "pen", "sar", "qar", "egp", "mad", "kes", "ngn",
}  # fmt: skip


def read_charge(form: JsonObject) -> tuple[int, str]:
    """The amount and the currency of a PaymentIntent's parameters."""
    for name in ("amount", "currency"):
        if name not in form:
            raise missing_parameter(name)
    currency = str(form["currency"]).lower()
    if currency not in MINIMUMS and currency not in OTHER_CURRENCIES:
        raise Refused(f"Invalid currency: {currency}.", param="currency", is_checked_first=True)
    return read_amount(form, "amount", currency), currency


def read_amount(form: JsonObject, name: str, currency: str) -> int:
    """A positive amount that the currency can be charged in."""
    amount = read_integer(form, name)
    if amount < 1:
        raise Refused(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer", param=name, is_checked_first=True,
        )  # fmt: skip
    if amount < MINIMUMS.get(currency, 1):
        raise Refused(
            f"Amount must be at least {MINIMUMS[currency]} {currency}.",
            code="amount_too_small", param=name,
        )  # fmt: skip
    if amount > MAX_AMOUNT:
        raise Refused(
            f"Amount must be no more than {MAX_AMOUNT} {currency}.",
            code="amount_too_large", param=name,
        )  # fmt: skip
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_UNITS_ONLY else 1
    if amount % step:
        raise Refused(
            f"Invalid amount: amounts in {currency} must be a multiple of {step}.",
            code="parameter_invalid_integer", param=name,
        )  # fmt: skip
    return amount


def read_integer(form: JsonObject, name: str) -> int:
    text = str(form[name])
    if not text.lstrip("-").isdigit():
        raise Refused(
            f"Invalid integer: {text}",
            code="parameter_invalid_integer", param=name, is_checked_first=True,
        )  # fmt: skip
    return int(text)
