"""What the one-click offers of one operation have in common."""

from dataclasses import dataclass, field
from datetime import date

from gateway.engine.catalogue.products import Variant
from gateway.engine.identity.one_click_offers import (
    OneClickButton,
    OneClickOffer,
    OneClickSetup,
    build_button,
)


@dataclass(frozen=True, slots=True)
class OneClickContext:
    """The caller's one-click setup, and the variants whose purchase they can still undo."""

    setup: OneClickSetup | None
    undoable_variants: frozenset[str]
    today: date
    _buttons: dict[tuple[bool, bool], OneClickButton] = field(default_factory=dict, init=False)
    _offers: dict[str, tuple[Variant, OneClickOffer]] = field(default_factory=dict, init=False)

    def offer(self, variant: Variant) -> OneClickOffer:
        """The one-click offer of ``variant`` for the caller."""
        offered_variant, offer = self._offers.get(variant.id, (None, None))
        if offer is not None and offered_variant is variant:
            return offer
        offer = OneClickOffer(self._button(variant), variant.id)
        self._offers[variant.id] = variant, offer
        return offer

    def _button(self, variant: Variant) -> OneClickButton:
        """The button by whether the variant is available and was ordered: no more differ."""
        available, ordered = variant.can_sell(1), variant.id in self.undoable_variants
        button = self._buttons.get((available, ordered))
        if button is None:
            button = build_button(
                self.setup, today=self.today, available=available, ordered=ordered
            )
            self._buttons[available, ordered] = button
        return button
