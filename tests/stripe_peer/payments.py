"""What becomes of a PaymentIntent: attempts, challenges, captures, ends."""

from tests.stripe_peer.account import Account
from tests.stripe_peer.answers import JsonObject, Refused
from tests.stripe_peer.cards import Card

CANCELLABLE = {
    "requires_payment_method", "requires_confirmation", "requires_action", "requires_capture",
}  # fmt: skip
MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


def wrong_state(intent: JsonObject, what: str) -> Refused:
    kind = intent["object"]
    refused_object: JsonObject = {kind: intent}
    return Refused(
        f"This {kind} could not be {what} because it has a status of {intent['status']}.",
        code=f"{kind}_unexpected_state",
        **refused_object,
    )


def card_error(code: str, decline_code: str | None, method: JsonObject) -> JsonObject:
    """What stands in an answer and as the intent's last error."""
    error: JsonObject = {
        "type": "card_error",
        "code": code,
        "message": MESSAGES.get(decline_code or code, "Your card was declined."),
        "payment_method": method,
    }
    if decline_code:
        error["decline_code"] = decline_code
    return error


def needs_authentication(account: Account, method_id: str) -> bool:
    state = account.methods[method_id]
    return state.card.authentication == "always" or (
        state.card.authentication == "unless_set_up" and not state.is_set_up
    )


def use_method(account: Account, intent: JsonObject, method: JsonObject) -> None:
    """Give the intent its method, or raise where the method may not be used with it."""
    if account.methods[method["id"]].is_used_up:
        raise Refused(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
            "attachment, shared with a connected account without Customer attachment, or was "
            "detached from a Customer. It may not be used again.",
            param="payment_method",
        )
    owner = method["customer"]
    if owner and intent["customer"] is None:
        raise Refused(
            "The PaymentMethod provided belongs to a customer: please include the customer.",
            param="payment_method",
        )
    if owner and owner != intent["customer"]:
        raise Refused(
            f"The customer does not have a payment method with the ID {method['id']}. The payment "
            "method must be attached to the customer.",
            code="resource_missing",
            param="payment_method",
        )
    intent["payment_method"] = method["id"]


def attempt(account: Account, intent: JsonObject, *, is_off_session: bool) -> None:
    """Authorise with the intent's method; raise what a 402 says."""
    method = account.objects[intent["payment_method"]]
    card = account.methods[method["id"]].card
    if needs_authentication(account, method["id"]):
        if is_off_session:
            fail(account, intent, "authentication_required", "authentication_required")
        challenge(account, intent)
        return
    complete(account, intent, card, is_off_session=is_off_session)


def complete(account: Account, intent: JsonObject, card: Card, *, is_off_session: bool) -> None:
    """What the bank says once nobody need be asked."""
    if card.refuses_raise and intent["amount"] > _first_amount(account, intent):
        fail(account, intent, "card_declined", "generic_decline")
    if card.decline_code:
        fail(account, intent, card.code, card.decline_code)
    if card.loses_answer:
        account.loses_next_answer = True
    hold(account, intent, is_off_session=is_off_session)


def _first_amount(account: Account, intent: JsonObject) -> int:
    amounts = [
        charge["amount"]
        for charge in reversed(account.all_of("charge"))
        if charge["customer"] == intent["customer"]
        and charge["status"] == "succeeded"
        and charge["payment_method"] == intent["payment_method"]
    ]
    return int(amounts[0]) if amounts else int(intent["amount"])


def challenge(account: Account, intent: JsonObject) -> None:
    intent["status"] = "requires_action"
    page = f"{account.api_url}/bank/{intent['id']}?client_secret={intent['client_secret']}"
    return_url = account.return_urls.get(intent["id"])
    intent["next_action"] = (
        {"type": "redirect_to_url", "redirect_to_url": {"url": page, "return_url": return_url}}
        if return_url
        else {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect",
                                                         "stripe_js": page}}
    )  # fmt: skip
    account.emit(f"{intent['object']}.requires_action", intent)


def fail(account: Account, intent: JsonObject, code: str, decline_code: str | None) -> None:
    """Back to waiting for a method, and raise the 402 that says so."""
    method = account.objects[intent["payment_method"]]
    error = card_error(code, decline_code, method)
    if intent["object"] == "payment_intent":
        charge = _make_charge(account, intent, "failed")
        charge.update(failure_code=code, failure_message=error["message"])
        error["charge"] = charge["id"]
        account.emit("charge.failed", charge)
    close_attempt(account, intent, error)
    body = {key: value for key, value in error.items() if key not in {"type", "message"}}
    body[intent["object"]] = intent
    raise Refused(
        error["message"],
        status=402,
        type="card_error",
        doc_url=f"https://stripe.com/docs/error-codes/{code}",
        **body,
    )


def close_attempt(account: Account, intent: JsonObject, error: JsonObject) -> None:
    is_payment = intent["object"] == "payment_intent"
    intent.update(status="requires_payment_method", next_action=None, payment_method=None)
    intent["last_payment_error" if is_payment else "last_setup_error"] = error
    account.emit(
        "payment_intent.payment_failed" if is_payment else "setup_intent.setup_failed", intent
    )


def _make_charge(account: Account, intent: JsonObject, status: str) -> JsonObject:
    method = account.objects[intent["payment_method"]]
    charge = account.make(
        "ch",
        amount=intent["amount"],
        amount_captured=0,
        amount_refunded=0,
        captured=False,
        currency=intent["currency"],
        customer=intent["customer"],
        disputed=False,
        dispute=None,
        failure_code=None,
        failure_message=None,
        metadata=dict(intent["metadata"]),
        paid=status == "succeeded",
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={
            "type": "card",
            "card": {**method["card"], "capture_before": None, "three_d_secure": None},
        },
        refunded=False,
        status=status,
    )
    intent["latest_charge"] = charge["id"]
    return charge


def hold(account: Account, intent: JsonObject, *, is_off_session: bool) -> None:
    """The bank agreed: hold, or take at once."""
    method = account.objects[intent["payment_method"]]
    state = account.methods[method["id"]]
    if intent["setup_future_usage"] == "off_session":
        state.is_set_up = True
        if method["customer"] is None and intent["customer"]:
            method["customer"] = intent["customer"]
            account.emit("payment_method.attached", method)
    if method["customer"] is None:
        state.is_used_up = True
    charge = _make_charge(account, intent, "succeeded")
    intent.update(next_action=None, last_payment_error=None)
    if intent["capture_method"] == "manual":
        seconds = account.hold_lifetime(state.card, is_off_session=is_off_session)
        charge["payment_method_details"]["card"]["capture_before"] = account.now() + seconds
        intent.update(status="requires_capture", amount_capturable=intent["amount"])
        account.emit("payment_intent.amount_capturable_updated", intent)
        return
    take(account, intent, intent["amount"])


def take(account: Account, intent: JsonObject, amount: int) -> None:
    charge = account.objects[intent["latest_charge"]]
    charge.update(captured=True, amount_captured=amount)
    intent.update(status="succeeded", amount_capturable=0, amount_received=amount)
    account.emit("charge.captured" if intent["capture_method"] == "manual" else
                 "charge.succeeded", charge)  # fmt: skip
    account.emit("payment_intent.succeeded", intent)


def cancel(account: Account, intent: JsonObject, reason: object) -> None:
    """End an intent; what was held is let go."""
    if intent["status"] not in CANCELLABLE:
        raise wrong_state(intent, "canceled")
    if intent["status"] == "requires_capture":
        charge = account.objects[intent["latest_charge"]]
        charge.update(refunded=True, amount_refunded=charge["amount"])
    if intent["object"] == "payment_intent":
        intent.update(amount_capturable=0, canceled_at=account.now())
    intent.update(status="canceled", next_action=None, cancellation_reason=reason)
    account.emit(f"{intent['object']}.canceled", intent)


def expire_holds(account: Account) -> None:
    """What Stripe does when ``capture_before`` is past."""
    for intent in account.all_of("payment_intent"):
        if intent["status"] == "requires_capture":
            charge = account.objects[intent["latest_charge"]]
            if charge["payment_method_details"]["card"]["capture_before"] <= account.now():
                cancel(account, intent, "automatic")
                account.emit("charge.expired", charge)


def authenticate(account: Account, intent: JsonObject, *, succeeds: bool) -> None:
    """The holder confirmed at the bank, or failed to."""
    if intent["status"] != "requires_action":
        return
    method = account.objects[intent["payment_method"]]
    state = account.methods[method["id"]]
    if not succeeds:
        kind = intent["object"]
        error = card_error(f"{kind}_authentication_failure", None, method)
        error.update(
            type="invalid_request_error",
            message="The provided PaymentMethod has failed authentication.",
        )
        close_attempt(account, intent, error)
        return
    try:
        if intent["object"] == "payment_intent":
            complete(account, intent, state.card, is_off_session=False)
        else:
            finish_setup(account, intent)
    except Refused:
        return  # the intent says it


def finish_setup(account: Account, intent: JsonObject) -> None:
    """A SetupIntent that succeeded: its method is the customer's and may be used without them."""
    method = account.objects[intent["payment_method"]]
    state = account.methods[method["id"]]
    if not state.card.attaches:
        fail(account, intent, state.card.code, state.card.decline_code)
    state.is_set_up = True
    intent.update(status="succeeded", next_action=None, last_setup_error=None)
    if intent["customer"] and method["customer"] is None:
        method["customer"] = intent["customer"]
        account.emit("payment_method.attached", method)
    account.emit("setup_intent.succeeded", intent)
