"""The routes of the API: each takes the account, the form and what the address names."""

# ruff: noqa: ARG001, routes share their parameters

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.stripe_peer import payments
from tests.stripe_peer.account import Account
from tests.stripe_peer.amounts import read_integer
from tests.stripe_peer.answers import JsonObject, Refused, missing_parameter

Operation = Callable[[Account, JsonObject, str], JsonObject]


@dataclass(frozen=True, slots=True)
class Route:
    """``parameters``: the module of ``stripe.params``; ``is_public``: with the publishable key."""

    method: str
    pattern: re.Pattern[str]
    parameters: str
    operation: Operation
    is_public: bool = False


ROUTES: list[Route] = []


def route(
    method: str, path: str, parameters: str, *, is_public: bool = False
) -> Callable[[Operation], Operation]:
    pattern = re.compile("/v1/" + path.replace("{id}", "([A-Za-z0-9_]+)") + "$")

    def register(operation: Operation) -> Operation:
        ROUTES.append(Route(method, pattern, parameters, operation, is_public))
        return operation

    return register


def read_metadata(form: JsonObject) -> JsonObject:
    metadata = form.get("metadata") or {}
    if len(metadata) > 50 or any(len(k) > 40 or len(str(v)) > 500 for k, v in metadata.items()):
        raise Refused("Metadata is too large.", param="metadata", is_checked_first=True)
    return dict(metadata)


def page(account: Account, kind: str, form: JsonObject, **equal: object) -> JsonObject:
    """A page of a list: newest first, after or before an id."""
    limit = read_integer(form, "limit") if "limit" in form else 10
    if not 1 <= limit <= 100:
        raise Refused("Invalid limit: 1 to 100.", param="limit", is_checked_first=True)
    objects = [
        held
        for held in account.all_of(kind)
        if all(held.get(name) == value for name, value in equal.items() if value is not None)
    ]
    created = form.get("created")
    if isinstance(created, dict):
        objects = [held for held in objects if _is_between(held["created"], created)]
    ids = [held["id"] for held in objects]
    if (after := form.get("starting_after")) is not None:
        account.find(kind, after, "starting_after")
        objects = objects[ids.index(after) + 1 :] if after in ids else []
    if (before := form.get("ending_before")) is not None:
        account.find(kind, before, "ending_before")
        objects = objects[: ids.index(before)][-limit:] if before in ids else []
    return {
        "object": "list",
        "url": f"/v1/{kind}s",
        "data": objects[:limit],
        "has_more": len(objects) > limit,
    }


def _is_between(instant: int, bounds: JsonObject) -> bool:
    return (
        instant >= int(bounds.get("gte", 0))
        and instant > int(bounds.get("gt", -1))
        and instant <= int(bounds.get("lte", 1 << 62))
        and instant < int(bounds.get("lt", 1 << 62))
    )


# Customers and their methods


@route("POST", "customers", "customer_create")
def create_customer(account: Account, form: JsonObject, _: str) -> JsonObject:
    customer = account.make(
        "cus",
        metadata=read_metadata(form),
        **{name: form.get(name) for name in ("email", "name", "description", "phone", "address")},
    )
    account.emit("customer.created", customer)
    return customer


@route("GET", "customers/{id}", "customer_retrieve")
def retrieve_customer(account: Account, form: JsonObject, id: str) -> JsonObject:
    return account.find("customer", id)


@route("GET", "customers", "customer_list")
def list_customers(account: Account, form: JsonObject, _: str) -> JsonObject:
    listed = page(account, "customer", form, email=form.get("email"))
    listed["data"] = [held for held in listed["data"] if not held.get("deleted")]
    return listed


@route("POST", "customers/{id}", "customer_update")
def update_customer(account: Account, form: JsonObject, id: str) -> JsonObject:
    customer = find_customer(account, id, None)
    customer["metadata"] |= read_metadata(form)
    customer |= {name: form[name] for name in ("email", "name", "description") if name in form}
    account.emit("customer.updated", customer)
    return customer


@route("DELETE", "customers/{id}", "customer_delete")
def delete_customer(account: Account, form: JsonObject, id: str) -> JsonObject:
    customer = find_customer(account, id, None)
    for method in account.all_of("payment_method"):
        if method["customer"] == id:
            _release_method(account, method)
    account.emit("customer.deleted", customer)
    customer.clear()
    customer |= {"id": id, "object": "customer", "deleted": True}
    return customer


def find_customer(account: Account, id: object, param: str | None) -> JsonObject:
    customer = account.find("customer", id, param)
    if customer.get("deleted"):
        raise Refused(
            f"No such customer: '{id}'",
            status=400 if param else 404, code="resource_missing", param=param or "id",
        )  # fmt: skip
    return customer


@route("GET", "customers/{id}/payment_methods", "customer_list_payment_methods")
def list_customer_methods(account: Account, form: JsonObject, id: str) -> JsonObject:
    find_customer(account, id, None)
    return page(account, "payment_method", form, customer=id)


@route("GET", "payment_methods", "payment_method_list")
def list_methods(account: Account, form: JsonObject, _: str) -> JsonObject:
    if "customer" not in form:
        raise missing_parameter("customer")
    return page(account, "payment_method", form, customer=form["customer"])


@route("GET", "elements/sessions", "", is_public=True)
def open_elements_session(account: Account, form: JsonObject, _: str) -> JsonObject:
    """What Stripe.js asks for before it shows a form; not among the library's operations."""
    return {"object": "elements_session", "session_id": f"elements_session_{account.id}"}


@route("POST", "payment_methods", "payment_method_create", is_public=True)
def create_method(account: Account, form: JsonObject, _: str) -> JsonObject:
    card = form.get("card") or {}
    if "token" in card:
        number = str(card["token"]).removeprefix("tok_")
        return account.make_method({"visa": "4242424242424242"}.get(number, number))
    if "number" in card and form.get("_is_secret"):
        raise Refused(
            "Sending credit card numbers directly to the Stripe API is generally unsafe. To "
            "continue processing use Stripe.js, the Stripe mobile bindings, or Stripe Elements.",
            status=402, type="card_error",
        )  # fmt: skip
    if "number" not in card:
        raise missing_parameter("card[number]")
    return account.make_method(re.sub(r"\D", "", str(card["number"])))


@route("GET", "payment_methods/{id}", "payment_method_retrieve")
def retrieve_method(account: Account, form: JsonObject, id: str) -> JsonObject:
    return account.find("payment_method", id)


@route("POST", "payment_methods/{id}", "payment_method_update")
def update_method(account: Account, form: JsonObject, id: str) -> JsonObject:
    method = account.find("payment_method", id)
    method["metadata"] |= read_metadata(form)
    method["card"] |= {key: int(value) for key, value in (form.get("card") or {}).items()}
    account.emit("payment_method.updated", method)
    return method


@route("POST", "payment_methods/{id}/attach", "payment_method_attach")
def attach_method(account: Account, form: JsonObject, id: str) -> JsonObject:
    if "customer" not in form:
        raise missing_parameter("customer")
    customer = find_customer(account, form["customer"], "customer")
    method = account.find_method(id) if id.startswith("pm_card_") else account.find(
        "payment_method", id
    )  # fmt: skip
    state = account.methods[method["id"]]
    if method["customer"] == customer["id"]:
        return method
    if method["customer"]:
        raise Refused("The payment method you provided has already been attached to a customer.")
    if state.is_used_up:
        raise Refused(
            "This PaymentMethod was previously used without being attached to a Customer or was "
            "detached from a Customer, and may not be used again."
        )
    if not state.card.attaches:
        error = payments.card_error(state.card.code, state.card.decline_code, method)
        raise Refused(
            error.pop("message"),
            status=402,
            **{k: v for k, v in error.items() if k != "payment_method"},
        )
    method["customer"] = customer["id"]
    account.emit("payment_method.attached", method)
    return method


@route("POST", "payment_methods/{id}/detach", "payment_method_detach")
def detach_method(account: Account, form: JsonObject, id: str) -> JsonObject:
    method = account.find("payment_method", id)
    if method["customer"] is None:
        raise Refused(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible."
        )
    _release_method(account, method)
    return method


def _release_method(account: Account, method: JsonObject) -> None:
    owner, method["customer"] = method["customer"], None
    account.methods[method["id"]].is_used_up = True
    account.emit("payment_method.detached", method, {"customer": owner})


# Refunds, charges, disputes, events


@route("POST", "refunds", "refund_create")
def create_refund(account: Account, form: JsonObject, _: str) -> JsonObject:
    if "charge" in form:
        charge = account.find("charge", form["charge"], "charge")
    elif "payment_intent" in form:
        intent = account.find("payment_intent", form["payment_intent"], "payment_intent")
        if intent["status"] != "succeeded":
            raise Refused(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                code="payment_intent_unexpected_state" , param="payment_intent",
            )  # fmt: skip
        charge = account.objects[intent["latest_charge"]]
    else:
        raise missing_parameter("payment_intent")
    unreturned = charge["amount_captured"] - charge["amount_refunded"]
    if not unreturned:
        raise Refused(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    amount = read_integer(form, "amount") if "amount" in form else unreturned
    if not 0 < amount <= unreturned:
        raise Refused(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({unreturned}).",
            param="amount",
        )
    card = account.methods[charge["payment_method"]].card
    refund = account.make(
        "re",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        failure_reason=None,
        metadata=read_metadata(form),
        payment_intent=charge["payment_intent"],
        reason=form.get("reason"),
        status="pending" if card.is_refund_pending else "succeeded",
    )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    account.emit("refund.created", refund)
    account.emit("charge.refunded", charge)
    return refund


def finish_refund(account: Account, refund: JsonObject, status: str) -> None:
    """What the bank says later: "succeeded" or "failed"."""
    refund["status"] = status
    if status == "failed":
        refund["failure_reason"] = "lost_or_stolen_card"
        charge = account.objects[refund["charge"]]
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        account.emit("refund.failed", refund)
        account.emit("charge.refund.updated", refund)
    account.emit("refund.updated", refund)


@route("GET", "refunds", "refund_list")
def list_refunds(account: Account, form: JsonObject, _: str) -> JsonObject:
    return page(
        account, "refund", form,
        payment_intent=form.get("payment_intent"), charge=form.get("charge"),
    )  # fmt: skip


@route("GET", "refunds/{id}", "refund_retrieve")
def retrieve_refund(account: Account, form: JsonObject, id: str) -> JsonObject:
    return account.find("refund", id)


@route("GET", "charges/{id}", "charge_retrieve")
def retrieve_charge(account: Account, form: JsonObject, id: str) -> JsonObject:
    return account.find("charge", id)


@route("GET", "charges", "charge_list")
def list_charges(account: Account, form: JsonObject, _: str) -> JsonObject:
    return page(account, "charge", form,
                payment_intent=form.get("payment_intent"),
                customer=form.get("customer"))  # fmt: skip


@route("GET", "disputes/{id}", "dispute_retrieve")
def retrieve_dispute(account: Account, form: JsonObject, id: str) -> JsonObject:
    return account.find("dispute", id)


@route("GET", "disputes", "dispute_list")
def list_disputes(account: Account, form: JsonObject, _: str) -> JsonObject:
    return page(account, "dispute", form,
                payment_intent=form.get("payment_intent"), charge=form.get("charge"))  # fmt: skip


@route("GET", "events/{id}", "event_retrieve")
def retrieve_event(account: Account, form: JsonObject, id: str) -> JsonObject:
    return account.find("event", id)


@route("GET", "events", "event_list")
def list_events(account: Account, form: JsonObject, _: str) -> JsonObject:
    return page(account, "event", form, type=form.get("type"))
