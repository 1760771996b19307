"""Limits of promotions are exact: in all, by buyer, and of purchases at once (R137)."""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from gateway.adapters.encryption import EnvelopeCipher
from gateway.adapters.repositories.customer_groups import CustomerGroupsRepository
from gateway.adapters.repositories.promotion_uses import PromotionUsesRepository, counts, uses
from gateway.adapters.sql.statements import Statement
from gateway.engine.checkout.outcomes import OrderPlaced, PriceChanged, PurchaseOutcome
from gateway.engine.priced_carts import PricedCart
from gateway.services import cart_claims
from gateway.services.cart_edits import CartReference
from gateway.services.checkout import drafts
from gateway.services.checkout.cart_checkout import GuestBuyer
from gateway.services.customer_groups import join_group
from gateway.services.ports.payments import DeclineReason
from tests.engine.purchases import usd
from tests.services.test_promotions import adjustments, import_promotions, load_pricing
from tests.shelves import CALIFORNIA, HOME, MUG
from tests.store import Store, create_ids, reload_cart, require_order

FULL, REDUCED = usd(1573), usd(1358)
"""A mug with shipping and 7.25 %: 10.00 or 8.00, and 5.00."""
ADA_SPELLINGS = ("ada@example.com", "Ada@Example.com", "ADA@EXAMPLE.COM")
COUNTS = Statement(select(counts.c.promotion, counts.c.used))
USERS = Statement(select(uses.c.buyer_key, uses.c.number))


def guest(email: str) -> GuestBuyer:
    return GuestBuyer(email, HOME, "sim_ok")


async def open_store(store: Store, limits: str) -> None:
    await import_promotions(
        store, f"promotions: [{{name: Early, off: {{amount: {{USD: 2}}}}, {limits}}}]"
    )


async def create_carts(store: Store, count: int) -> list[PricedCart]:
    return [await store.create_cart([(MUG, 1)], CALIFORNIA) for _ in range(count)]


async def check_out_as_guests(
    store: Store, emails: Sequence[str], **details: object
) -> list[PurchaseOutcome]:
    """What one mug for each e-mail address comes to, all at once."""
    carts = await create_carts(store, len(emails))
    return await asyncio.gather(
        *(
            store.check_out_as_guest(cart, guest=guest(email), **details)  # type: ignore[arg-type]
            for cart, email in zip(carts, emails, strict=True)
        )
    )


def totals(outcomes: Sequence[PurchaseOutcome]) -> list[object]:
    return sorted((require_order(outcome).total.gross for outcome in outcomes), key=str)


async def load_count(store: Store) -> list[tuple[str, int]]:
    async with store.database.read() as reading:
        return [(name, used) for name, used in await reading.session.fetch_all(COUNTS)]


@pytest.mark.parametrize("limit", [1, 3])
async def test_of_purchases_at_once_exactly_so_many_get_it(store: Store, limit: int) -> None:
    await open_store(store, f"limit: {limit}")
    emails = [f"guest{number}@example.com" for number in range(6)]
    outcomes = await check_out_as_guests(store, emails)
    assert totals(outcomes) == [REDUCED] * limit + [FULL] * (6 - limit)
    assert await load_count(store) == [("Early", limit)]
    [cart] = await create_carts(store, 1)
    assert adjustments(cart) == []
    times = "once" if limit == 1 else "3 times"
    assert [each.text for each in cart.explanations if each.figure == "promotion"] == [
        f"Early does not apply: it could be used {times} in all, and was."
    ]


async def test_a_guard_refuses_what_the_limit_makes_dearer(store: Store) -> None:
    await open_store(store, "limit: 1")
    emails = ["ada@example.com", "grace@example.com", "mary@example.com"]
    outcomes = await check_out_as_guests(store, emails, expected_total=Decimal("13.58"))
    assert totals([each for each in outcomes if isinstance(each, OrderPlaced)]) == [REDUCED]
    refusals = [each for each in outcomes if isinstance(each, PriceChanged)]
    assert [(each.expected, each.actual) for each in refusals] == [(REDUCED, FULL)] * 2
    assert len(await store.list_charges()) == 1


async def test_one_mailbox_is_one_buyer_however_it_is_written(store: Store) -> None:
    await open_store(store, "limit_per_buyer: 2")
    outcomes = await check_out_as_guests(store, [*ADA_SPELLINGS, "grace@example.com"])
    assert totals(outcomes) == [REDUCED, REDUCED, REDUCED, FULL]
    # Signed in she is still the same buyer.
    ada = await store.sign_in_buyer("ada@example.com")
    [cart] = await create_carts(store, 1)
    assert require_order(await ada.check_out(cart, **await create_ids(ada))).total.gross == FULL


async def test_an_offer_counts_what_was_used_as_a_guest(store: Store) -> None:
    await open_store(store, "limit_per_buyer: 1")
    buyer = await store.one_click_buyer()
    offered = (await load_pricing(buyer)).price(MUG, 1)
    assert offered is not None
    assert offered.added.gross == REDUCED
    assert totals(await check_out_as_guests(store, ["ADA@example.com"])) == [REDUCED]
    offered = (await load_pricing(buyer)).price(MUG, 1)
    assert offered is not None
    assert offered.added.gross == FULL
    assert require_order(await buyer.purchase(expected="15.73")).total.gross == FULL


async def test_a_purchaser_has_so_many_uses_at_once(store: Store) -> None:
    await open_store(store, "limit_per_buyer: 1")
    ada = await store.sign_in_buyer()
    ids, carts = await create_ids(ada), await create_carts(store, 4)
    outcomes = await asyncio.gather(*(ada.check_out(cart, **ids) for cart in carts))
    assert totals(outcomes) == [REDUCED, FULL, FULL, FULL]
    # As a guest she is still the same buyer.
    assert totals(await check_out_as_guests(store, ["ada@example.com"])) == [FULL]


async def test_a_use_that_comes_to_nothing_is_free_again(store: Store) -> None:
    await open_store(store, "limit: 1, limit_per_buyer: 1")
    [cart] = await create_carts(store, 1)
    declined = await store.check_out_as_guest(cart, "sim_declined")
    assert declined == drafts.decline(DeclineReason.DECLINED)
    assert await load_count(store) == [("Early", 0)]
    order = require_order(await store.check_out_as_guest(await reload_cart(store, cart)))
    assert order.total.gross == REDUCED
    assert totals(await check_out_as_guests(store, ["grace@example.com"])) == [FULL]
    assert (await store.cancel(order)).value is not None
    assert await load_count(store) == [("Early", 0)]
    assert totals(await check_out_as_guests(store, ["grace@example.com"])) == [REDUCED]


async def test_uses_count_after_the_secret_was_changed(store: Store) -> None:
    await open_store(store, "limit_per_buyer: 2")
    assert totals(await check_out_as_guests(store, ["ada@example.com"])) == [REDUCED]
    rotated = EnvelopeCipher("another secret of the tests", ["a secret of the tests, long enough"])
    later = store.with_dependencies(cipher=rotated)
    outcomes = await check_out_as_guests(later, ["ada@example.com"] * 3)
    assert totals(outcomes) == [REDUCED, FULL, FULL]


async def test_who_used_it_is_kept_without_the_address(store: Store) -> None:
    await open_store(store, "limit_per_buyer: 1")
    await check_out_as_guests(store, ["ada@example.com"])
    async with store.database.read() as reading:
        rows = await reading.session.fetch_all(USERS)
    assert len(rows) == 1
    assert "@" not in rows[0][0]


async def test_an_order_with_a_limited_promotion_stays_alone(store: Store) -> None:
    """No click joins it: what was counted once is for its own goods."""
    await open_store(store, "limit_per_buyer: 1")
    buyer = await store.one_click_buyer()
    first, second = require_order(await buyer.purchase()), require_order(await buyer.purchase())
    assert (first.total.gross, second.total.gross) == (REDUCED, FULL)
    third = require_order(await buyer.purchase())
    assert third.id == second.id


async def test_what_depends_on_the_buyer_is_read_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R137: uses are counted, and groups read, by who buys; not before that by whose cart it is."""
    await import_promotions(
        store,
        "groups: [wholesale]\n"
        "promotions: [{name: Early, off: {amount: {USD: 2}}, limit_per_buyer: 1,"
        " customers: [wholesale]}]",
    )
    ada = await store.one_click_buyer()
    assert await join_group("ada@example.com", "wholesale", store.dependencies) is None
    signed_in = await ada.sign_in_again()
    ids = await create_ids(signed_in)
    [cart] = await create_carts(store, 1)
    claimed = await cart_claims.claim_cart(
        CartReference(cart.id), caller=signed_in.caller, dependencies=store.dependencies
    )
    assert claimed.value is not None
    reads: list[str] = []
    for repository, name in (
        (CustomerGroupsRepository, "list_for"),
        (PromotionUsesRepository, "find_counts"),
        (PromotionUsesRepository, "count_by_buyer"),
    ):
        monkeypatch.setattr(repository, name, _record(getattr(repository, name), reads))
    priced = (await load_pricing(ada)).price(MUG, 1)
    assert priced is not None
    assert priced.added.gross == REDUCED
    assert reads == ["list_for", "find_counts", "count_by_buyer"]
    reads.clear()
    order = require_order(await signed_in.check_out(claimed.value, **ids))
    assert order.total.gross == REDUCED
    # Then the use is recorded, by the purchaser and by the e-mail.
    assert reads == ["list_for", "find_counts", "count_by_buyer"] + ["count_by_buyer"] * 2


def _record(method: Callable[..., Any], reads: list[str]) -> Callable[..., Any]:
    """``method``, whose name is added to ``reads`` when it is called."""

    async def recorded(*arguments: object) -> object:
        reads.append(method.__name__)
        return await method(*arguments)

    return recorded
