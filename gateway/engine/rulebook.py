"""Rulebooks: all a merchant's rules, and those of one market on one day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from gateway.engine.codes import Coupon, StoredValue
from gateway.engine.rounding import DEFAULT_ROUNDING, Rounding
from gateway.engine.shipping import ShippingMethod
from gateway.engine.taxes import DEFAULT_TABLE, TaxTable, TaxTables
from gateway.engine.validity import ALWAYS, Validity


@dataclass(frozen=True, slots=True)
class Terms:
    """How prices of ``currency`` (None: any other) are meant, and how their tax is rounded."""

    currency: str | None = None
    includes_tax: bool = False
    rounding: Rounding = DEFAULT_ROUNDING
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class ListedMethod:
    """A shipping method as it is priced in each currency.

    In others it is offered as ``otherwise``, if at all. Where ``as_market`` its prices include tax
    if the market's do.
    """

    priced: Mapping[str, ShippingMethod]
    validity: Validity = ALWAYS
    otherwise: ShippingMethod | None = None
    as_market: bool = True

    def offered(self, terms: Terms, currency: str, on: date) -> ShippingMethod | None:
        """The method in that currency on that day; None where it is not offered."""
        method = self.priced.get(currency, self.otherwise)
        if method is None or not self.validity.holds(on):
            return None
        return replace(method, includes_tax=terms.includes_tax) if self.as_market else method


@dataclass(frozen=True, slots=True)
class Market:
    """The rules for purchases in one currency on one day."""

    currency: str
    includes_tax: bool
    rounding: Rounding
    tax_tables: TaxTables
    methods: tuple[ShippingMethod, ...]
    coupons: tuple[Coupon, ...]


# Compared by identity: a rulebook is loaded once, and looked up in at every purchase.
@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """Everything that prices depend on besides the goods themselves.

    ``stored`` is the stored value that is issued when the rulebook is imported; what is left of
    it is kept elsewhere.
    """

    tax_tables: TaxTables
    terms: tuple[Terms, ...] = ()
    methods: tuple[ListedMethod, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    stored: tuple[StoredValue, ...] = ()

    def for_market(self, currency: str, on: date) -> Market:
        """The rules for purchases in that currency on that day."""
        return _market(self, currency, on)


NO_RULES = Rulebook(TaxTables(TaxTable(DEFAULT_TABLE)))
"""The rulebook of a merchant who has none: no tax, no shipping, no codes."""


@lru_cache(maxsize=256)
def _market(rulebook: Rulebook, currency: str, on: date) -> Market:
    terms = _terms(rulebook, currency, on)
    return Market(
        currency=currency,
        includes_tax=terms.includes_tax,
        rounding=terms.rounding,
        tax_tables=rulebook.tax_tables,
        methods=tuple(
            method
            for listed in rulebook.methods
            if (method := listed.offered(terms, currency, on)) is not None
        ),
        coupons=rulebook.coupons,
    )


def _terms(rulebook: Rulebook, currency: str, on: date) -> Terms:
    """The currency's own terms on that day, else those for any currency, else the usual ones."""
    for wanted in (currency, None):
        for terms in rulebook.terms:
            if terms.currency == wanted and terms.validity.holds(on):
                return terms
    return Terms()
