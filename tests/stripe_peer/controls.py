"""What tests tell the peer beside Stripe's API."""

from collections.abc import Callable

from tests.stripe_peer import payments
from tests.stripe_peer.account import Account, Fault, Webhook
from tests.stripe_peer.answers import JsonObject
from tests.stripe_peer.operations import finish_refund

Control = Callable[[Account, JsonObject], object]


def _create_method(account: Account, told: JsonObject) -> object:
    return account.make_method(told["number"].replace(" ", ""))


def _confirm_setup(account: Account, told: JsonObject) -> object:
    intent = account.find("setup_intent", told["setup_intent"])
    method = account.make_method(told["number"].replace(" ", ""))
    payments.use_method(account, intent, method)
    payments.finish_setup(account, intent)
    return intent


def _authenticate(account: Account, told: JsonObject) -> object:
    intent = account.objects[told["intent"]]
    payments.authenticate(account, intent, succeeds=told["succeeds"])
    return intent


def _confirm_payment(account: Account, told: JsonObject) -> object:
    """As the page does: on session, with a method or the last one, and the holder agrees."""
    intent = account.find("payment_intent", told["intent"])
    error = intent["last_payment_error"] or {}
    id = told.get("method") or intent["payment_method"] or error["payment_method"]["id"]
    payments.use_method(account, intent, account.find_method(id))
    payments.attempt(account, intent, is_off_session=False)
    payments.authenticate(account, intent, succeeds=told.get("succeeds", True))
    return intent


def _expire_hold(account: Account, told: JsonObject) -> object:
    intent = account.find("payment_intent", told["intent"])
    charge = account.objects[intent["latest_charge"]]
    charge["payment_method_details"]["card"]["capture_before"] = account.now()
    payments.expire_holds(account)
    return intent


def _capture(account: Account, told: JsonObject) -> object:
    """By hand in the dashboard: nothing of ours is in the metadata."""
    intent = account.find("payment_intent", told["intent"])
    payments.take(account, intent, told.get("amount") or intent["amount_capturable"])
    return intent


def _exchange_card(account: Account, told: JsonObject) -> object:
    """Another card behind a method, of which the method tells nothing: its bank thinks anew."""
    account.methods[told["method"]].number = told["number"].replace(" ", "")
    return {}


def _dispute(account: Account, told: JsonObject) -> object:
    intent = account.find("payment_intent", told["intent"])
    charge = account.objects[intent["latest_charge"]]
    dispute = account.make(
        "dp",
        amount=told.get("amount") or charge["amount_captured"],
        charge=charge["id"],
        currency=charge["currency"],
        evidence_details={"due_by": account.now() + 7 * 86_400, "has_evidence": False},
        metadata={},
        payment_intent=intent["id"],
        reason=told.get("reason") or "fraudulent",
        status="needs_response",
    )
    charge.update(disputed=True, dispute=dispute["id"])
    account.emit("charge.dispute.created", dispute)
    return dispute


def _close_dispute(account: Account, told: JsonObject) -> object:
    dispute = account.find("dispute", told["dispute"])
    dispute["status"] = told["status"]
    account.emit("charge.dispute.closed", dispute)
    return dispute


def _finish_refund(account: Account, told: JsonObject) -> object:
    refund = account.find("refund", told["refund"])
    finish_refund(account, refund, told["status"])
    return refund


def _update_card(account: Account, told: JsonObject) -> object:
    method = account.find("payment_method", told["method"])
    method["card"] |= told["card"]
    account.emit("payment_method.automatically_updated", method)
    return method


def _emit(account: Account, told: JsonObject) -> object:
    return account.emit(told["type"], told["object"])


def _add_fault(account: Account, told: JsonObject) -> object:
    account.faults.append(Fault(**told))
    return {}


def _clear_faults(account: Account, _: JsonObject) -> object:
    account.faults.clear()
    return {}


def _set_webhook(account: Account, told: JsonObject) -> object:
    account.webhook = Webhook(**told) if told.get("url") else None
    return {}


def _configure(account: Account, told: JsonObject) -> object:
    """``hold_seconds``, ``clock_offset``."""
    for name, value in told.items():
        setattr(account, name, value)
    payments.expire_holds(account)
    return {"now": account.now()}


def _list_objects(account: Account, told: JsonObject) -> object:
    """The oldest first, as things happened."""
    payments.expire_holds(account)
    return account.all_of(told["kind"])[::-1]


CONTROLS: dict[str, Control] = {
    "create_method": _create_method,
    "confirm_setup": _confirm_setup,
    "confirm_payment": _confirm_payment,
    "authenticate": _authenticate,
    "expire_hold": _expire_hold,
    "capture": _capture,
    "exchange_card": _exchange_card,
    "dispute": _dispute,
    "close_dispute": _close_dispute,
    "finish_refund": _finish_refund,
    "update_card": _update_card,
    "emit": _emit,
    "add_fault": _add_fault,
    "clear_faults": _clear_faults,
    "set_webhook": _set_webhook,
    "configure": _configure,
    "list_objects": _list_objects,
    "requests": lambda account, _: account.requests,
    "deliveries": lambda account, _: account.deliveries,
}
