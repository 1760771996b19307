"""Amounts that the payment provider does not charge, in words for the buyer."""

from gateway.engine.money import Money
from gateway.services.ports.payments import AmountRefusal


def describe_refusal(due: Money, refusal: AmountRefusal) -> str:
    """Why ``due`` cannot be charged, with the figures of ``refusal``."""
    minimum, step_minor = refusal.minimum, refusal.step_minor
    if minimum is not None and due.minor < minimum.minor:
        return (
            f"{_in_words(due)} is too little to be charged: the payment provider charges "
            f"{_in_words(minimum)} or more. Add something to the purchase."
        )
    if step_minor is not None:
        step = _in_words(Money(step_minor, due.currency))
        return (
            f"{_in_words(due)} cannot be charged: the payment provider charges multiples of {step} "
            f"only. Change the quantity, or pay in another currency."
        )
    return (
        f"{_in_words(due)} cannot be charged: the payment provider does not charge this amount in "
        f"{due.currency.code}. Change the purchase, or pay in another currency."
    )


def _in_words(amount: Money) -> str:
    return f"{amount.amount} {amount.currency.code}"
