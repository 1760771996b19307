"""The ledger: the nodes of a purchase and the results of pricing strategies, in columns.

Each column is a tuple aligned with ``nodes``; position 0 is the whole purchase. Amounts are in
minor units.
"""

from dataclasses import dataclass

from gateway.engine.money import Money
from gateway.engine.pricing.promotions import PromotionOutcome
from gateway.engine.pricing.purchase import Purchase, PurchaseNode
from gateway.engine.pricing.shipping import ShippingProblem, ShippingRate
from gateway.engine.tax.line_tax import ApplicableRates, TaxedAmount
from gateway.engine.values import value_object


@dataclass(frozen=True, slots=True)
class AdjustmentEntry:
    """A signed change of a price, in minor units; negative for a discount.

    ``shares`` are the parts of it by node position. ``promotion`` is the name of the promotion that
    made it.
    """

    label: str
    minor: int
    code: str | None = None
    item_reference: str | None = None
    shares: tuple[tuple[int, int], ...] = ()
    line_id: str | None = None
    promotion: str | None = None


@dataclass(frozen=True, slots=True)
class ShippingResult:
    """The shipping rates that fit, the selected rate, and the problem if there is none.

    ``amounts`` are the prices of ``nodes`` after discounts, in minor units. Rates are what they are
    after promotions, whose outcomes are ``promotion_outcomes``.
    """

    rates: tuple[ShippingRate, ...] = ()
    selected: ShippingRate | None = None
    nodes: tuple[PurchaseNode, ...] = ()
    amounts: tuple[int, ...] = ()
    problem: ShippingProblem | None = None
    promotion_outcomes: tuple[PromotionOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class TaxResult:
    """The taxes of the nodes, of shipping, and of each shipping rate. None: not known yet.

    ``applicable_rates`` are all the rates that were applied, in no relation to the nodes.
    """

    applicable_rates: tuple[ApplicableRates, ...]
    nodes: tuple[TaxedAmount | None, ...]
    shipping: tuple[TaxedAmount | None, ...]
    shipping_rates: tuple[TaxedAmount | None, ...]


@value_object
class Ledger:
    """The results of pricing so far. A strategy sets its own columns only.

    ``promoted_prices`` are None where no promotions were tried.
    """

    purchase: Purchase
    nodes: tuple[PurchaseNode, ...]
    tags: tuple[frozenset[str], ...] = ()
    place_tags: tuple[frozenset[str], ...] = ()
    prices: tuple[int, ...] = ()
    item_adjustments: tuple[AdjustmentEntry, ...] = ()
    reduced_prices: tuple[int, ...] = ()
    promotion_outcomes: tuple[PromotionOutcome, ...] = ()
    promoted_prices: tuple[int, ...] | None = None
    order_adjustments: tuple[AdjustmentEntry, ...] = ()
    amounts: tuple[int, ...] = ()
    shipping: ShippingResult = ShippingResult()
    tax_result: TaxResult | None = None
    paid_by_stored_value: int | None = None
    payable_rounding: int = 0
    due: int | None = None

    def nodes_tagged(self, tag: str) -> tuple[PurchaseNode, ...]:
        """The nodes that have ``tag``, except the root."""
        tags = self.tags
        return tuple(node for node in self.nodes[1:] if tag in tags[node.position])

    @property
    def gross(self) -> int | None:
        """The cost of everything with tax, in minor units; None while a tax is not known."""
        if self.tax_result is None:
            return None
        nodes = (*self.nodes[1:], *self.shipping.nodes)
        amounts = (*self.amounts[1:], *self.shipping.amounts)
        taxed_amounts = (*self.tax_result.nodes[1:], *self.tax_result.shipping)
        total = 0
        for node, amount, taxed_amount in zip(nodes, amounts, taxed_amounts, strict=True):
            if taxed_amount is None and (not node.includes_tax or node.has_home_price):
                return None
            total += amount if taxed_amount is None else taxed_amount.gross
        return total


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A signed change of a price: a discount of an item or of the order, or a surcharge.

    ``line_id`` is the cart's or the order's line that it belongs to, where that is known.
    ``rounds_payable``: it rounds what is to pay, after everything else, and bears no tax.
    """

    code: str | None
    label: str
    amount: Money
    item_reference: str | None
    line_id: str | None = None
    rounds_payable: bool = False
