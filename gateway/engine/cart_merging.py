"""Merging: the contents of a buyer's earlier cart move into the cart that they claim."""

from dataclasses import replace

from gateway.engine.cart_lines import (
    MAX_ATTRIBUTES,
    MAX_LINE_CHARACTERS,
    add_cart_lines,
    count_line_characters,
)
from gateway.engine.carts import MAX_CART_LINES, MAX_LINE_QUANTITY, Cart
from gateway.engine.pricing.discount_codes import normalize_code
from gateway.engine.pricing.purchase_details import CONSUMER, Attribute


class CartsNotMergeable(Exception):
    """Two carts cannot become one as a whole; the message has the figures."""


def merge_carts(claimed: Cart, earlier: Cart) -> Cart:
    """``claimed`` with everything that ``earlier`` has and it has not.

    Its lines come first; equal lines join. Its own destination, shipping method, customer, note and
    values of attributes stay; what it lacks of them comes from ``earlier``. All codes are kept.

    Raises:
        CartsNotMergeable: the carts have other currencies, or too much together.

    """
    if earlier.lines and claimed.currency != earlier.currency:
        raise CartsNotMergeable(
            f"This cart is in {claimed.currency.code}; the lines of your earlier cart "
            f"({len(earlier.lines):,}) are in {earlier.currency.code}. Empty one of them first."
        )
    merged = replace(
        add_cart_lines(claimed, earlier.lines),
        destination=claimed.destination or earlier.destination,
        method_id=claimed.method_id or earlier.method_id,
        codes=(*claimed.codes, *_further_codes(claimed, earlier)),
        customer=earlier.customer if claimed.customer == CONSUMER else claimed.customer,
        note=claimed.note or earlier.note,
        attributes=(*claimed.attributes, *_further_attributes(claimed, earlier)),
    )
    _check_size("lines", len(merged.lines), MAX_CART_LINES)
    largest = max((line.quantity for line in merged.lines), default=0)
    _check_size("of one line", largest, MAX_LINE_QUANTITY)
    _check_size(
        "characters of lines' attributes", count_line_characters(merged.lines), MAX_LINE_CHARACTERS
    )
    _check_size("attributes", len(merged.attributes), MAX_ATTRIBUTES)
    return merged


def _further_codes(claimed: Cart, earlier: Cart) -> tuple[str, ...]:
    """The codes that only ``earlier`` has."""
    keys = set(map(normalize_code, claimed.codes))
    return tuple(code for code in earlier.codes if normalize_code(code) not in keys)


def _further_attributes(claimed: Cart, earlier: Cart) -> tuple[Attribute, ...]:
    """The attributes whose keys only ``earlier`` has."""
    keys = {attribute.key for attribute in claimed.attributes}
    return tuple(attribute for attribute in earlier.attributes if attribute.key not in keys)


def _check_size(subject: str, count: int, maximum: int) -> None:
    if count > maximum:
        raise CartsNotMergeable(
            f"This cart and your earlier cart have {count:,} {subject} together, of at most "
            f"{maximum:,}. Remove some first."
        )
