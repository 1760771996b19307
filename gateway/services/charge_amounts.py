"""Amounts that the payment provider does not charge, in words for the buyer."""

from gateway.engine.money import Money
from gateway.services.ports.payments import AmountRefusal


def describe_refusal(due: Money, refusal: AmountRefusal) -> str:
    """Why ``due`` cannot be charged, with the figures of ``refusal``."""
    minimum, step_minor = refusal.minimum, refusal.step_minor
    if minimum is not None and due.minor < minimum.minor:
        return (
            f"{due.text} is too little to be charged: the payment provider charges "
            f"{minimum.text} or more. Add something to the purchase."
        )
    if step_minor is not None:
        step = Money(step_minor, due.currency).text
        return (
            f"{due.text} cannot be charged: the payment provider charges multiples of {step} "
            f"only. Change the quantity, or pay in another currency."
        )
    return (
        f"{due.text} cannot be charged: the payment provider does not charge this amount in "
        f"{due.currency.code}. Change the purchase, or pay in another currency."
    )
