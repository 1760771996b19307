"""Rulebooks: all rules of a merchant, and the rules of one market."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import Area, AreaMatch, match_areas
from gateway.engine.bounded_cache import get_or_compute
from gateway.engine.pricing.discount_codes import Coupon, StoredValue, select_promotions
from gateway.engine.pricing.promotions import Promotion, order_promotions
from gateway.engine.pricing.purchase import TAXED_BY_TABLE, ExtraCharge, Item, ShippingTax
from gateway.engine.pricing.purchase_details import UNKNOWN_SELLER, Seller
from gateway.engine.pricing.shipping import ShippingMethod
from gateway.engine.rulebook.destination_terms import (
    Fee,
    MultiCurrencyFee,
    PayableStep,
    ShippingTaxRule,
    find_payable_step,
    find_shipping_tax,
)
from gateway.engine.tax.rounding import DEFAULT_ROUNDING, RoundingPolicy
from gateway.engine.tax.tax_tables import DEFAULT_TABLE, CustomerKind, TaxTable, TaxTables
from gateway.engine.validity import ALWAYS, Validity


@dataclass(frozen=True, slots=True)
class MarketTerms:
    """Whether prices in ``currency`` (None: any other) include tax, and how tax is rounded.

    ``home``: where prices include the taxes of the first of these areas; elsewhere their net amount
    is kept. Without it they are kept as they are wherever goods go. ``payable_steps`` are minor
    units of ``currency``. ``shipping_tax`` goes before the rulebook's.
    """

    currency: str | None = None
    includes_tax: bool = False
    rounding: RoundingPolicy = DEFAULT_ROUNDING
    validity: Validity = ALWAYS
    home: tuple[Area, ...] = ()
    payable_steps: tuple[PayableStep, ...] = ()
    shipping_tax: tuple[ShippingTaxRule, ...] = ()


@dataclass(frozen=True, slots=True)
class MultiCurrencyMethod:
    """A shipping method with its prices in each currency.

    In other currencies ``fallback`` is offered, if there is one. If ``follows_market``, its prices
    include tax where the market's prices do.
    """

    by_currency: Mapping[str, ShippingMethod]
    validity: Validity = ALWAYS
    fallback: ShippingMethod | None = None
    follows_market: bool = True

    def method_for(self, terms: MarketTerms, currency: str, day: date) -> ShippingMethod | None:
        """The method in this currency on this day; None if it is not offered."""
        method = self.by_currency.get(currency, self.fallback)
        if method is None or not self.validity.includes(day):
            return None
        return replace(method, includes_tax=terms.includes_tax) if self.follows_market else method


@dataclass(frozen=True, slots=True)
class Market:
    """The rules for purchases in one currency on one day.

    ``promotions`` are in the order in which they apply. Those with a code are all there, so that a
    buyer is told why one does not apply.
    """

    currency: str
    includes_tax: bool
    rounding: RoundingPolicy
    tax_tables: TaxTables
    methods: tuple[ShippingMethod, ...]
    coupons: tuple[Coupon, ...]
    promotions: tuple[Promotion, ...] = ()
    seller: Seller = UNKNOWN_SELLER
    home: tuple[Area, ...] = ()
    payable_steps: tuple[PayableStep, ...] = ()
    shipping_tax_rules: tuple[ShippingTaxRule, ...] = ()
    fees: tuple[Fee, ...] = ()
    _shipping_taxes: dict[tuple[Destination | None, CustomerKind], ShippingTax] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def without_codes(self) -> "Market":
        """The same market where somebody else judges codes: none of its own applies."""
        return replace(self, coupons=(), promotions=select_promotions(self.promotions, ()))

    def is_home(self, destination: Destination | None) -> bool:
        """Whether goods that go there cost what they cost at home, whatever their taxes are."""
        return bool(self.home) and match_areas(self.home, destination) is AreaMatch.YES

    def rounding_for(self, destination: Destination | None) -> RoundingPolicy:
        """How tax is rounded, and what is to pay there."""
        if not self.payable_steps:
            return self.rounding
        step = find_payable_step(self.payable_steps, destination)
        return replace(self.rounding, payable_step=step)

    def shipping_tax_for(
        self,
        destination: Destination | None,
        customer: CustomerKind = CustomerKind.CONSUMER,
    ) -> ShippingTax:
        """How shipping there is taxed."""
        if not self.shipping_tax_rules:
            return TAXED_BY_TABLE
        return get_or_compute(
            self._shipping_taxes,
            (destination, customer),
            lambda: find_shipping_tax(self.shipping_tax_rules, destination, customer),
        )

    def fees_for(
        self, destination: Destination | None, items: Sequence[Item]
    ) -> tuple[ExtraCharge, ...]:
        """The fees of ``items`` that go there, in order."""
        return tuple(fee.charge for fee in self.fees if fee.is_charged(destination, items))

    @property
    def asks_for_groups(self) -> bool:
        """Whether a promotion is for certain customers, who may be a group."""
        return any(promotion.customers is not None for promotion in self.promotions)


# Compared by identity: a rulebook is loaded once and is a cache key for every purchase.
@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """All rules that prices depend on, besides the goods themselves.

    ``stored_values`` are issued when the rulebook is imported. Their balances are stored elsewhere.
    ``customer_groups`` are the names of the groups that promotions may be for.
    """

    tax_tables: TaxTables
    terms: tuple[MarketTerms, ...] = ()
    methods: tuple[MultiCurrencyMethod, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    stored_values: tuple[StoredValue, ...] = ()
    shipping_tax: tuple[ShippingTaxRule, ...] = ()
    fees: tuple[MultiCurrencyFee, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    seller: Seller = UNKNOWN_SELLER
    customer_groups: frozenset[str] = frozenset()

    def for_market(self, currency: str, day: date) -> Market:
        """The rules for purchases in ``currency`` on ``day``."""
        return _build_market(self, currency, day)


NO_RULES = Rulebook(TaxTables(TaxTable(DEFAULT_TABLE)))
"""The rulebook of a merchant without rules: no tax, no shipping, no codes."""


@lru_cache(maxsize=256)
def _build_market(rulebook: Rulebook, currency: str, day: date) -> Market:
    terms = _select_terms(rulebook, currency, day)
    return Market(
        currency=currency,
        includes_tax=terms.includes_tax,
        rounding=terms.rounding,
        tax_tables=rulebook.tax_tables,
        methods=tuple(
            method
            for multi_currency in rulebook.methods
            if (method := multi_currency.method_for(terms, currency, day)) is not None
        ),
        coupons=rulebook.coupons,
        home=terms.home,
        payable_steps=terms.payable_steps,
        shipping_tax_rules=tuple(
            rule
            for rule in (*terms.shipping_tax, *rulebook.shipping_tax)
            if rule.validity.includes(day)
        ),
        fees=tuple(
            fee
            for multi_currency in rulebook.fees
            if (fee := multi_currency.fee_for(currency, day, includes_tax=terms.includes_tax))
        ),
        promotions=order_promotions(
            promotion
            for promotion in rulebook.promotions
            if promotion.code is not None
            or (promotion.validity.includes(day) and promotion.is_offered_in(currency))
        ),
        seller=rulebook.seller,
    )


def _select_terms(rulebook: Rulebook, currency: str, day: date) -> MarketTerms:
    """The terms of the currency on that day, else those for any currency, else the defaults."""
    for terms_currency in (currency, None):
        for terms in rulebook.terms:
            if terms.currency == terms_currency and terms.validity.includes(day):
                return terms
    return MarketTerms()
