"""The money of an order: stages, captures that follow what leaves, releases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.money import Currency
from gateway.engine.orders.amounts import LineAmount, OrderAmounts, TaxedShare
from gateway.engine.orders.payments import (
    ChargeShare,
    ChargeStage,
    OrderCharge,
    OrderMoney,
    PaymentStage,
    amount_earned,
    amount_to_charge,
    plan_capture,
    plan_charge_refunds,
    plan_release,
)

USD = Currency("USD", 2)
ORDER = OrderAmounts(
    USD,
    (LineAmount("a", 3, TaxedShare(1_000)), LineAmount("b", 1, TaxedShare(600))),
    TaxedShare(500),
    TaxedShare(2_200),
    due=2_200,
)


def money(due: int, *charges: tuple[int, int, int]) -> OrderMoney:
    """Charges as held, captured, refunded."""
    return OrderMoney(
        due,
        tuple(
            OrderCharge(f"ch_{at}", f"pur_{at}", *amounts) for at, amounts in enumerate(charges, 1)
        ),
    )


def of_stage(due: int, stage: ChargeStage) -> OrderMoney:
    return OrderMoney(due, (OrderCharge("ch_1", None, stage=stage),))


@pytest.mark.parametrize(
    ("order_money", "stage", "outstanding"),
    [
        (money(0), PaymentStage.NOTHING_DUE, 0),
        (money(100, (100, 0, 0)), PaymentStage.HELD, 0),
        (money(100, (60, 40, 0)), PaymentStage.PARTIALLY_CAPTURED, 0),
        (money(150, (0, 100, 0)), PaymentStage.PARTIALLY_CAPTURED, 50),
        (money(100, (0, 100, 0)), PaymentStage.CAPTURED, 0),
        (money(100, (0, 60, 0), (0, 40, 10)), PaymentStage.PARTIALLY_REFUNDED, 0),
        (money(100, (0, 60, 60), (0, 40, 40)), PaymentStage.REFUNDED, 0),
        (money(100, (60, 40, 40)), PaymentStage.PARTIALLY_REFUNDED, 0),
        (of_stage(0, ChargeStage.RELEASED), PaymentStage.RELEASED, 0),
        (of_stage(100, ChargeStage.FAILED), PaymentStage.FAILED, 100),
    ],
)
def test_how_the_money_stands(
    order_money: OrderMoney, stage: PaymentStage, outstanding: int
) -> None:  # R123
    assert (order_money.stage, order_money.outstanding) == (stage, outstanding)


def test_a_dearer_order_is_charged_the_difference() -> None:  # R123
    assert amount_to_charge(2_200, money(1_500, (500, 1_000, 200))) == 700
    assert amount_to_charge(1_400, money(1_500, (1_500, 0, 0))) == 0


def test_dispatches_capture_their_share_and_shipping_once() -> None:  # R123
    held = money(2_200, (700, 0, 0), (1_500, 0, 0))
    assert plan_capture(ORDER, {}, {"a": 1}, held) == (
        ChargeShare("ch_1", 700),
        ChargeShare("ch_2", 133),
    )
    later = money(2_200, (0, 700, 0), (1_367, 133, 0))
    assert plan_capture(ORDER, {"a": 1}, {"a": 1}, later) == (ChargeShare("ch_2", 333),)
    last = money(2_200, (0, 700, 0), (1_034, 466, 0))
    # The rest has the surcharge of 100 that belongs to no line.
    assert plan_capture(ORDER, {"a": 2}, {"a": 1, "b": 1}, last) == (ChargeShare("ch_2", 1_034),)


def test_never_more_is_captured_than_is_held() -> None:  # R123
    assert plan_capture(ORDER, {}, {"a": 3, "b": 1}, money(2_200, (900, 0, 0))) == (
        ChargeShare("ch_1", 900),
    )


def test_what_is_held_too_much_is_released_from_the_newest_charge() -> None:  # R123
    assert plan_release(money(900, (700, 0, 0), (500, 0, 0))) == (ChargeShare("ch_2", 300),)
    assert plan_release(money(0, (700, 0, 0), (500, 0, 0))) == (
        ChargeShare("ch_2", 500),
        ChargeShare("ch_1", 700),
    )
    assert plan_release(money(900, (900, 0, 0))) == ()


def test_a_line_added_and_removed_before_it_is_paid_costs_and_refunds_nothing() -> None:
    # R123: Vendure#4013
    before = money(1_000, (0, 1_000, 0))
    assert amount_to_charge(1_600, before) == 600
    assert amount_to_charge(1_000, before) == 0
    assert plan_release(before) == ()


def test_refunds_go_to_the_oldest_charge_first() -> None:  # R124
    assert plan_charge_refunds(600, money(1_000, (0, 500, 100), (0, 500, 0))) == (
        ChargeShare("ch_1", 400),
        ChargeShare("ch_2", 200),
    )


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3_000)), min_size=1, max_size=4),
    st.integers(0, 900),
    st.integers(0, 100),
    st.data(),
)
def test_captures_sum_to_what_is_due(
    lines: list[tuple[int, int]], shipping: int, paid_percent: int, data: st.DataObject
) -> None:  # R123
    total = sum(gross for _, gross in lines) + shipping + 7
    due = total * paid_percent // 100
    order = OrderAmounts(
        USD,
        tuple(
            LineAmount(str(at), quantity, TaxedShare(gross))
            for at, (quantity, gross) in enumerate(lines)
        ),
        TaxedShare(shipping),
        TaxedShare(total),
        due,
        total - due,
    )
    split = data.draw(st.integers(0, due))
    amounts = {"ch_1": [split, 0], "ch_2": [due - split, 0]}
    dispatched = dict.fromkeys(map(str, range(len(lines))), 0)
    units = [str(at) for at, (quantity, _) in enumerate(lines) for _ in range(quantity)]
    for unit in data.draw(st.permutations(units)):
        charges = tuple(
            OrderCharge(id, None, held, captured) for id, (held, captured) in amounts.items()
        )
        for share in plan_capture(order, dispatched, {unit: 1}, OrderMoney(due, charges)):
            amounts[share.charge_id][0] -= share.amount
            amounts[share.charge_id][1] += share.amount
            assert amounts[share.charge_id][0] >= 0
        dispatched[unit] += 1
        assert sum(amount[1] for amount in amounts.values()) == amount_earned(order, dispatched)
    assert sum(amount[1] for amount in amounts.values()) == due
