"""Carts that were priced lately, with their figures: a cart is read more often than it changes."""

from collections import OrderedDict
from dataclasses import dataclass

from gateway.engine.carts import Cart, PricedCart, PricingContext, build_purchase

# Lines of all carts together: about 4 KiB each with every figure.
MAX_CACHED_LINES = 4_096


@dataclass(frozen=True, slots=True)
class CachedCart:
    """A cart with its figures, and the setting it was priced in."""

    priced_cart: PricedCart
    context: PricingContext

    @property
    def line_count(self) -> int:
        """How much room it takes."""
        return len(self.priced_cart.cart.lines)


class PricedCartCache:
    """The carts priced last, by id.

    Nothing is ever stale here: the cart, the goods and the rules of the moment are read each time
    and compared. Figures are kept as far as what they depend on is what it was, and only what
    depends on a change is computed anew.
    """

    def __init__(self, max_lines: int = MAX_CACHED_LINES) -> None:
        self._max_lines = max_lines
        self._line_count = 0
        self._cached_carts: OrderedDict[str, CachedCart] = OrderedDict()

    def price_cart(self, cart: Cart, context: PricingContext) -> PricedCart:
        """``cart`` in ``context``, with the figures of before that still hold."""
        previous = self._cached_carts.pop(cart.id, None)
        if previous is not None:
            self._line_count -= previous.line_count
        cached = CachedCart(_price_from(previous, cart, context), context)
        self._cached_carts[cart.id] = cached
        self._line_count += cached.line_count
        while self._line_count > self._max_lines:
            _, oldest = self._cached_carts.popitem(last=False)
            self._line_count -= oldest.line_count
        return cached.priced_cart


def _price_from(previous: CachedCart | None, cart: Cart, context: PricingContext) -> PricedCart:
    if previous is None:
        return PricedCart(cart, build_purchase(cart, context))
    if cart == previous.priced_cart.cart and context == previous.context:
        return previous.priced_cart
    return previous.priced_cart.with_cart(cart, build_purchase(cart, context))
