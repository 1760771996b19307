"""The promotions of shipping, which are judged after all other discounts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.engine.pricing import tags
from gateway.engine.pricing.ledger import Ledger
from gateway.engine.pricing.promotion_step import NOTHING_LEFT, PromotionTrial
from gateway.engine.pricing.promotions import FreeShipping, Promotion, PromotionOutcome
from gateway.engine.pricing.shipping import ShippingRate, select_rate


@dataclass(frozen=True, slots=True)
class PromotedRates:
    """Shipping rates after promotions, cheapest first, the selected one, and the outcomes."""

    rates: tuple[ShippingRate, ...]
    selected: ShippingRate | None
    outcomes: tuple[PromotionOutcome, ...]


def promote_shipping(ledger: Ledger, rates: tuple[ShippingRate, ...]) -> PromotedRates:
    """Make ``rates`` free as far as promotions of shipping apply."""
    trial = PromotionTrial(ledger, ledger.amounts)
    trial.applied += [
        outcome.promotion for outcome in ledger.promotion_outcomes if outcome.is_applied
    ]
    listed_prices = {rate.method.id: rate.minor for rate in rates}
    freed_by: dict[str, Promotion] = {}
    reasons: list[tuple[Promotion, str | None]] = []
    for promotion in ledger.purchase.promotions:
        if isinstance(promotion.off, FreeShipping):
            reason = _refusal_reason(trial, promotion, promotion.off, ledger, listed_prices)
            freed = [] if reason else _freed_ids(promotion.off, listed_prices, freed_by)
            freed_by |= dict.fromkeys(freed, promotion)
            reasons.append((promotion, reason if freed or reason else NOTHING_LEFT))
            if freed:
                trial.applied.append(promotion)
    reduced_rates = [
        replace(rate, minor=0) if rate.method.id in freed_by else rate for rate in rates
    ]
    reduced_rates.sort(key=lambda rate: rate.minor)
    selected = select_rate(tuple(reduced_rates), ledger.purchase.method_id)
    selected_id = "" if selected is None else selected.method.id
    outcomes = tuple(
        _outcome(promotion, reason, listed_prices.get(selected_id, 0), freed_by.get(selected_id))
        for promotion, reason in reasons
    )
    return PromotedRates(tuple(reduced_rates), selected, outcomes)


def refuse_shipping(ledger: Ledger, reason: str) -> tuple[PromotionOutcome, ...]:
    """The outcomes of the promotions of shipping where nothing can be taken off."""
    return tuple(
        PromotionOutcome(promotion, reason=reason)
        for promotion in ledger.purchase.promotions
        if isinstance(promotion.off, FreeShipping)
    )


def _refusal_reason(
    trial: PromotionTrial,
    promotion: Promotion,
    off: FreeShipping,
    ledger: Ledger,
    listed_prices: Mapping[str, int],
) -> str | None:
    reason = trial.refusal_reason(promotion)
    if reason is None and _ships_goods_outside(trial, promotion, ledger):
        return "goods are shipped that it is not for"
    if reason is None and off.method_ids is not None and off.method_ids.isdisjoint(listed_prices):
        return "no shipping method that it is for fits"
    return reason


def _ships_goods_outside(trial: PromotionTrial, promotion: Promotion, ledger: Ledger) -> bool:
    """Whether goods are shipped that are not in the promotion's scope."""
    selected = {line.positions.start for line in trial.select_lines(promotion.scope)}
    return any(
        line.positions.start not in selected
        and any(tags.SHIPPABLE in ledger.tags[position] for position in line.positions)
        for line in trial.lines
    )


def _freed_ids(
    off: FreeShipping, listed_prices: Mapping[str, int], freed_by: Mapping[str, Promotion]
) -> list[str]:
    """The ids of the methods that it makes free, of those that cost something still."""
    return [
        method_id
        for method_id, minor in listed_prices.items()
        if minor > 0
        and method_id not in freed_by
        and (off.method_ids is None or method_id in off.method_ids)
    ]


def _outcome(
    promotion: Promotion, reason: str | None, listed_price: int, freed_by: Promotion | None
) -> PromotionOutcome:
    if reason is None and freed_by is not promotion:
        reason = "not for the shipping method that is selected"
    if reason is not None:
        return PromotionOutcome(promotion, reason=reason)
    return PromotionOutcome(promotion, listed_price)
