"""The routes of PaymentIntents and SetupIntents."""

# ruff: noqa: ARG001, routes share their parameters

from secrets import token_hex

from tests.stripe_peer import payments
from tests.stripe_peer.account import Account
from tests.stripe_peer.amounts import read_amount, read_charge, read_integer
from tests.stripe_peer.answers import JsonObject, Refused, missing_parameter
from tests.stripe_peer.forms import is_true
from tests.stripe_peer.operations import find_customer, page, read_metadata, route


@route("POST", "payment_intents", "payment_intent_create")
def create_payment(account: Account, form: JsonObject, _: str) -> JsonObject:
    amount, currency = read_charge(form)
    check_confirmation(form, is_confirmed=is_true(form.get("confirm")))
    customer = form.get("customer")
    if customer is not None:
        find_customer(account, customer, "customer")
    types = form.get("allowed_payment_method_types")
    intent = account.make(
        "pi",
        amount=amount,
        amount_capturable=0,
        amount_received=0,
        automatic_payment_methods=None if types else {"enabled": True, "allow_redirects": (
            form.get("automatic_payment_methods") or {}).get("allow_redirects", "always")},
        canceled_at=None,
        cancellation_reason=None,
        capture_method=form.get("capture_method", "automatic_async"),
        client_secret=None,
        confirmation_method="automatic",
        currency=currency,
        customer=customer,
        description=form.get("description"),
        last_payment_error=None,
        latest_charge=None,
        metadata=read_metadata(form),
        next_action=None,
        payment_method=None,
        payment_method_types=types or ["card", "link"],
        setup_future_usage=form.get("setup_future_usage"),
        status="requires_payment_method",
    )  # fmt: skip
    intent["client_secret"] = f"{intent['id']}_secret_{token_hex(12)}"
    try:
        _give_method(account, intent, form)
    except Refused:
        del account.objects[intent["id"]]
        raise
    account.emit("payment_intent.created", intent)
    if is_true(form.get("confirm")):
        _confirm(account, intent, form)
    return intent


def _give_method(account: Account, intent: JsonObject, form: JsonObject) -> None:
    if "payment_method" in form:
        method = account.find_method(form["payment_method"])
    elif "payment_method_data" in form:
        card = form["payment_method_data"].get("card") or {}
        method = account.make_method(str(card.get("number", "")).replace(" ", ""))
    elif form.get("confirm") and not intent["payment_method"]:
        raise Refused(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code=f"{intent['object']}_unexpected_state",
        )
    else:
        return
    payments.use_method(account, intent, method)
    intent["status"] = "requires_confirmation"


def check_confirmation(form: JsonObject, *, is_confirmed: bool) -> None:
    """What a confirmation may say, and what only a confirmation may say."""
    is_off_session = is_true(form.get("off_session"))
    if not is_confirmed:
        for name in ("off_session", "return_url"):
            if name in form:
                raise Refused(
                    f"The parameter `{name}` can only be passed when `confirm=true`.",
                    param=name, is_checked_first=True,
                )  # fmt: skip
        return
    if is_off_session and form.get("setup_future_usage"):
        raise Refused(
            "The parameter `setup_future_usage` cannot be passed when `off_session=true`.",
            param="setup_future_usage", is_checked_first=True,
        )  # fmt: skip
    automatic = form.get("automatic_payment_methods") or {}
    is_limited = (
        "allowed_payment_method_types" in form or automatic.get("allow_redirects") == "never"
    )
    if "amount" in form and not is_limited and "return_url" not in form:
        raise Refused(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. "
            "Because some of these payment methods might redirect your customer off of your page, "
            "you must provide a `return_url`.",
            param="return_url", is_checked_first=True,
        )  # fmt: skip


def _confirm(account: Account, intent: JsonObject, form: JsonObject) -> None:
    if not intent["payment_method"]:
        raise Refused(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state", payment_intent=intent,
        )  # fmt: skip
    if "return_url" in form:
        account.return_urls[intent["id"]] = form["return_url"]
    payments.attempt(account, intent, is_off_session=is_true(form.get("off_session")))


@route("POST", "payment_intents/{id}/confirm", "payment_intent_confirm", is_public=True)
def confirm_payment(account: Account, form: JsonObject, id: str) -> JsonObject:
    intent = account.find("payment_intent", id)
    if intent["status"] not in {
        "requires_payment_method", "requires_confirmation", "requires_action",
    }:  # fmt: skip
        raise payments.wrong_state(intent, "confirmed")
    check_confirmation(form, is_confirmed=True)
    if form.get("setup_future_usage"):
        intent["setup_future_usage"] = form["setup_future_usage"]
    _give_method(account, intent, form)
    _confirm(account, intent, form)
    return intent


@route("POST", "payment_intents/{id}/capture", "payment_intent_capture")
def capture_payment(account: Account, form: JsonObject, id: str) -> JsonObject:
    payments.expire_holds(account)
    intent = account.find("payment_intent", id)
    if intent["status"] != "requires_capture":
        raise payments.wrong_state(intent, "captured")
    amount = (
        read_integer(form, "amount_to_capture")
        if "amount_to_capture" in form
        else intent["amount_capturable"]
    )
    if amount > intent["amount_capturable"]:
        raise Refused(
            f"The amount to capture ({amount}) is greater than what can be captured "
            f"({intent['amount_capturable']}).",
            code="amount_too_large", param="amount_to_capture",
        )  # fmt: skip
    if "amount_to_capture" in form:
        read_amount(form, "amount_to_capture", intent["currency"])
    payments.take(account, intent, amount)
    return intent


@route("POST", "payment_intents/{id}/cancel", "payment_intent_cancel")
def cancel_payment(account: Account, form: JsonObject, id: str) -> JsonObject:
    payments.expire_holds(account)
    intent = account.find("payment_intent", id)
    payments.cancel(account, intent, form.get("cancellation_reason"))
    return intent


@route("POST", "payment_intents/{id}", "payment_intent_update")
def update_payment(account: Account, form: JsonObject, id: str) -> JsonObject:
    intent = account.find("payment_intent", id)
    intent["metadata"] |= read_metadata(form)
    _give_method(account, intent, form)
    return intent


@route("GET", "payment_intents/{id}", "payment_intent_retrieve", is_public=True)
def retrieve_payment(account: Account, form: JsonObject, id: str) -> JsonObject:
    payments.expire_holds(account)
    return account.find("payment_intent", id)


@route("GET", "payment_intents", "payment_intent_list")
def list_payments(account: Account, form: JsonObject, _: str) -> JsonObject:
    payments.expire_holds(account)
    return page(account, "payment_intent", form, customer=form.get("customer"))


@route("POST", "setup_intents", "setup_intent_create")
def create_setup(account: Account, form: JsonObject, _: str) -> JsonObject:
    customer = form.get("customer")
    if customer is not None:
        find_customer(account, customer, "customer")
    types = form.get("allowed_payment_method_types") or form.get("payment_method_types")
    intent = account.make(
        "seti",
        automatic_payment_methods=None if types else {"enabled": True},
        cancellation_reason=None,
        client_secret=None,
        customer=customer,
        last_setup_error=None,
        metadata=read_metadata(form),
        next_action=None,
        payment_method=None,
        payment_method_types=types or ["card", "link"],
        status="requires_payment_method",
        usage=form.get("usage", "off_session"),
    )
    intent["client_secret"] = f"{intent['id']}_secret_{token_hex(12)}"
    account.emit("setup_intent.created", intent)
    if is_true(form.get("confirm")):
        return confirm_setup(account, form, intent["id"])
    _give_method(account, intent, form)
    return intent


@route("POST", "setup_intents/{id}/confirm", "setup_intent_confirm", is_public=True)
def confirm_setup(account: Account, form: JsonObject, id: str) -> JsonObject:
    intent = account.find("setup_intent", id)
    if intent["status"] in {"succeeded", "canceled"}:
        raise payments.wrong_state(intent, "confirmed")
    if not intent["payment_method"] and not form.keys() & {"payment_method", "payment_method_data"}:
        raise missing_parameter("payment_method")
    _give_method(account, intent, form)
    if "return_url" in form:
        account.return_urls[id] = form["return_url"]
    method_id = intent["payment_method"]
    if account.methods[method_id].card.authentication != "never":
        payments.challenge(account, intent)
    else:
        payments.finish_setup(account, intent)
    return intent


@route("POST", "setup_intents/{id}/cancel", "setup_intent_cancel")
def cancel_setup(account: Account, form: JsonObject, id: str) -> JsonObject:
    intent = account.find("setup_intent", id)
    payments.cancel(account, intent, form.get("cancellation_reason"))
    return intent


@route("GET", "setup_intents/{id}", "setup_intent_retrieve", is_public=True)
def retrieve_setup(account: Account, form: JsonObject, id: str) -> JsonObject:
    return account.find("setup_intent", id)


@route("GET", "setup_intents", "setup_intent_list")
def list_setups(account: Account, form: JsonObject, _: str) -> JsonObject:
    return page(account, "setup_intent", form, customer=form.get("customer"))
