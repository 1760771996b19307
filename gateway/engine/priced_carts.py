"""Carts with their figures, as a client sees them."""

from copy import copy
from dataclasses import dataclass
from functools import cached_property

from gateway.engine.addresses.address import Destination
from gateway.engine.carts import Cart, CartPurchase
from gateway.engine.display.actions import DisplayAction
from gateway.engine.display.purchase_display import DisplayCache, LocaleFormat, PurchaseDisplay
from gateway.engine.pricing import pipeline
from gateway.engine.pricing.code_effects import describe_codes, list_refused_codes
from gateway.engine.pricing.discount_codes import (
    CartCode,
)
from gateway.engine.pricing.node_totals import ShippingRateTotal
from gateway.engine.pricing.priced_purchase import PricedItem, PricedPurchase
from gateway.engine.pricing.purchase_details import Attribute, TaxCustomer
from gateway.engine.pricing.shipping import ShippingProblem, ShippingRate
from gateway.engine.pricing.tags import ERROR
from gateway.engine.pricing.totals import LazyTotal
from gateway.engine.tax.line_tax import TaxState
from gateway.engine.user_errors import RequestWarning

MAX_CACHED_LOCALES = 4
"""The locales for which a priced cart keeps its formatted texts; one more drops them all."""


@dataclass(frozen=True, slots=True)
class ShippingOption:
    """A shipping rate as the client of a cart sees it.

    ``id`` contains the cart's id, because clients cache objects by id.
    """

    id: str
    method_id: str
    name: str
    price: LazyTotal
    selected: bool


class PricedCart(PricedPurchase):
    """A cart with its figures, each computed when it is first read."""

    def __init__(self, cart: Cart, cart_purchase: CartPurchase) -> None:
        super().__init__(cart_purchase.purchase)
        self.cart = cart
        self.applied_codes = cart_purchase.applied_codes
        self.context = cart_purchase.context
        self._display_caches: dict[str, DisplayCache] = {}
        self.code_warnings: tuple[RequestWarning, ...] = ()

    def display(self, locale_format: LocaleFormat) -> PurchaseDisplay:
        """The cart as texts and figures for a page, formatted for a locale.

        The formatted texts are cached for ``MAX_CACHED_LOCALES`` locales.
        """
        cache = self._display_caches.get(locale_format.nearest_locale)
        if cache is None:
            if len(self._display_caches) >= MAX_CACHED_LOCALES:
                self._display_caches.clear()
            cache = self._display_caches[locale_format.nearest_locale] = DisplayCache()
        return PurchaseDisplay(self, locale_format, self, cache)

    def with_warnings(self, warnings: tuple[RequestWarning, ...]) -> "PricedCart":
        """The same cart with ``warnings`` about codes that were just entered in its notices."""
        if not warnings:
            return self
        clone = copy(self)
        clone.code_warnings = warnings
        return clone

    @property
    def codes(self) -> tuple[CartCode, ...]:
        """The cart's codes with the effect of each, in the order they were entered."""
        return describe_codes(self, self.applied_codes)

    @property
    def refused_codes(self) -> tuple[RequestWarning, ...]:
        """A warning for each code that does not exist or does not apply."""
        return list_refused_codes(self, self.applied_codes)

    @property
    def notices(self) -> tuple[str, ...]:
        """The messages for the buyer: codes that do not apply, and that no shipping method fits."""
        warnings = (*self.code_warnings, *self.refused_codes)
        notices = [f"{warning.target}: {warning.message}" for warning in warnings]
        if self._is_unshippable:
            notices.append(f"{ShippingProblem.NO_METHOD_FITS.value.capitalize()}.")
        return tuple(dict.fromkeys(notices))

    @property
    def _is_unshippable(self) -> bool:
        """Whether no shipping method fits the destination. False while there is no destination."""
        problem = self.ledger_after(pipeline.SHIPPING).shipping.problem
        return problem is ShippingProblem.NO_METHOD_FITS

    @property
    def actions(self) -> tuple[DisplayAction, ...]:
        """The actions that the buyer can take; none once a purchase is in progress or complete."""
        if not self.cart.is_editable:
            return ()
        actions = [
            DisplayAction.CHANGE_LINES,
            DisplayAction.ENTER_CODE,
            DisplayAction.GIVE_DESTINATION,
        ]
        if self.shipping_options:
            actions.append(DisplayAction.CHOOSE_SHIPPING)
        return (DisplayAction.CHECK_OUT, *actions) if self._can_check_out else tuple(actions)

    @property
    def _can_check_out(self) -> bool:
        """Whether checkout needs only an address and a payment method."""
        return (
            bool(self.items)
            and not self.unavailable_items
            and not self._is_unshippable
            and self.tax_state is not TaxState.FAILED
        )

    def with_cart(self, cart: Cart, cart_purchase: CartPurchase) -> "PricedCart":
        """The priced cart after a change, with the figures that the change does not affect."""
        if cart_purchase.purchase != self.purchase:
            repriced = PricedCart(cart, cart_purchase)
            repriced._run = self._run_for(cart_purchase.purchase)
            return repriced
        described = cart, cart_purchase.applied_codes
        if cart_purchase.context is self.context and described == (self.cart, self.applied_codes):
            return self
        clone = copy(self)
        clone.cart, clone.applied_codes = described
        clone.context = cart_purchase.context
        return clone

    @property
    def id(self) -> str:
        """The cart's id."""
        return self.cart.id

    @property
    def version(self) -> int:
        """The version of the cart: 1 plus the number of its changes."""
        return self.cart.version

    @property
    def destination(self) -> Destination | None:
        """Where the cart goes, as far as that is known."""
        return self.cart.destination

    @property
    def note(self) -> str | None:
        """What the buyer added in words."""
        return self.cart.note

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The client's own notes on the cart."""
        return self.cart.attributes

    @property
    def total_quantity(self) -> int:
        """The sum of the quantities of all lines."""
        return self.cart.total_quantity

    @property
    def customer(self) -> TaxCustomer:
        """As whom the buyer is taxed."""
        return self.cart.customer

    @cached_property
    def shipping_options(self) -> tuple[ShippingOption, ...]:
        """The shipping methods that fit, cheapest first."""
        shipping = self.ledger_after(pipeline.SHIPPING).shipping
        return tuple(
            self._shipping_option(position, rate, rate == shipping.selected)
            for position, rate in enumerate(shipping.rates)
        )

    def _shipping_option(self, position: int, rate: ShippingRate, selected: bool) -> ShippingOption:  # noqa: FBT001
        method = rate.method
        price = ShippingRateTotal(self._run, position)
        option_id = f"shp_{self.cart.id.removeprefix('crt_')}_{method.id}"
        return ShippingOption(option_id, method.id, method.name, price, selected)

    @property
    def unavailable_items(self) -> tuple[PricedItem, ...]:
        """The lines that cannot be purchased in this quantity, or at all."""
        return self.items_tagged(ERROR)
