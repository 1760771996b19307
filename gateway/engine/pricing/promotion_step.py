"""The strategy that applies promotions to goods.

Promotions are tried one after another, each on what those before it left. None takes more than its
goods are worth.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gateway.engine.areas.area import AreaMatch, match_area
from gateway.engine.money import Money, allocate, percent_fraction, round_fraction
from gateway.engine.pricing import tags
from gateway.engine.pricing.discounts import AmountOff, PercentOff, allocate_discount
from gateway.engine.pricing.ledger import AdjustmentEntry, Ledger
from gateway.engine.pricing.promotions import (
    ON_SALE,
    BuyAndGet,
    CheapestOff,
    FreeShipping,
    PriceTier,
    Promotion,
    PromotionOutcome,
    PromotionScope,
    TierPrices,
    combine,
)
from gateway.engine.pricing.purchase import Item, NodeKind, Purchase
from gateway.engine.values import value_object

NOTHING_LEFT = "nothing is left to take off"
_UNIT_PRICE_SCALE = 41
"""Unit prices are compared as fractions with so many binary digits.

Two that differ, of at most a million units each, differ by more than that.
"""


def rank_unit_price(amount: int, quantity: int) -> int:
    """A number that compares as ``amount / quantity`` does, for quantities up to a million."""
    return (amount << _UNIT_PRICE_SCALE) // quantity


@value_object
class PromotedLine:
    """A line of the purchase, and where its prices stand in the ledger.

    ``positions`` are those of all its parts, ``discountable`` those that can be reduced.
    """

    item: Item
    positions: range
    discountable: tuple[int, ...]


class PromotionTrial:
    """The promotions of one purchase as they are tried one after another.

    ``amounts`` are what the nodes cost after those that applied, in minor units.
    """

    def __init__(self, ledger: Ledger, amounts: Sequence[int]) -> None:
        self.purchase: Purchase = ledger.purchase
        self.amounts = list(amounts)
        self.lines = _promoted_lines(ledger)
        self.applied: list[Promotion] = []
        self._prices = ledger.prices
        self._coupon_codes = [each.code for each in self.purchase.discounts if each.code]
        self._used_up = {each.name: each.reason for each in self.purchase.used_up_promotions}
        self._lines_by_scope: dict[PromotionScope, tuple[PromotedLine, ...]] = {}
        self._lines_by_key: dict[str, list[int]] = {}
        for index, line in enumerate(self.lines):
            for key in line.item.scope_keys:
                self._lines_by_key.setdefault(key, []).append(index)

    def try_on_goods(self, promotion: Promotion) -> PromotionOutcome:
        """Apply ``promotion`` to the goods in its scope, or say why it does not apply."""
        reason = self.refusal_reason(promotion)
        if reason is not None:
            return PromotionOutcome(promotion, reason=reason)
        shares = self._reduce(promotion)
        if not shares:
            return PromotionOutcome(promotion, reason=self._no_effect_reason(promotion))
        for position, minor in shares:
            self.amounts[position] += minor
        self.applied.append(promotion)
        return PromotionOutcome(promotion, -sum(minor for _, minor in shares), shares)

    def refusal_reason(self, promotion: Promotion) -> str | None:
        """Why a condition of ``promotion`` does not hold; None if all hold."""
        return (
            self._used_up.get(promotion.name)
            or self._terms_reason(promotion)
            or self._place_reason(promotion)
            or self._combination_reason(promotion)
            or self._goods_reason(promotion)
        )

    def select_lines(self, scope: PromotionScope) -> tuple[PromotedLine, ...]:
        """The lines of the goods in ``scope``, in their order."""
        lines = self._lines_by_scope.get(scope)
        if lines is None:
            lines = self._lines_by_scope[scope] = tuple(self._find_lines(scope))
        return lines

    def _find_lines(self, scope: PromotionScope) -> Iterable[PromotedLine]:
        if scope.keys is None:
            lines: Iterable[PromotedLine] = self.lines
        else:
            indexes = set[int]().union(*(self._lines_by_key.get(key, ()) for key in scope.keys))
            lines = (self.lines[index] for index in sorted(indexes))
        return (
            line for line in lines if not (scope.not_on_sale and ON_SALE in line.item.scope_keys)
        )

    def _terms_reason(self, promotion: Promotion) -> str | None:
        purchase, validity = self.purchase, promotion.validity
        if not validity.includes(purchase.on):
            if validity.start is not None and purchase.on < validity.start:
                return f"valid from {validity.start.isoformat()}"
            return "no longer valid"
        if not promotion.is_offered_in(purchase.currency.code):
            return f"not for purchases in {purchase.currency.code}"
        customers = promotion.customers
        if customers is not None and customers.isdisjoint(
            {purchase.customer.value, *purchase.customer_groups}
        ):
            return "not for this customer"
        return None

    def _place_reason(self, promotion: Promotion) -> str | None:
        destination = self.purchase.destination
        if promotion.areas is None:
            return None
        if destination is None:
            return "it depends on the destination, which is not known yet"
        if any(match_area(area, destination) is AreaMatch.YES for area in promotion.areas):
            return None
        return "not for this destination"

    def _combination_reason(self, promotion: Promotion) -> str | None:
        if not promotion.is_price:
            for code in self._coupon_codes:
                if not promotion.accepts(code):
                    return f"not together with {code}"
        for applied in self.applied:
            if not combine(promotion, applied):
                return f"not together with {applied.name}"
        return None

    def _goods_reason(self, promotion: Promotion) -> str | None:
        lines = self.select_lines(promotion.scope)
        if not lines:
            return "none of its goods are there"
        minimum = promotion.minimums.get(self.purchase.currency.code, 0)
        if not minimum:
            return None
        amounts = self._prices if promotion.minimum_before_discounts else self.amounts
        worth = sum(sum(amounts[line.positions.start : line.positions.stop]) for line in lines)
        if worth >= minimum:
            return None
        when = "before" if promotion.minimum_before_discounts else "after"
        return f"from {Money(minimum, self.purchase.currency).amount} {when} discounts"

    def _no_effect_reason(self, promotion: Promotion) -> str:
        off = promotion.off
        lines = self.select_lines(promotion.scope)
        units = self._count_units(lines)
        match off:
            case BuyAndGet(buy, get, _, None) if units < buy + get:
                return f"from {buy + get} of its goods"
            case BuyAndGet(buy, _, _, PromotionScope() as of):
                if self._count_units(self._outside(lines, of)) < buy:
                    return f"from {buy} of its goods"
                return "what it reduces is not there"
            case TierPrices(tiers):
                return f"from {min(tier.from_quantity for tier in tiers)} of one kind"
        return NOTHING_LEFT

    def _count_units(self, lines: Iterable[PromotedLine]) -> int:
        """The units of ``lines`` that cost something."""
        return sum(line.item.quantity for line in lines if self._worth(line) > 0)

    def _outside(
        self, lines: Iterable[PromotedLine], scope: PromotionScope
    ) -> Iterable[PromotedLine]:
        """Those of ``lines`` whose goods are not in ``scope``."""
        positions = {line.positions.start for line in self.select_lines(scope)}
        return (line for line in lines if line.positions.start not in positions)

    def _worth(self, line: PromotedLine) -> int:
        """What the parts of ``line`` that can be reduced cost now, in minor units."""
        return self._sum(line.discountable)

    def _sum(self, positions: Sequence[int]) -> int:
        """What the nodes at ``positions`` cost now, in minor units."""
        if len(positions) == 1:
            return self.amounts[positions[0]]
        return sum(self.amounts[position] for position in positions)

    def _reduce(self, promotion: Promotion) -> tuple[tuple[int, int], ...]:
        """What the promotion changes, below zero, by node position; empty if nothing."""
        lines = self.select_lines(promotion.scope)
        match promotion.off:
            case PercentOff() as discount:
                return self._share(discount, lines)
            case CheapestOff(units, off):
                return self._reduce_cheapest(lines, units, off)
            case BuyAndGet() as offer:
                return self._reduce_offered(lines, offer)
            case TierPrices() as prices:
                return self._set_tier_prices(lines, prices)
            case Mapping() as amounts:
                return self._share(amounts[self.purchase.currency.code], lines)
            case _:
                return ()

    def _reduce_offered(
        self, lines: Sequence[PromotedLine], offer: BuyAndGet
    ) -> tuple[tuple[int, int], ...]:
        if offer.of is None:
            units = self._count_units(lines) // (offer.buy + offer.get) * offer.get
            return self._reduce_cheapest(lines, units, offer.off)
        units = self._count_units(self._outside(lines, offer.of)) // offer.buy * offer.get
        return self._reduce_cheapest(self.select_lines(offer.of), units, offer.off)

    def _share(
        self, discount: AmountOff | PercentOff, lines: Iterable[PromotedLine]
    ) -> tuple[tuple[int, int], ...]:
        amounts = self.amounts
        positions = [
            position for line in lines for position in line.discountable if amounts[position] > 0
        ]
        shares = allocate_discount(discount, [amounts[position] for position in positions])
        return tuple(
            (position, -share) for position, share in zip(positions, shares, strict=True) if share
        )

    def _reduce_cheapest(
        self, lines: Sequence[PromotedLine], units: int, off: PercentOff
    ) -> tuple[tuple[int, int], ...]:
        """Reduce so many of the cheapest units, whatever the order of the lines."""
        if not units:
            return ()
        numerator, denominator = percent_fraction(off.percent)
        shares: list[tuple[int, int]] = []
        for line, worth in self._cheapest_first(lines):
            quantity = line.item.quantity
            count = min(units, quantity)
            amount_off = round_fraction(worth * count * numerator, quantity * denominator)
            shares += self._split(min(amount_off, worth), line.discountable)
            units -= count
            if not units:
                break
        return tuple(shares)

    def _cheapest_first(self, lines: Sequence[PromotedLine]) -> list[tuple[PromotedLine, int]]:
        """The lines that cost something, with what they cost, by the price of one unit."""
        worths = [(line, self._worth(line)) for line in lines]
        return sorted(
            (each for each in worths if each[1] > 0),
            key=lambda each: (
                rank_unit_price(each[1], each[0].item.quantity),
                each[0].item.reference,
                each[0].item.quantity,
            ),
        )

    def _set_tier_prices(
        self, lines: Sequence[PromotedLine], prices: TierPrices
    ) -> tuple[tuple[int, int], ...]:
        currency = self.purchase.currency.code
        tiers = sorted(
            (
                tier
                for tier in prices.tiers
                if isinstance(tier.price, PercentOff) or currency in tier.price
            ),
            key=lambda tier: tier.from_quantity,
        )
        quantities: dict[str, int] = {}
        for line in lines:
            reference = line.item.reference
            quantities[reference] = quantities.get(reference, 0) + line.item.quantity
        shares: list[tuple[int, int]] = []
        for line in lines:
            quantity = quantities[line.item.reference]
            reached = [tier for tier in tiers if tier.from_quantity <= quantity]
            if reached:
                amount_off = self._tier_reduction(line, reached[-1])
                shares += self._split(amount_off, line.positions)
        return tuple(shares)

    def _tier_reduction(self, line: PromotedLine, tier: PriceTier) -> int:
        """What ``line`` costs less at the price of ``tier``, in minor units; at least zero."""
        currency, price = self.purchase.currency.code, tier.price
        amount = self._sum(line.positions)
        if amount <= 0:
            return 0
        if isinstance(price, PercentOff):
            numerator, denominator = percent_fraction(price.percent)
            return min(amount, round_fraction(amount * numerator, denominator))
        return max(0, amount - price[currency] * line.item.quantity)

    def _split(self, amount_off: int, positions: Sequence[int]) -> Iterable[tuple[int, int]]:
        """``amount_off`` as changes, below zero, of the parts of one line."""
        if not amount_off:
            return ()
        if len(positions) == 1:
            return ((positions[0], -amount_off),)
        positions = [position for position in positions if self.amounts[position] > 0]
        shares = allocate(amount_off, [self.amounts[position] for position in positions])
        return [
            (position, -share) for position, share in zip(positions, shares, strict=True) if share
        ]


def _promoted_lines(ledger: Ledger) -> tuple[PromotedLine, ...]:
    nodes, node_tags = ledger.nodes, ledger.tags
    lines = []
    position = 1
    while position < len(nodes) and nodes[position].kind is NodeKind.ITEM:
        node = nodes[position]
        positions = range(position, node.end)
        discountable = tuple(at for at in positions if tags.DISCOUNTABLE in node_tags[at])
        if node.item is not None:
            lines.append(PromotedLine(node.item, positions, discountable))
        position = node.end
    return tuple(lines)


def apply_promotions(ledger: Ledger) -> Ledger:
    """Apply the promotions of goods one after another, in the order that they are in."""
    trial = PromotionTrial(ledger, ledger.reduced_prices)
    outcomes = tuple(
        trial.try_on_goods(promotion)
        for promotion in ledger.purchase.promotions
        if not isinstance(promotion.off, FreeShipping)
    )
    return replace(ledger, promotion_outcomes=outcomes, promoted_prices=tuple(trial.amounts))


def promotion_adjustments(ledger: Ledger) -> list[AdjustmentEntry]:
    """The changes of prices by the promotions that apply to goods."""
    return [
        AdjustmentEntry(
            outcome.promotion.label,
            -outcome.amount_off,
            outcome.promotion.code,
            shares=outcome.shares,
            promotion=outcome.promotion.name,
        )
        for outcome in ledger.promotion_outcomes
        if outcome.is_applied
    ]
