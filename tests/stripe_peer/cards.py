"""Test cards: Stripe's numbers (docs.stripe.com/testing), and some that only this peer knows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """What happens to a card. ``hold_seconds``: how long a hold lasts, None for the usual time."""

    brand: str = "visa"
    decline_code: str | None = None
    code: str = "card_declined"
    # "never", "unless_set_up" or "always"
    authentication: str = "never"
    does_refund_fail: bool = False
    is_refund_pending: bool = False
    attaches: bool = True
    hold_seconds: int | None = None
    # An attempt above what was held for this customer before is declined.
    refuses_raise: bool = False
    # The answer to the attempt gets lost, once.
    loses_answer: bool = False


CARDS = {
    "4242424242424242": Card(),
    "5555555555554444": Card(brand="mastercard"),
    "378282246310005": Card(brand="amex"),
    "4000002500003155": Card(authentication="unless_set_up"),
    "4000002760003184": Card(authentication="always"),
    "4000000000003220": Card(authentication="always"),
    "4000000000009995": Card(decline_code="insufficient_funds"),
    "4000000000000002": Card(decline_code="generic_decline", attaches=False),
    "4000000000000341": Card(decline_code="generic_decline"),
    "4000000000009987": Card(decline_code="lost_card"),
    "4000000000009979": Card(decline_code="stolen_card"),
    "4000000000000069": Card(decline_code="expired_card", code="expired_card", attaches=False),
    "4000000000000127": Card(decline_code="incorrect_cvc", code="incorrect_cvc", attaches=False),
    "4000000000000119": Card(
        decline_code="processing_error", code="processing_error", attaches=False
    ),
    "4000008260003178": Card(authentication="always", decline_code="insufficient_funds"),
    "4000000000005126": Card(does_refund_fail=True),
    "4000000000007726": Card(is_refund_pending=True),
    # Known to this peer alone: sim_hold_expires, sim_raise_refused, sim_timeout.
    "4900000000000006": Card(hold_seconds=0),
    "4900000000000007": Card(refuses_raise=True),
    "4900000000000005": Card(loses_answer=True),
}

# Stripe's names for methods made of these cards; each use of a name makes another one.
NAMED_METHODS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_refundFail": "4000000000005126",
    "pm_card_pendingRefund": "4000000000007726",
}
