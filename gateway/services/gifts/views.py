"""Gifts as each side may see them; where a place or a contact has no field, none can leak."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from gateway.engine.gifts.charges import ChargeState, GiftPaymentState
from gateway.engine.gifts.gift import FactKind, Gift
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.money import Money


@dataclass(frozen=True, slots=True)
class ChargesView:
    """A gift's charges as its giver sees them."""

    state: ChargeState
    low: Money
    high: Money
    final: Money | None
    payment: GiftPaymentState
    action_url: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class FactView:
    """That a source found something: what it is, nobody but the recipient is told."""

    kind: FactKind
    source: str
    confidence: int
    found_at: datetime
    hint: None = None


@dataclass(frozen=True, slots=True)
class GiftView:
    """A gift as its giver sees it, or (without charges) its partner, or (status only) anybody.

    ``public``: found by its tracking number, by anybody.
    """

    id: str
    tracking_number: str
    status: GiftStatus
    created_at: datetime
    order_id: str
    charges: ChargesView | None = None
    facts: tuple[FactView, ...] = ()
    public: bool = False


@dataclass(frozen=True, slots=True)
class StatusCount:
    """So many gifts have come so far."""

    status: GiftStatus
    count: int


@dataclass(frozen=True, slots=True)
class GiftOrderView:
    """Gifts ordered at once, summed up; ``gift_ids`` in the order of their recipients."""

    id: str
    placed_at: datetime
    gift_ids: tuple[str, ...]
    status_counts: tuple[StatusCount, ...]

    @property
    def total_count(self) -> int:
        """How many gifts they are."""
        return len(self.gift_ids)


def giver_view(gift: Gift) -> GiftView:
    """``gift`` as its giver sees it."""
    return GiftView(
        id=gift.id,
        tracking_number=gift.tracking_number,
        status=gift.status,
        created_at=gift.created_at,
        order_id=gift.order_id,
        charges=_charges_view(gift),
        facts=tuple(_fact_views(gift)),
    )


def partner_view(gift: Gift) -> GiftView:
    """``gift`` as the partner that made it sees it."""
    return GiftView(gift.id, gift.tracking_number, gift.status, gift.created_at, gift.order_id)


def public_view(gift: Gift) -> GiftView:
    """``gift`` as anybody sees it who knows its tracking number."""
    return GiftView(
        gift.id, gift.tracking_number, gift.status, gift.created_at, gift.order_id, public=True
    )


def _charges_view(gift: Gift) -> ChargesView:
    charges = gift.charges
    return ChargesView(
        state=charges.state,
        low=charges.low,
        high=charges.high,
        final=charges.final,
        payment=charges.payment,
        action_url=charges.action_url,
    )


def _fact_views(gift: Gift) -> Iterator[FactView]:
    for fact in gift.facts:
        yield FactView(fact.kind, fact.source, fact.confidence, fact.found_at)
