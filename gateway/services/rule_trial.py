"""A trial of rules: what they would change in the carts of these days, without importing them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from gateway.engine.carts import Cart, PricingContext, build_purchase
from gateway.engine.money import Money
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.runs import StrategyFailed
from gateway.engine.tax.line_tax import TaxState
from gateway.services.carts import load_pricing_context, with_current_destination
from gateway.services.dependencies import Dependencies
from gateway.services.ports.rule_sets import RuleSource

MAX_TRIAL_CARTS = 1_000
"""A trial looks at no more carts of a kind: unclaimed ones, and those that clients claimed."""


@dataclass(frozen=True, slots=True)
class CartFigures:
    """What a cart comes to: its way of shipping, tax and total; None where not known."""

    shipping: str | None
    tax: Money | None
    total: Money | None
    tax_state: TaxState


@dataclass(frozen=True, slots=True)
class CartTrial:
    """A cart's figures by the rules in force and by those on trial.

    ``place`` is country and region alone: neither tells who the buyer is. ``before`` or ``after``
    is None if it cannot be priced.
    """

    place: str | None
    line_count: int
    before: CartFigures | None
    after: CartFigures | None

    @property
    def is_changed(self) -> bool:
        """Whether the rules on trial change a figure."""
        return self.before != self.after


async def try_rules(
    source: RuleSource, limit: int, *, dependencies: Dependencies
) -> tuple[CartTrial, ...]:
    """The carts without a purchaser that changed last, priced by the rules of today and ``source``.

    At most ``limit`` that nobody claimed and as many that clients claimed; those without lines are
    left out. If the rules of ``source`` begin later, they are tried as of their first day.
    """
    trials: list[CartTrial] = []
    async with dependencies.database.read() as reading:
        for cart in await reading.carts.list_latest(min(limit, MAX_TRIAL_CARTS)):
            if cart.lines:
                current_cart = with_current_destination(cart, dependencies)
                context = await load_pricing_context(current_cart, reading, dependencies)
                trials.append(_try_cart(current_cart, context, source))
    return tuple(trials)


def _try_cart(cart: Cart, context: PricingContext, source: RuleSource) -> CartTrial:
    day = max(context.day, source.valid_from or date.min)
    market = source.rulebook.for_market(cart.currency.code, day)
    destination = cart.destination
    return CartTrial(
        place=None
        if destination is None
        else "-".join(filter(None, (destination.country, destination.region))),
        line_count=len(cart.lines),
        before=_figures(cart, context),
        after=_figures(cart, replace(context, market=market, day=day)),
    )


def _figures(cart: Cart, context: PricingContext) -> CartFigures | None:
    priced_cart = PricedCart(cart, build_purchase(cart, context))
    try:
        return CartFigures(
            shipping=priced_cart.shipping_name,
            tax=priced_cart.total.tax,
            total=priced_cart.total.gross,
            tax_state=priced_cart.tax_state,
        )
    except StrategyFailed:
        return None


def list_changes(trials: tuple[CartTrial, ...]) -> Iterator[str]:
    """Yield one line for each cart whose figures change."""
    for trial in trials:
        if trial.is_changed:
            place = trial.place or "no destination"
            yield (
                f"{place}, lines: {trial.line_count}: "
                f"{_describe(trial.before)} -> {_describe(trial.after)}"
            )


def _describe(figures: CartFigures | None) -> str:
    if figures is None:
        return "cannot be priced"
    total, tax = map(_amount_text, (figures.total, figures.tax))
    return f"{total} (tax {tax}, {figures.tax_state}; {figures.shipping or 'no shipping'})"


def _amount_text(amount: Money | None) -> str:
    return "unknown" if amount is None else amount.text
