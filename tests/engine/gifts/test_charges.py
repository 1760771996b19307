"""What a giver has agreed to, and holds that take each other's place."""

from dataclasses import replace

import pytest

from gateway.engine.gifts.charges import (
    PendingHold,
    is_within_cap,
    with_hold,
    with_pending_hold,
    without_pending_hold,
    without_stray_holds,
)
from tests.engine.gifts.examples import NOW, a_gift, usd

CHARGES = a_gift().charges
FIRST, SECOND = PendingHold("k1", "pay_1", usd(1500)), PendingHold("k2", "pay_1", usd(1400))


@pytest.mark.parametrize(
    ("final", "agreed"), [(0, True), (1499, True), (1500, True), (1501, False)]
)
def test_a_giver_agrees_to_the_cap_and_to_nothing_above(final: int, *, agreed: bool) -> None:  # R95
    assert is_within_cap(CHARGES, usd(final)) is agreed


def test_a_hold_that_takes_anothers_place_leaves_it_to_be_let_go() -> None:  # R62
    waiting = replace(with_pending_hold(CHARGES, FIRST), action_url="https://bank", check_at=NOW)
    assert (waiting.pending_hold, waiting.attempts, waiting.stray_keys) == (FIRST, 0, ())
    assert with_pending_hold(waiting, SECOND) == replace(
        CHARGES, pending_hold=SECOND, attempts=1, stray_keys=("k1",)
    )
    assert without_pending_hold(without_pending_hold(waiting)) == replace(
        CHARGES, attempts=1, stray_keys=("k1",)
    )


@pytest.mark.parametrize(
    ("before", "strays"), [(None, ("c0",)), ("c2", ("c0",)), ("c1", ("c0", "c1"))]
)
def test_a_hold_that_is_there_replaces_the_one_before(
    before: str | None, strays: tuple[str, ...]
) -> None:  # R62
    charges = replace(CHARGES, charge_id=before, held=usd(900), stray_charges=("c0",))
    pending = replace(with_pending_hold(charges, FIRST), action_url="https://bank", check_at=NOW)
    assert with_hold(pending, "c2", usd(1500)) == replace(
        charges, charge_id="c2", held=usd(1500), stray_charges=strays
    )


def test_what_is_let_go_is_no_longer_kept() -> None:
    left = replace(CHARGES, stray_keys=("k1",), stray_charges=("c1",))
    assert (left.has_stray_holds, without_stray_holds(left)) == (True, CHARGES)
