"""Signatures of Stripe's events: who signed, what, and when. R132."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from gateway.adapters.stripe_signatures import (
    EventHint,
    MalformedEvent,
    is_signed_by_stripe,
    read_event,
    sign_event,
)

SECRET, OLD_SECRET, FOREIGN_SECRET = "whsec_a1b2c3d4", "whsec_e5f6g7h8", "whsec_i9j0k1l2"
NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
BODY = b'{"id": "evt_1", "type": "payment_intent.succeeded"}'
SECOND = timedelta(seconds=1)


def stamp(instant: datetime) -> str:
    return str(int(instant.timestamp()))


def header(*secrets: str, signed_at: datetime = NOW, body: bytes = BODY, scheme: str = "v1") -> str:
    """The header of a body signed with each of ``secrets``."""
    signatures = [f"{scheme}={sign_event(secret, stamp(signed_at), body)}" for secret in secrets]
    return ",".join([f"t={stamp(signed_at)}", *signatures])


def test_the_signature_is_that_of_stripes_documentation() -> None:
    """HMAC-SHA256 of "timestamp.body", as the package computes it."""
    stripe = pytest.importorskip("stripe")
    event = stripe.Webhook.construct_event(
        BODY, header(SECRET, signed_at=datetime.now(UTC)), SECRET, tolerance=300
    )
    assert event["id"] == "evt_1"


@pytest.mark.parametrize(
    "value",
    [
        header(SECRET),
        header(OLD_SECRET),
        header(FOREIGN_SECRET, SECRET),
        header(SECRET, OLD_SECRET),
        header(SECRET, signed_at=NOW - 300 * SECOND),
        header(SECRET, signed_at=NOW + 300 * SECOND),
        header(SECRET) + ",v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39",
    ],
)
def test_one_right_signature_of_several_is_enough(value: str) -> None:
    assert is_signed_by_stripe((SECRET, OLD_SECRET), value, BODY, NOW)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "t=,v1=",
        f"t={stamp(NOW)}",
        header(FOREIGN_SECRET),
        header(SECRET, scheme="v0"),
        header(SECRET, body=BODY + b" "),
        header(SECRET, signed_at=NOW - 301 * SECOND),
        header(SECRET, signed_at=NOW + 301 * SECOND),
        header(SECRET).replace(f"t={stamp(NOW)}", f"t={stamp(NOW + SECOND)}"),
        header(SECRET) + f",t={stamp(NOW)}",
        header(SECRET).replace("t=", "t= "),
        header(SECRET)[:-1],
        header(SECRET).upper(),
        f"t=٣,v1={'0' * 64}",
        f"t={'9' * 400},v1={'0' * 64}",
        "v1=é" + header(SECRET, body=b"x"),
        ",v1=" + "0" * 5000 + "," + header(SECRET),
    ],
)
def test_everything_else_is_not_signed(value: str) -> None:
    assert not is_signed_by_stripe((SECRET, OLD_SECRET), value, BODY, NOW)


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_a_secret_nothing_is_signed(secrets: tuple[str, ...]) -> None:
    assert not is_signed_by_stripe(secrets, header(SECRET), BODY, NOW)


def event(type: str, object_id: object = "pi_1", id: object = "evt_1") -> bytes:
    document = {"id": id, "type": type, "data": {"object": {"id": object_id, "amount": 1}}}
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "type",
    [
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "refund.failed",
        "refund.updated",
        "charge.refund.updated",
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.closed",
        "customer.deleted",
    ],
)
def test_of_an_event_its_id_type_and_object_count(type: str) -> None:
    assert read_event(event(type)) == EventHint("evt_1", type, "pi_1")


@pytest.mark.parametrize(
    ("type", "customer", "earlier", "hint"),
    [
        ("payment_method.automatically_updated", "cus_1", {"card": {}}, "cus_1"),
        ("payment_method.updated", "cus_1", None, "cus_1"),
        ("payment_method.detached", None, {"customer": "cus_1"}, "cus_1"),
        ("payment_method.detached", None, {}, None),
        ("payment_method.detached", None, None, None),
        ("payment_method.detached", {"id": "cus_1"}, [], None),
        ("payment_method.attached", "cus_1", None, None),
    ],
)
def test_of_a_method_it_counts_whose_it_is_or_was(
    type: str, customer: object, earlier: object, hint: str | None
) -> None:
    data = {"object": {"id": "pm_1", "customer": customer}, "previous_attributes": earlier}
    body = json.dumps({"id": "evt_1", "type": type, "data": data}).encode()
    assert read_event(body) == (None if hint is None else EventHint("evt_1", type, hint))


@pytest.mark.parametrize(
    "body",
    [
        event("invoice.paid"),
        event("charge.succeeded"),
        event("payment_intent.succeeded", object_id=None),
        event("payment_intent.succeeded", object_id={"id": "pi_1"}),
        event("payment_intent.succeeded", object_id="pi_1/../refunds"),
        event("payment_intent.succeeded", object_id="pi_" + "1" * 300),
        b'{"id": "evt_1", "type": "payment_intent.succeeded"}',
        b'{"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": []}}',
        b'{"id": "evt_1", "type": "v2.core.event_destination.ping", "related_object": {}}',
    ],
)
def test_what_is_not_acted_on_is_no_fault(body: bytes) -> None:
    assert read_event(body) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        event("payment_intent.succeeded", id=7),
        event("payment_intent.succeeded", id="pi_1"),
        event("payment_intent.succeeded\n"),
        b"[" * 100_000,
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        read_event(body)
