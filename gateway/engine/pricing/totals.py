"""Totals with net, gross and tax, each computed when it is first read."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.engine.money import Currency, Money
from gateway.engine.tax.line_tax import TaxedAmount
from gateway.engine.values import LastingValue, value_object


@dataclass(frozen=True, slots=True)
class TaxedMoney(LastingValue):
    """An amount with ``net + tax = gross``. Each is None if it is not known."""

    net: Money | None
    gross: Money | None
    tax: Money | None


@value_object
class CostSum:
    """A sum of costs, in minor units, and whether it has costs with tax, without tax, or both.

    A cost of which only the taxes tell what it comes to is marked as both.
    """

    minor: int = 0
    some_with_tax: bool = False
    some_without_tax: bool = False

    def plus(self, minor: int, *, includes_tax: bool, has_home_price: bool = False) -> "CostSum":
        """This sum with one more cost."""
        return CostSum(
            self.minor + minor,
            self.some_with_tax or includes_tax,
            self.some_without_tax or not includes_tax or has_home_price,
        )


NO_COST = CostSum()


@value_object
class NetGrossTax:
    """Totals in minor units, with net + tax = gross."""

    net: int
    gross: int
    tax: int


def sum_taxes(taxed_amounts: Iterable[TaxedAmount | None]) -> NetGrossTax | None:
    """The sums of ``taxed_amounts``; None if one is not known."""
    net = tax = 0
    for taxed_amount in taxed_amounts:
        if taxed_amount is None:
            return None
        amount_tax = taxed_amount.tax
        tax += amount_tax
        net += (
            taxed_amount.amount - amount_tax if taxed_amount.includes_tax else taxed_amount.amount
        )
    return NetGrossTax(net, net + tax, tax)


class LazyTotal(ABC):
    """A total of some nodes, computed when it is read.

    Costs are computed when a side is first read. Taxes are computed only when a side is read that
    differs from the side in which the nodes are priced.
    """

    __slots__ = ("_costs", "_currency", "_gross", "_net", "_sums", "_tax")

    def __init__(self, currency: Currency) -> None:
        self._currency = currency
        self._costs: CostSum | None = None
        # A tuple once computed, because None inside it means that a tax is not known.
        self._sums: tuple[NetGrossTax | None] | None = None
        self._net: Money | None = None
        self._gross: Money | None = None
        self._tax: Money | None = None

    @abstractmethod
    def compute_costs(self) -> CostSum:
        """Return the sum of the costs."""

    @abstractmethod
    def compute_taxes(self) -> Iterable[TaxedAmount | None]:
        """Return the taxes of the nodes; None for a tax that is not known."""

    @property
    def net(self) -> Money | None:
        """The total without tax; None if it is not known."""
        if self._net is None:
            self._net = self._money(self._compute_net())
        return self._net

    @property
    def gross(self) -> Money | None:
        """The total with tax; None if it is not known."""
        if self._gross is None:
            self._gross = self._money(self._compute_gross())
        return self._gross

    @property
    def tax(self) -> Money | None:
        """The tax alone; None if it is not known."""
        if self._tax is None:
            self._tax = self._money(self._compute_tax())
        return self._tax

    def _money(self, minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, self._currency)

    def _compute_net(self) -> int | None:
        costs = self._costs or self._ensure_costs()
        if not costs.some_with_tax:
            return costs.minor
        sums = self._ensure_sums()
        return None if sums is None else sums.net

    def _compute_gross(self) -> int | None:
        costs = self._costs or self._ensure_costs()
        if not costs.some_without_tax:
            return costs.minor
        sums = self._ensure_sums()
        return None if sums is None else sums.gross

    def _compute_tax(self) -> int | None:
        if (self._costs or self._ensure_costs()) == NO_COST:
            return 0
        sums = self._ensure_sums()
        return None if sums is None else sums.tax

    def _ensure_costs(self) -> CostSum:
        self._costs = self.compute_costs()
        return self._costs

    def _ensure_sums(self) -> NetGrossTax | None:
        if self._sums is None:
            self._sums = (sum_taxes(self.compute_taxes()),)
        return self._sums[0]

    def to_taxed_money(self) -> TaxedMoney:
        """Return net, gross and tax, computed now."""
        return TaxedMoney(self.net, self.gross, self.tax)
