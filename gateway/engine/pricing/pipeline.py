"""The steps of pricing, in the order of their dependencies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gateway.engine.money import round_fraction
from gateway.engine.pricing import tags
from gateway.engine.pricing.discounts import (
    AmountOff,
    AmountOffPerUnit,
    Discount,
    OrderDiscount,
    PercentOff,
    allocate_discount,
    discount_amount,
)
from gateway.engine.pricing.ledger import AdjustmentEntry, Ledger, ShippingResult
from gateway.engine.pricing.promoted_shipping import promote_shipping, refuse_shipping
from gateway.engine.pricing.promotion_step import apply_promotions, promotion_adjustments
from gateway.engine.pricing.promotions import PromotionOutcome
from gateway.engine.pricing.purchase import (
    ExtraCharge,
    NodeKind,
    Purchase,
    PurchaseNode,
    charge_nodes,
)
from gateway.engine.pricing.shipping import Parcel, ShippingProblem, select_rate, shipping_rates
from gateway.engine.pricing.strategies import Pipeline
from gateway.engine.pricing.tax_step import add_taxes

TAG, PLACE, PRICE = "tag", "place", "price"
ITEM_DISCOUNTS, ORDER_DISCOUNTS = "item discounts", "order discounts"
PROMOTIONS = "promotions"
SHIPPING, TAX, STORED_VALUE, TOTALS = "shipping", "tax", "stored value", "totals"
"""The names of the steps."""


@dataclass(frozen=True, slots=True)
class PricingStep:
    """A strategy as a value: its name, its function, the steps it needs, the fields it reads."""

    name: str
    apply: Callable[[Ledger], Ledger]
    after: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()

    def __call__(self, ledger: Ledger) -> Ledger:
        """Return ``ledger`` with the results of this step."""
        return self.apply(ledger)


def add_tags(ledger: Ledger) -> Ledger:
    """Set the tags of each node, derived from the values that describe it."""
    return replace(ledger, tags=tags.derive_tags(ledger.purchase, ledger.nodes))


def add_place_tags(ledger: Ledger) -> Ledger:
    """Tag shippable nodes, and then the purchase, with NEEDS_ADDRESS if there is no destination."""
    needs_address = ledger.purchase.destination is None and any(
        node.item is not None for node in ledger.nodes_tagged(tags.SHIPPABLE)
    )
    missing = frozenset({tags.NEEDS_ADDRESS}) if needs_address else frozenset()
    place_tags = tuple(
        missing if tags.SHIPPABLE in node_tags else frozenset[str]()
        for node_tags in ledger.tags[1:]
    )
    return replace(ledger, place_tags=(missing, *place_tags))


def set_prices(ledger: Ledger) -> Ledger:
    """Set the price of each node in its own tax basis, minor units; components have their own."""
    return replace(ledger, prices=(0, *(node.amount for node in ledger.nodes[1:])))


def apply_item_discounts(ledger: Ledger) -> Ledger:
    """Apply the discounts of single items and surcharges, each at most the whole price."""
    reduced_prices = list(ledger.prices)
    adjustments = []
    for node in ledger.nodes_tagged(tags.DISCOUNTED):
        amount_off = _own_discount_amount(node, reduced_prices[node.position])
        reduced_prices[node.position] -= amount_off
        if node.item is not None and node.item.discount is not None:
            adjustments.append(_item_adjustment(node, node.item.discount, amount_off))
    return replace(
        ledger, reduced_prices=tuple(reduced_prices), item_adjustments=tuple(adjustments)
    )


def _own_discount_amount(node: PurchaseNode, amount: int) -> int:
    discount = node.element.discount if node.element is not None else None
    if discount is None:
        return 0
    if amount < 0:
        return -discount_amount(discount, -amount, node.units)
    return discount_amount(discount, amount, node.units)


def _item_adjustment(node: PurchaseNode, discount: Discount, amount_off: int) -> AdjustmentEntry:
    item = node.item
    return AdjustmentEntry(
        label=describe_discount(discount),
        minor=-amount_off,
        item_reference=None if item is None else item.reference,
        shares=((node.position, -amount_off),),
        line_id=None if item is None else item.line_id,
    )


def describe_discount(discount: Discount) -> str:
    """The label of ``discount`` for the buyer."""
    match discount:
        case PercentOff(percent):
            return f"{percent.normalize():f} % off"
        case AmountOffPerUnit():
            return "Amount off each"
        case AmountOff():
            return "Amount off"


def apply_order_discounts(ledger: Ledger) -> Ledger:
    """Apply the discounts of the order one after another, shared by the discountable items.

    They come after promotions.
    """
    promoted_prices = ledger.promoted_prices
    amounts = list(ledger.reduced_prices if promoted_prices is None else promoted_prices)
    positions = [
        node.position
        for node in ledger.nodes_tagged(tags.DISCOUNTABLE)
        if node.kind is NodeKind.ITEM
    ]
    adjustments = [
        _share_order_discount(discount, amounts, positions)
        for discount in ledger.purchase.discounts
    ]
    if ledger.promotion_outcomes:
        adjustments = [*promotion_adjustments(ledger), *adjustments]
    return replace(ledger, amounts=tuple(amounts), order_adjustments=tuple(adjustments))


def _share_order_discount(
    discount: OrderDiscount, amounts: list[int], positions: Sequence[int]
) -> AdjustmentEntry:
    shares = allocate_discount(discount.discount, [amounts[position] for position in positions])
    for position, share in zip(positions, shares, strict=True):
        amounts[position] -= share
    borne_shares = tuple(
        (position, -share) for position, share in zip(positions, shares, strict=True) if share
    )
    return AdjustmentEntry(discount.label, -sum(shares), discount.code, None, borne_shares)


def add_shipping(ledger: Ledger) -> Ledger:
    """Set the stated shipping, else the rates that fit the shippable items, and select one."""
    purchase = ledger.purchase
    if purchase.shipping or not (purchase.methods or purchase.must_ship):
        shipping = _price_shipping(ledger, purchase.shipping)
        if purchase.promotions:
            outcomes = refuse_shipping(ledger, "no shipping method is offered")
            shipping = replace(shipping, promotion_outcomes=outcomes)
        return replace(ledger, shipping=shipping)
    shippable = [node for node in ledger.nodes_tagged(tags.SHIPPABLE) if node.item is not None]
    if not shippable:
        outcomes = refuse_shipping(ledger, "nothing is shipped") if purchase.promotions else ()
        return replace(ledger, shipping=ShippingResult(promotion_outcomes=outcomes))
    return replace(ledger, shipping=_select_shipping(ledger, shippable))


def _price_shipping(ledger: Ledger, charges: Sequence[ExtraCharge]) -> ShippingResult:
    nodes = tuple(charge_nodes(NodeKind.SHIPPING, charges, len(ledger.nodes)))
    amounts = tuple(node.amount - _own_discount_amount(node, node.amount) for node in nodes)
    return ShippingResult(nodes=nodes, amounts=amounts)


def _select_shipping(ledger: Ledger, shippable: Sequence[PurchaseNode]) -> ShippingResult:
    purchase = ledger.purchase
    rates = shipping_rates(purchase.methods, _parcel(ledger, shippable))
    outcomes: tuple[PromotionOutcome, ...] = ()
    if purchase.promotions and rates:
        promoted = promote_shipping(ledger, rates)
        rates, selected, outcomes = promoted.rates, promoted.selected, promoted.outcomes
    else:
        selected = select_rate(rates, purchase.method_id)
    if selected is None:
        has_destination = purchase.destination is not None
        problem = (
            ShippingProblem.NO_METHOD_FITS if has_destination else ShippingProblem.NEEDS_ADDRESS
        )
        if purchase.promotions:
            outcomes = refuse_shipping(ledger, problem.value)
        return ShippingResult(problem=problem, promotion_outcomes=outcomes)
    charge = ExtraCharge(
        selected.method.name,
        selected.minor,
        selected.method.includes_tax,
        purchase.shipping_tax.source,
        stated_taxes=selected.method.stated_taxes,
    )
    return replace(
        _price_shipping(ledger, [charge]),
        rates=rates,
        selected=selected,
        promotion_outcomes=outcomes,
    )


def _parcel(ledger: Ledger, shippable: Sequence[PurchaseNode]) -> Parcel:
    return Parcel(
        grams=sum(node.item.grams * node.units for node in shippable if node.item),
        worth=sum(ledger.amounts[node.position] for node in shippable),
        oversize=any(tags.OVERSIZE in ledger.tags[node.position] for node in shippable),
        destination=ledger.purchase.destination,
    )


def apply_stored_value(ledger: Ledger) -> Ledger:
    """Set the amount that stored value pays, at most the gross total.

    It is a payment and does not change any tax.
    """
    stored = ledger.purchase.stored_value
    gross = ledger.gross
    if stored is None or gross is None:
        return replace(ledger, paid_by_stored_value=0 if stored is None else None)
    return replace(ledger, paid_by_stored_value=max(0, min(stored, gross)))


def compute_due(ledger: Ledger) -> Ledger:
    """Set the amount that is left to pay; None while the tax is not known.

    It is rounded to the step of the market, of which no tax is taken.
    """
    gross, paid = ledger.gross, ledger.paid_by_stored_value
    if gross is None or paid is None:
        return replace(ledger, due=None)
    unrounded = gross - paid
    rounding = ledger.purchase.rounding
    step = rounding.payable_step
    due = unrounded if step == 1 else step * round_fraction(unrounded, step, rounding.mode)
    return replace(ledger, due=due, payable_rounding=due - unrounded)


def _fields(*names: str) -> frozenset[str]:
    return frozenset(names)


STANDARD_STEPS = (
    PricingStep(TAG, add_tags, reads=_fields("items", "surcharges", "discounts")),
    PricingStep(PLACE, add_place_tags, _fields(TAG), _fields("destination")),
    PricingStep(PRICE, set_prices, _fields(TAG)),
    PricingStep(ITEM_DISCOUNTS, apply_item_discounts, _fields(PRICE)),
    PricingStep(
        ORDER_DISCOUNTS, apply_order_discounts, _fields(ITEM_DISCOUNTS), _fields("discounts")
    ),
    PricingStep(
        SHIPPING,
        add_shipping,
        _fields(ORDER_DISCOUNTS),
        _fields("shipping", "methods", "method_id", "must_ship", "destination", "shipping_tax"),
    ),
    PricingStep(
        TAX,
        add_taxes,
        _fields(SHIPPING),
        _fields(
            "tax_tables",
            "rounding",
            "on",
            "customer",
            "standing",
            "destination",
            "currency",
            "shipping_tax",
            "is_home",
        ),
    ),
    PricingStep(STORED_VALUE, apply_stored_value, _fields(TAX), _fields("stored_value")),
    PricingStep(TOTALS, compute_due, _fields(STORED_VALUE), _fields("rounding")),
)

STANDARD_PIPELINE = Pipeline(STANDARD_STEPS)

_PROMOTIONS_STEP = PricingStep(
    PROMOTIONS,
    apply_promotions,
    _fields(ITEM_DISCOUNTS),
    _fields(
        "promotions",
        "used_up_promotions",
        "discounts",
        "on",
        "currency",
        "customer",
        "customer_groups",
        "destination",
    ),
)
PROMOTION_PIPELINE = Pipeline(
    (
        _PROMOTIONS_STEP,
        *(
            replace(step, after=_fields(PROMOTIONS)) if step.name == ORDER_DISCOUNTS else step
            for step in STANDARD_STEPS
        ),
    )
)
"""The steps where a purchase has promotions: those of goods come before order discounts."""


def pipeline_for(purchase: Purchase) -> Pipeline:
    """The steps that ``purchase`` needs: without promotions, none are tried."""
    return PROMOTION_PIPELINE if purchase.promotions else STANDARD_PIPELINE
