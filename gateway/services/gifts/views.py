"""Views of gifts, which have no fields for data that their viewers must not see."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from gateway.engine.gifts.charges import ChargeState, GiftPaymentState
from gateway.engine.gifts.gift import FactKind, Gift
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.money import Money
from gateway.services.ports.gifts import GiftRecord


@dataclass(frozen=True, slots=True)
class ChargesView:
    """The view of a gift's charges for its giver."""

    state: ChargeState
    low: Money
    high: Money
    final: Money | None
    payment: GiftPaymentState
    action_url: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class FactView:
    """The view of a fact: its source, but not its value, which only the recipient may see."""

    kind: FactKind
    source: str
    confidence: int
    found_at: datetime
    hint: None = None


@dataclass(frozen=True, slots=True)
class GiftView:
    """The view of a gift for its giver, for its partner or staff (no charges), or for anybody.

    ``public`` is true for anybody who knows the tracking number, and sees the status only.
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
    """The number of gifts with a status."""

    status: GiftStatus
    count: int


@dataclass(frozen=True, slots=True)
class GiftOrderView:
    """The view of a gift order; ``gift_ids`` are in the order of their recipients."""

    id: str
    placed_at: datetime
    gift_ids: tuple[str, ...]
    status_counts: tuple[StatusCount, ...]

    @property
    def total_count(self) -> int:
        """The number of gifts of the order."""
        return len(self.gift_ids)


def giver_view(gift: Gift) -> GiftView:
    """The view of ``gift`` for its giver."""
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
    """The view of ``gift`` for the partner that created it."""
    return GiftView(gift.id, gift.tracking_number, gift.status, gift.created_at, gift.order_id)


def staff_view(record: GiftRecord) -> GiftView:
    """The view of the gift of ``record`` for staff: nothing of its giver or recipient."""
    return GiftView(
        record.id, record.tracking_number, record.status, record.created_at, record.order_id
    )


def public_view(gift: Gift) -> GiftView:
    """The view of ``gift`` for anybody who knows its tracking number."""
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
