"""What Stripe's events are about is asked of Stripe; what is not ours leads to nothing. R132."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from gateway.adapters.clocks import ManualClock
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.repositories.payment_customers import PaymentCustomersRepository
from gateway.adapters.stripe_payments.access import StripeAccess
from gateway.adapters.stripe_payments.building import StripePayments, build_stripe_payments
from gateway.engine.money import Currency, Money
from gateway.services.ports.disputes import Dispute, DisputeStatus
from gateway.services.ports.payments import (
    ProviderUnavailable,
    RefundCompleted,
    RefundFailed,
    RefundPending,
)
from gateway.services.ports.provider_events import (
    DisputeNotice,
    HoldNotice,
    HoldState,
    MethodsNotice,
    RefundNotice,
)
from tests.conftest import AnyDatabase
from tests.stripe_side import PATIENT

CREATED = 1_800_000_000
Objects = dict[str, dict[str, Any] | int]


def intent(status: str, **changes: object) -> dict[str, Any]:
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "status": status,
        "customer": "cus_1",
        "amount": 1573,
        "amount_received": 0,
        "currency": "usd",
        "created": CREATED,
        "metadata": {"gateway_key": "att_1"},
        **changes,
    }


def refund(status: str, **changes: object) -> dict[str, Any]:
    return {
        "id": "re_1",
        "object": "refund",
        "status": status,
        "amount": 500,
        "currency": "usd",
        "payment_intent": "pi_1",
        "metadata": {"gateway_key": "ref_1"},
        **changes,
    }


def dispute(status: str, **changes: object) -> dict[str, Any]:
    return {
        "id": "du_1",
        "object": "dispute",
        "status": status,
        "amount": 1573,
        "currency": "usd",
        "created": CREATED,
        "reason": "fraudulent",
        "payment_intent": "pi_1",
        "evidence_details": {"due_by": CREATED + 86_400},
        **changes,
    }


def build_stripe(objects: Objects, database: AnyDatabase, clock: ManualClock) -> StripePayments:
    """The adapter of a Stripe that has ``objects`` by path; a number is the status of a failure."""

    def answer(request: httpx.Request) -> httpx.Response:
        stripe_object = objects.get(request.url.path.removeprefix("/v1/"), 404)
        if isinstance(stripe_object, int):
            error = {"type": "invalid_request_error", "code": "resource_missing"}
            return httpx.Response(
                stripe_object, json={"error": error if stripe_object == 404 else {}}
            )
        return httpx.Response(200, json=stripe_object)

    return build_stripe_payments(
        StripeAccess(SecretStr("sk_test_a1b2"), "pk_test_a1b2", "http://stripe.example"),
        httpx.AsyncClient(transport=httpx.MockTransport(answer)),
        database,
        RandomIds(),
        clock,
        "http://localhost",
        timing=PATIENT,
    )


@pytest.mark.parametrize(
    ("described_intent", "notice"),
    [
        (intent("requires_capture"), HoldNotice("att_1", "pi_1", HoldState.HELD)),
        (intent("requires_action"), HoldNotice("att_1", "pi_1", HoldState.UNDECIDED)),
        (intent("canceled"), HoldNotice("att_1", "pi_1", HoldState.RELEASED)),
        (
            intent("succeeded", amount_received=1000),
            HoldNotice("att_1", "pi_1", HoldState.CAPTURED, 1000),
        ),
        (
            intent(
                "succeeded",
                amount_received=1573,
                metadata={"gateway_key": "att_1", "gateway_capture_key": "cap_1"},
            ),
            HoldNotice("att_1", "pi_1", HoldState.CAPTURED, 1573, is_capture_ours=True),
        ),
        (intent("canceled", metadata={}), None),
    ],
)
async def test_a_payment_intent_tells_how_its_hold_stands(
    databases: AnyDatabase,
    clock: ManualClock,
    described_intent: dict[str, Any],
    notice: HoldNotice | None,
) -> None:
    stripe = build_stripe({"payment_intents/pi_1": described_intent}, databases, clock)
    # Whatever the event said: the object counts.
    notices = await stripe.notices.fetch("payment_intent.succeeded", "pi_1")
    assert notices == (() if notice is None else (notice,))


@pytest.mark.parametrize(
    ("described_refund", "key", "result"),
    [
        (refund("succeeded"), "ref_1", RefundCompleted()),
        (refund("pending"), "ref_1", RefundPending()),
        (
            refund("failed", failure_reason="lost_or_stolen_card"),
            "ref_1",
            RefundFailed("LOST_OR_STOLEN_CARD"),
        ),
        (refund("succeeded", metadata={}), "re_1", RefundCompleted()),
    ],
)
@pytest.mark.parametrize(
    ("event_type", "object_id"), [("refund.updated", "re_1"), ("charge.refunded", "ch_1")]
)
async def test_refunds_are_told_by_their_own_event_and_the_charges(
    databases: AnyDatabase,
    clock: ManualClock,
    described_refund: dict[str, Any],
    key: str,
    result: RefundCompleted | RefundPending | RefundFailed,
    event_type: str,
    object_id: str,
) -> None:
    objects: Objects = {
        "payment_intents/pi_1": intent("succeeded"),
        "refunds/re_1": described_refund,
        "charges/ch_1": {"id": "ch_1", "object": "charge", "payment_intent": "pi_1"},
        "refunds": {
            "object": "list",
            "data": [described_refund],
            "has_more": False,
            "url": "/v1/refunds",
        },
    }
    stripe = build_stripe(objects, databases, clock)
    notice = RefundNotice(key, "pi_1", 500, "USD", result, is_ours=key == "ref_1")
    assert await stripe.notices.fetch(event_type, object_id) == (notice,)
    objects["payment_intents/pi_1"] = intent("succeeded", metadata={})
    assert await stripe.notices.fetch(event_type, object_id) == ()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("needs_response", DisputeStatus.NEEDS_RESPONSE),
        ("warning_under_review", DisputeStatus.UNDER_REVIEW),
        ("a_new_one", DisputeStatus.UNDER_REVIEW),
        ("won", DisputeStatus.WON),
        ("lost", DisputeStatus.LOST),
        ("warning_closed", DisputeStatus.CLOSED),
    ],
)
async def test_a_dispute_is_told_with_its_charge(
    databases: AnyDatabase, clock: ManualClock, status: str, expected: DisputeStatus
) -> None:
    objects: Objects = {
        "payment_intents/pi_1": intent("succeeded"),
        "disputes/du_1": dispute(status),
    }
    stripe = build_stripe(objects, databases, clock)
    told_dispute = Dispute(
        "du_1",
        "pi_1",
        Money(1573, Currency("USD", 2)),
        "fraudulent",
        expected,
        datetime.fromtimestamp(CREATED, UTC),
        datetime.fromtimestamp(CREATED + 86_400, UTC),
    )
    assert await stripe.notices.fetch("charge.dispute.created", "du_1") == (
        DisputeNotice(told_dispute, "att_1"),
    )
    objects["disputes/du_1"] = dispute(status, payment_intent=None)
    assert await stripe.notices.fetch("charge.dispute.created", "du_1") == ()


@pytest.mark.parametrize("object_id", ["pi_2", "re_2", "ch_2", "du_2", "cus_2", "in_1", "x"])
async def test_what_is_not_there_or_not_known_leads_to_nothing(
    databases: AnyDatabase, clock: ManualClock, object_id: str
) -> None:
    stripe = build_stripe({}, databases, clock)
    assert await stripe.notices.fetch("payment_intent.canceled", object_id) == ()


async def test_while_stripe_is_away_nothing_is_concluded(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    stripe = build_stripe({"payment_intents/pi_1": 503}, databases, clock)
    with pytest.raises(ProviderUnavailable):
        await stripe.notices.fetch("payment_intent.canceled", "pi_1")


@pytest.mark.parametrize("is_deleted", [False, True])
async def test_a_customer_is_forgotten_once_deleted(
    databases: AnyDatabase, clock: ManualClock, *, is_deleted: bool
) -> None:
    customer: Mapping[str, object] = {"id": "cus_1", "object": "customer", "deleted": is_deleted}
    stripe = build_stripe({"customers/cus_1": dict(customer)}, databases, clock)
    async with databases.begin() as work:
        await PaymentCustomersRepository(work.session).add("pur_1", "cus_1", clock.now())
    assert await stripe.notices.fetch("customer.deleted", "cus_1") == (MethodsNotice("pur_1"),)
    assert await stripe.notices.fetch("customer.deleted", "cus_of_others") == ()
    assert (await stripe.customers.find("pur_1") is None) == is_deleted
