"""What amounts Stripe charges."""

from gateway.engine.money import Money
from gateway.services.ports.payments import AmountRefusal


def find_amount_refusal(amount: Money) -> AmountRefusal | None:
    """Why Stripe charges no ``amount``; None if it does."""
    if amount.currency.digits == 3 and amount.minor % 10:  # noqa: PLR2004
        return AmountRefusal(step_minor=10)
    return None
