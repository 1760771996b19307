"""A cache of priced carts, because a cart is read more often than it changes."""

from collections import OrderedDict
from dataclasses import dataclass

from gateway.engine.carts import Cart, PricingContext, build_purchase
from gateway.engine.priced_carts import PricedCart

MAX_CACHED_LINES = 4_096
"""Lines of all cached carts together; a line with all figures takes about 4 KiB."""


@dataclass(frozen=True, slots=True)
class CachedCart:
    """A priced cart and the context it was priced in."""

    priced_cart: PricedCart
    context: PricingContext

    @property
    def line_count(self) -> int:
        """The number of the cart's lines, which stands for the memory that it takes."""
        return len(self.priced_cart.cart.lines)


class PricedCartCache:
    """The carts that were priced last, by id.

    Its figures are never stale: the cart, variants and rules are read each time and compared with
    those of the cached cart, and only figures that depend on a change are computed again.
    """

    def __init__(self, max_lines: int = MAX_CACHED_LINES) -> None:
        self._max_lines = max_lines
        self._line_count = 0
        self._cached_carts: OrderedDict[str, CachedCart] = OrderedDict()

    def price_cart(self, cart: Cart, context: PricingContext) -> PricedCart:
        """``cart`` priced in ``context``, with the cached figures that are still valid."""
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
