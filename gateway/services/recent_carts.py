"""Carts that were priced lately, with their figures: a cart is read more often than it changes."""

from collections import OrderedDict
from dataclasses import dataclass

from gateway.engine.carts import Cart, PricedCart, Setting, describe

# Lines of all carts together: about 4 KiB each with every figure.
MOST_LINES = 4_096


@dataclass(frozen=True, slots=True)
class Kept:
    """A cart with its figures, and the setting it was priced in."""

    priced: PricedCart
    setting: Setting

    @property
    def lines(self) -> int:
        """How much room it takes."""
        return len(self.priced.cart.lines)


class RecentCarts:
    """The carts priced last, by id.

    Nothing is ever stale here: the cart, the goods and the rules of the moment are read each time
    and compared. Figures are kept as far as what they depend on is what it was, and only what
    depends on a change is computed anew.
    """

    def __init__(self, most_lines: int = MOST_LINES) -> None:
        self._most_lines = most_lines
        self._lines = 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def priced(self, cart: Cart, setting: Setting) -> PricedCart:
        """``cart`` in ``setting``, with the figures of before that still hold."""
        before = self._kept.pop(cart.id, None)
        if before is not None:
            self._lines -= before.lines
        found = Kept(_now(before, cart, setting), setting)
        self._kept[cart.id] = found
        self._lines += found.lines
        while self._lines > self._most_lines:
            _, oldest = self._kept.popitem(last=False)
            self._lines -= oldest.lines
        return found.priced


def _now(before: Kept | None, cart: Cart, setting: Setting) -> PricedCart:
    if before is None:
        return PricedCart(cart, describe(cart, setting))
    if cart == before.priced.cart and setting == before.setting:
        return before.priced
    return before.priced.now(cart, describe(cart, setting))
