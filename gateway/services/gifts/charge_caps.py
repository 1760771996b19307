"""The charge cap: the maximum total of a gift that its giver accepts."""

from decimal import Decimal

from gateway.engine.money import InvalidAmount, Money, money_from_major_units
from gateway.engine.user_errors import ErrorCode, UserError

CHARGE_CAP_PATH = ("input", "chargeCap")


def parse_charge_cap(amount: Decimal, low: Money) -> Money | UserError:
    """``amount``, in major units, as a charge cap; an error if it is below the estimate ``low``."""
    try:
        cap = money_from_major_units(amount, low.currency)
    except InvalidAmount as amount_error:
        return UserError(ErrorCode.INVALID_INPUT, CHARGE_CAP_PATH, str(amount_error))
    if cap.minor < low.minor:
        message = f"chargeCap must be at least {low.amount} {low.currency.code}, the low estimate."
        return UserError(ErrorCode.INVALID_INPUT, CHARGE_CAP_PATH, message)
    return cap
