"""What a gift asks of its giver again: more of the recipient, consent, another way to pay."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, ViewportSize, expect

from tests.web.paid_shop import PaidShop
from tests.web.shop_visitor import DESK, PHONE, Hands, Visitor
from tests.web.test_pay_walks import ACCEPT, BOTH_WAYS, WORKING_CARD
from tests.web.test_shop_flows_appearance import check_page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MAX_PROVIDER_WAIT_MS = 60_000
"""A provider that answers too late on a busy machine is asked again within 45 seconds."""
SAVE = """mutation ($token: String!) {
  paymentMethodSave(input: {providerToken: $token}) {
    paymentMethod { id } userErrors { code message }
  }
}"""


async def open_gift(
    visitor: Visitor, paid_shop: PaidShop, giver: str, card: str = "sim_ok", **terms: object
) -> None:
    """The page of a gift that ``giver``, who is signed in on it, pays with ``card``."""
    shop = paid_shop.shop
    await visitor.go("/gifts")
    await visitor.press(visitor.button("Sign in to see your gifts"))
    await visitor.sign_in(giver)
    await expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    bearer = await visitor.page.evaluate("sessionStorage.getItem('shop.token')")
    token = paid_shop.account.create_method(card)
    saved = (await shop.execute_for_data(SAVE, bearer, token=token))["paymentMethodSave"]
    assert saved["userErrors"] == []
    gift_id = await shop.create_gift(f"kim-of-{giver}", bearer, **terms)
    await visitor.go(f"/gifts/{gift_id}")


async def accept(paid_shop: PaidShop, giver: str) -> None:
    """The recipient says where they live."""
    link = await paid_shop.shop.wait_for_link(f"kim-of-{giver}")
    answer = await paid_shop.shop.execute_for_data(ACCEPT, token=link.partition("#")[2])
    assert answer == {"giftAccept": {"userErrors": []}}


async def expect_packed(visitor: Visitor) -> None:
    packed = visitor.page.get_by_text("Being packed.", exact=True)
    await expect(packed).to_be_visible(timeout=MAX_PROVIDER_WAIT_MS)


# R116
@pytest.mark.parametrize(("size", "hands"), BOTH_WAYS)
async def test_a_giver_pays_by_another_card(
    browser: Browser, paid_shop: PaidShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    giver = f"refused-{hands}@example.com"
    async with paid_shop.visit(browser, size, hands) as visitor:
        page = visitor.page
        before = paid_shop.intent_states()
        await open_gift(visitor, paid_shop, giver, "sim_declined")
        await accept(paid_shop, giver)
        title = page.get_by_role("heading", name="Your payment was refused")
        await expect(title).to_be_visible()
        await check_page(visitor, screenshots / f"supply-payment-{hands}")
        await visitor.choose(page.get_by_role("radio", name="Another way to pay"))
        await visitor.press(visitor.button("Pay by this"))
        await expect(page.get_by_role("group", name="One thing to put right")).to_be_focused()

        await visitor.press(visitor.button("Enter a card"))
        await expect(visitor.button("Save this card")).to_be_visible()
        await visitor.write("Card number", WORKING_CARD)
        await visitor.press(visitor.button("Save this card"))
        await expect(page.get_by_role("radio", name="4242")).to_be_checked()
        await visitor.press(visitor.button("Pay by this"))
        await expect_packed(visitor)
        await expect(title).to_have_count(0)
    assert paid_shop.intent_states() == [*before, "canceled", "requires_capture"]


async def hold_answer_until_packed(visitor: Visitor) -> None:
    """Let the next answer to what the giver tells arrive after what came of it was heard."""

    async def hold(route: Route) -> None:
        if "SupplyGiftInfo" not in (route.request.post_data or ""):
            await route.continue_()
            return
        answer = await route.fetch()
        await expect_packed(visitor)
        await route.fulfill(response=answer)

    await visitor.page.route("**/graphql", hold)


async def test_an_answer_that_an_event_outran_is_not_what_the_page_ends_with(
    browser: Browser, paid_shop: PaidShop
) -> None:
    """R116: the answer is of before the event, and the page shows what is true now."""
    giver = "outrun@example.com"
    async with paid_shop.visit(browser) as visitor:
        page = visitor.page
        await open_gift(visitor, paid_shop, giver, chargeCap="19.95")
        await accept(paid_shop, giver)
        agree = visitor.button("Agree to $38.95")
        await expect(agree).to_be_visible()
        await hold_answer_until_packed(visitor)
        await visitor.press(agree)
        await expect(page.get_by_text("Thank you: the gift goes on.")).to_be_visible()
        await expect_packed(visitor)
        await expect(page.get_by_text("You told us more")).to_be_visible()


# R116
@pytest.mark.parametrize(("size", "hands"), [(PHONE, "mouse"), (DESK, "keyboard")])
async def test_a_giver_agrees_to_what_it_costs(
    browser: Browser, paid_shop: PaidShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    giver = f"dearer-{hands}@example.com"
    async with paid_shop.visit(browser, size, hands) as visitor:
        before = paid_shop.intent_states()
        await open_gift(visitor, paid_shop, giver, chargeCap="19.95")
        await accept(paid_shop, giver)
        # Where it goes is nothing that an exact sum may tell.
        agree = visitor.button("Agree to $38.95")
        await expect(agree).to_be_visible()
        await expect(visitor.page.get_by_text("it costs up to $38.95")).to_be_visible()
        await check_page(visitor, screenshots / f"supply-cost-{hands}")
        assert paid_shop.intent_states() == before
        await visitor.press(agree)
        await expect_packed(visitor)
    assert paid_shop.intent_states() == [*before, "requires_capture"]


# R116
@pytest.mark.parametrize(("size", "hands"), [(PHONE, "mouse"), (DESK, "keyboard")])
async def test_a_giver_tells_more_of_the_recipient(
    browser: Browser, paid_shop: PaidShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    giver = f"vague-{hands}@example.com"
    async with paid_shop.visit(browser, size, hands) as visitor:
        page = visitor.page
        await open_gift(visitor, paid_shop, giver, contactRecipient=False)
        title = page.get_by_role("heading", name="What else do you know of them?")
        await expect(title).to_be_visible()
        await visitor.press(visitor.button("Tell the shop"))
        await expect(page.get_by_role("group", name="One thing to put right")).to_be_focused()
        await check_page(visitor, screenshots / f"supply-recipient-{hands}")
        await visitor.press(visitor.button("I know something of where they live"))
        await visitor.write("Street", "100 Castro Street")
        await visitor.write("Town", "Mountain View")
        await visitor.write("Postal code", "94043")
        await visitor.press(visitor.button("Tell the shop"))
        await expect(page.get_by_text("Thank you: the gift goes on.")).to_be_visible()
