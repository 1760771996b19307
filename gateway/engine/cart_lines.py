"""Changes of a cart's lines: adding, changing and joining them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gateway.engine.carts import MAX_CART_LINES, MAX_LINE_QUANTITY, Cart, CartLine
from gateway.engine.pricing.purchase_details import Attribute
from gateway.engine.text.card_numbers import CARD_NUMBER_MESSAGE, looks_like_card_number
from gateway.engine.user_errors import ErrorCode, ErrorCollector, InputPath, UserError

MAX_ATTRIBUTES = 20
"""Attributes of a cart, and of each line."""
MAX_ATTRIBUTE_KEY_LENGTH = 40
MAX_ATTRIBUTE_VALUE_LENGTH = 500
MAX_NOTE_LENGTH = 2_000
MAX_LINE_CHARACTERS = 200_000
"""Characters of the attributes of all lines of a cart: a cart is read as a whole."""
MAX_NAMED_LINES = 20
"""An error message names at most this many lines."""
LINES_PATH: InputPath = ("input", "lines")


@dataclass(frozen=True, slots=True)
class LineRequest:
    """A variant and its quantity, as requested by a client.

    ``attributes`` are None where the client did not send any. ``line_id`` says which line is meant.
    """

    variant_id: str
    quantity: int
    attributes: tuple[Attribute, ...] | None = None
    line_id: str | None = None


def add_cart_lines(cart: Cart, lines: Iterable[CartLine]) -> Cart:
    """Return ``cart`` with ``lines`` added.

    A line with the variant and the attributes of one that is there makes that one larger, at the
    price it has.
    """
    lines_by_content = {line.content_key: line for line in cart.lines}
    for line in lines:
        existing = lines_by_content.get(line.content_key)
        quantity = line.quantity + (existing.quantity if existing else 0)
        lines_by_content[line.content_key] = replace(existing or line, quantity=quantity)
    return replace(cart, lines=tuple(lines_by_content.values()))


def change_cart_lines(cart: Cart, requests: Sequence[LineRequest]) -> Cart | tuple[UserError, ...]:
    """``cart`` with the quantities and attributes of ``requests``, or why it stays as it is.

    A quantity of zero removes the line. A line that becomes equal to another one joins it.
    """
    lines = list(cart.lines)
    positions = LinePositions(cart.lines)
    collector = ErrorCollector()
    for index, request in enumerate(requests):
        path = (*LINES_PATH, str(index))
        position = positions.find(request, path, collector)
        if position is not None:
            lines[position] = _changed_line(lines[position], request)
    if collector.errors:
        return tuple(collector.errors)
    return add_cart_lines(replace(cart, lines=()), (line for line in lines if line.quantity))


def _changed_line(line: CartLine, request: LineRequest) -> CartLine:
    attributes = line.attributes if request.attributes is None else request.attributes
    return replace(line, quantity=request.quantity, attributes=attributes)


class LinePositions:
    """Where the lines of a cart stand, by their ids and by their variants."""

    def __init__(self, lines: Sequence[CartLine]) -> None:
        self._lines = lines
        self._by_id = {line.id: position for position, line in enumerate(lines)}
        self._by_variant: dict[str, list[int]] = {}
        for position, line in enumerate(lines):
            self._by_variant.setdefault(line.variant_id, []).append(position)

    def find(self, request: LineRequest, path: InputPath, collector: ErrorCollector) -> int | None:
        """The position of the line that ``request`` means; None with an error in ``collector``."""
        if request.line_id is not None:
            return self._find_by_id(request, path, collector)
        positions = self._by_variant.get(request.variant_id, [])
        if len(positions) == 1:
            return positions[0]
        if not positions:
            collector.add((*path, "variantId"), "It is not in the cart.", ErrorCode.NOT_FOUND)
            return None
        line_ids = ", ".join(self._lines[at].id or "" for at in positions[:MAX_NAMED_LINES])
        message = f"The variant stands on {len(positions)} lines: give `lineId`, one of {line_ids}"
        ending = "." if len(positions) <= MAX_NAMED_LINES else " and more."
        collector.add((*path, "lineId"), message + ending)
        return None

    def _find_by_id(
        self, request: LineRequest, path: InputPath, collector: ErrorCollector
    ) -> int | None:
        position = self._by_id.get(request.line_id)
        if position is None:
            collector.add((*path, "lineId"), "The cart has no such line.", ErrorCode.NOT_FOUND)
            return None
        variant_id = self._lines[position].variant_id
        if variant_id != request.variant_id:
            message = f"The line {request.line_id} is of the variant {variant_id}."
            collector.add((*path, "variantId"), message)
            return None
        return position


def count_line_characters(lines: Iterable[CartLine]) -> int:
    """The characters of all attributes of ``lines``, keys and values."""
    return sum(_count_characters(line.attributes) for line in lines)


def _count_characters(attributes: Iterable[Attribute]) -> int:
    return sum(len(attribute.key) + len(attribute.value) for attribute in attributes)


def line_limit_errors(cart: Cart) -> tuple[UserError, ...]:
    """The errors of a cart with too many lines, too large a quantity, or too many words."""
    collector = ErrorCollector()
    line_count = len(cart.lines)
    if line_count > MAX_CART_LINES:
        message = f"A cart holds at most {MAX_CART_LINES:,} lines; this would be {line_count:,}."
        collector.add(LINES_PATH, message)
    largest = max((line.quantity for line in cart.lines), default=0)
    if largest > MAX_LINE_QUANTITY:
        message = f"A line holds at most {MAX_LINE_QUANTITY:,}; this would be {largest:,}."
        collector.add(LINES_PATH, message)
    characters = count_line_characters(cart.lines)
    if characters > MAX_LINE_CHARACTERS:
        collector.add(LINES_PATH, _characters_message(characters))
    return tuple(collector.errors)


def check_attributes_of_lines(lines: Sequence[LineRequest], collector: ErrorCollector) -> None:
    """Add the errors of the attributes of ``lines``; of too many characters that alone."""
    characters = sum(_count_characters(line.attributes or ()) for line in lines)
    if characters > MAX_LINE_CHARACTERS:
        # To look for card numbers in more takes too long.
        collector.add(LINES_PATH, _characters_message(characters))
        return
    for index, line in enumerate(lines):
        if line.attributes:
            check_attributes(line.attributes, (*LINES_PATH, str(index), "attributes"), collector)


def _characters_message(characters: int) -> str:
    return (
        f"The attributes of all lines have at most {MAX_LINE_CHARACTERS:,} characters "
        f"together; this would be {characters:,}."
    )


def check_attributes(
    attributes: Sequence[Attribute], path: InputPath, collector: ErrorCollector
) -> None:
    """Add an error for each attribute without a key, and for each key that is there twice.

    And for each that looks like a card number, its key and its value together included.
    """
    keys: set[str] = set()
    for index, attribute in enumerate(attributes):
        key_path = (*path, str(index), "key")
        if not attribute.key.strip():
            collector.add(key_path, "A key must not be empty.")
        elif attribute.key in keys:
            collector.add(key_path, f"The key {attribute.key} is there twice.")
        elif looks_like_card_number(f"{attribute.key} {attribute.value}"):
            collector.add((*path, str(index), "value"), CARD_NUMBER_MESSAGE)
        keys.add(attribute.key)
