"""What keeps an account from being erased: orders, gifts and payments that have not ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_AFFAIRS_TOLD = 10
"""Affairs that one message lists; the others are only said to exist."""


class AffairKind(StrEnum):
    """The kind of an open affair."""

    ORDER = "ORDER"
    RETURN = "RETURN"
    REFUND = "REFUND"
    PAYMENT = "PAYMENT"
    PURCHASE = "PURCHASE"
    GIFT = "GIFT"
    GIFT_PAYMENT = "GIFT_PAYMENT"
    GIFT_ORDER = "GIFT_ORDER"


SENTENCES = {
    AffairKind.ORDER: "order {number} is {status}",
    AffairKind.RETURN: "a return of order {number} is {status}",
    AffairKind.REFUND: "a refund of order {number} is on its way",
    AffairKind.PAYMENT: "a payment of order {number} is on its way",
    AffairKind.PURCHASE: "a purchase waits for its payment",
    AffairKind.GIFT: "gift {number} is {status}",
    AffairKind.GIFT_PAYMENT: "the money for gift {number} is on its way back",
    AffairKind.GIFT_ORDER: "gifts are being ordered",
}
ADVICE = (
    "Cancel what can be cancelled and wait for the rest to end, then erase the account: "
    "nothing was erased."
)


@dataclass(frozen=True, slots=True)
class Affair:
    """Something of a purchaser's that has not ended.

    ``number`` is the order's, or the gift's tracking number.
    """

    kind: AffairKind
    number: str = ""
    status: str = ""

    def __str__(self) -> str:
        return SENTENCES[self.kind].format(number=self.number, status=self.status)


def describe_affairs(affairs: Sequence[Affair]) -> str:
    """The message that lists ``affairs`` and says what to do."""
    sentences = "; ".join(str(affair) for affair in affairs[:MAX_AFFAIRS_TOLD])
    more = "; and more" if len(affairs) > MAX_AFFAIRS_TOLD else ""
    return f"Not everything has ended: {sentences}{more}. {ADVICE}"
