"""What is told of what keeps an account from being erased."""

from gateway.engine.identity.open_affairs import Affair, AffairKind, describe_affairs

ADVICE = (
    "Cancel what can be cancelled and wait for the rest to end, then erase the account: "
    "nothing was erased."
)


def test_each_affair_is_named() -> None:
    affairs = (
        Affair(AffairKind.PURCHASE),
        Affair(AffairKind.GIFT_ORDER),
        Affair(AffairKind.ORDER, "1001", "SHIPPED"),
        Affair(AffairKind.RETURN, "1002", "APPROVED"),
        Affair(AffairKind.REFUND, "1003"),
        Affair(AffairKind.PAYMENT, "1004"),
        Affair(AffairKind.GIFT, "7F3", "DISPATCHED"),
        Affair(AffairKind.GIFT_PAYMENT, "7F4"),
    )
    assert describe_affairs(affairs) == (
        "Not everything has ended: a purchase waits for its payment; gifts are being ordered; "
        "order 1001 is SHIPPED; a return of order 1002 is APPROVED; a refund of order 1003 is on "
        "its way; a payment of order 1004 is on its way; gift 7F3 is DISPATCHED; the money for "
        f"gift 7F4 is on its way back. {ADVICE}"
    )


def test_ten_are_named_at_most() -> None:
    affairs = [Affair(AffairKind.REFUND, str(number)) for number in range(11)]
    assert describe_affairs(affairs).endswith(
        f"a refund of order 9 is on its way; and more. {ADVICE}"
    )
    assert describe_affairs(affairs[:10]).endswith(f"order 9 is on its way. {ADVICE}")
