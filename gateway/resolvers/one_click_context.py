"""What the one-click offers of one operation have in common."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from gateway.engine.catalogue.products import Variant
from gateway.engine.identity.one_click_offers import (
    OneClickOffer,
    OneClickSetup,
    OneClickState,
    build_offer,
)


@dataclass(frozen=True)
class OneClickContext:
    """The caller's one-click setup, and the variants whose purchase they can still undo."""

    setup: OneClickSetup | None
    undoable_variants: frozenset[str]
    today: date

    def offer(self, variant: Variant) -> OneClickOffer:
        """The one-click offer of ``variant`` for the caller."""
        alike = self._find_alike(variant)
        return OneClickOffer(alike.state, alike.missing, alike.hints, variant.id)

    def state(self, variant: Variant) -> OneClickState:
        """The state of the button of ``variant``."""
        return self._find_alike(variant).state

    def _find_alike(self, variant: Variant) -> OneClickOffer:
        return self._offers[variant.can_sell(1), variant.id in self.undoable_variants]

    @cached_property
    def _offers(self) -> dict[tuple[bool, bool], OneClickOffer]:
        """The offers by whether the variant is available and was ordered: no more differ."""
        return {
            (available, ordered): build_offer(
                self.setup, today=self.today, available=available, ordered=ordered
            )
            for available in (True, False)
            for ordered in (True, False)
        }
