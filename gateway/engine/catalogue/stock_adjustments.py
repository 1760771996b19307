"""Adjustments of stock by staff: goods that came in or are missing."""

from gateway.engine.catalogue.product_cells import MAX_COUNT
from gateway.engine.catalogue.products import Stock
from gateway.engine.user_errors import ErrorCode, UserError

MAX_ADJUSTED_UNITS = 1_000_000
"""A single adjustment may change stock by at most this quantity, up or down."""
BY_PATH = ("input", "by")
VARIANT_PATH = ("input", "variantId")


def adjustment_size_error(by: int) -> UserError | None:
    """The error if the number ``by`` is zero or too large for any stock; None if it is valid."""
    if by != 0 and abs(by) <= MAX_ADJUSTED_UNITS:
        return None
    message = f"A number between -{MAX_ADJUSTED_UNITS:,} and {MAX_ADJUSTED_UNITS:,}, but not 0."
    return UserError(ErrorCode.INVALID_INPUT, BY_PATH, f"{message} This is {by:,}.")


def adjustment_error(stock: Stock, by: int) -> UserError | None:
    """The error if ``stock`` cannot change by ``by``; None if it can.

    ``stock.available`` does not include reserved quantities. It must not fall below zero.
    """
    if stock.available is None:
        message = "It is sold without limit: its stock is not counted and cannot be adjusted."
        return UserError(ErrorCode.NOT_MODIFIABLE, VARIANT_PATH, message)
    remaining = stock.available + by
    if remaining > MAX_COUNT:
        message = f"{stock.available:,} are available; with these more than {MAX_COUNT:,} would be."
        return UserError(ErrorCode.LIMIT_EXCEEDED, BY_PATH, message)
    if by > 0 or remaining >= 0:
        return None
    if stock.available < 0:
        message = f"{-stock.available:,} are owed to orders already: none can be taken away."
    else:
        message = (
            f"{stock.available:,} are available beside what orders have reserved: "
            f"{-by:,} cannot be taken away."
        )
    return UserError(ErrorCode.OUT_OF_STOCK, BY_PATH, message)
