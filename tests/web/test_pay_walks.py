"""Buying and giving with cards at Stripe: from the shop to the bank, and back."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.web.paid_shop import PaidShop
from tests.web.recording import RecordedPage
from tests.web.shop_visitor import BUY_NOW, DESK, PHONE, SIGN_IN_TO_BUY, Hands, Visitor
from tests.web.test_shop_flows import MUG, ORDERED, PLACE_ORDER, fill_cart
from tests.web.test_shop_flows_appearance import check_page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ACCEPT = """mutation ($token: String!) {
  giftAccept(input: {token: $token, address: {
    name: "Robin Doe", country: "US", region: "CA", postalCode: "94043", city: "Mountain View",
    lines: ["100 Castro Street"]
  }}) { userErrors { code } }
}"""
BOTH_WAYS: tuple[tuple[ViewportSize, Hands], ...] = ((DESK, "mouse"), (PHONE, "keyboard"))
WORKING_CARD = "4242424242424242"
DECLINED_CARD = "4000000000009995"
ASKED_ONCE_CARD = "4000002500003155"
ASKED_ALWAYS_CARD = "4000002760003184"


async def fill_guest_form(visitor: Visitor) -> None:
    """Two mugs in the cart of a guest, who has said where they go."""
    await fill_cart(visitor)
    await visitor.write_guest("guest@example.com")


async def enter_card(visitor: Visitor, number: str, button: str = "Use this card") -> None:
    await expect(visitor.button(button)).to_be_visible()
    await visitor.write("Card number", number)
    await visitor.press(visitor.button(button))


async def answer_bank(visitor: Visitor, outcome: str) -> None:
    """Say a word to the bank, which asks in a frame over the page."""
    frame = visitor.page.frame_locator("[data-testid=stripe-challenge]")
    await visitor.press(frame.get_by_role("button", name=outcome))
    await expect(visitor.page.get_by_test_id("stripe-challenge")).to_have_count(0)


async def save_asked_card(visitor: Visitor, number: str, nickname: str) -> None:
    """Save a card whose bank wants to be asked for it, from a page that has led to its entry."""
    await expect(visitor.button("Save this card")).to_be_visible()
    await visitor.write("Card number", number)
    await visitor.write("What you call it", nickname)
    await visitor.press(visitor.button("Save this card"))
    await answer_bank(visitor, "Complete")


async def expect_delivery_unchanged(visitor: Visitor) -> None:
    await expect(visitor.page.get_by_text("To Sam Guest, 100 Castro Street")).to_be_visible()
    await expect(visitor.page.get_by_text("News goes to guest@example.com")).to_be_visible()


# R116, R130
@pytest.mark.parametrize(("size", "hands"), BOTH_WAYS)
async def test_a_guest_orders_with_a_new_card(
    browser: Browser, paid_shop: PaidShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    async with paid_shop.visit(browser, size, hands) as visitor:
        page = visitor.page
        before = paid_shop.intent_states()
        await fill_guest_form(visitor)
        # The shop itself has asked no other host until here.
        visitor.assert_kept_to_itself()
        await visitor.press(visitor.button("Enter a card"))

        await expect(page.get_by_role("heading", name="Enter your card")).to_be_focused()
        use = visitor.button("Use this card")
        await expect(use).to_be_visible()
        await check_page(visitor, screenshots / f"pay-card-{hands}")
        await visitor.press(use)
        await expect(page.get_by_role("alert").filter(has_text="incomplete")).to_be_visible()
        await enter_card(visitor, DECLINED_CARD)

        await expect(page.get_by_text("Your card is entered.")).to_be_visible()
        assert page.url == f"{paid_shop.url}/shop/checkout"
        await expect_delivery_unchanged(visitor)
        await page.screenshot(path=screenshots / f"pay-back-{hands}.png", full_page=True)
        await visitor.press(visitor.button(PLACE_ORDER))
        await expect(page.get_by_role("alert").filter(has_text="not enough money")).to_be_visible()

        await visitor.press(visitor.button("Enter another card"))
        await enter_card(visitor, WORKING_CARD)
        await expect_delivery_unchanged(visitor)
        await visitor.press(visitor.button(PLACE_ORDER))
        await expect(page.get_by_text(ORDERED)).to_be_visible()
    assert paid_shop.intent_states() == [*before, "canceled", "requires_capture"]


# R116, R130
@pytest.mark.parametrize(("size", "hands"), BOTH_WAYS)
async def test_a_guests_bank_asks_before_the_order(
    browser: Browser, paid_shop: PaidShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    async with paid_shop.visit(browser, size, hands) as visitor:
        page = visitor.page
        before = paid_shop.intent_states()
        await fill_guest_form(visitor)
        await visitor.press(visitor.button("Enter a card"))
        await enter_card(visitor, ASKED_ALWAYS_CARD)
        await visitor.press(visitor.button(PLACE_ORDER))

        await expect(page.get_by_role("heading", name="Confirm your payment")).to_be_focused()
        await expect(page.get_by_text("$36.54")).to_be_visible()
        await check_page(visitor, screenshots / f"pay-confirm-{hands}")
        await visitor.press(page.get_by_role("link", name="Go back without confirming"))
        await expect(page.get_by_text("Your bank still has to agree")).to_be_visible()
        await visitor.press(visitor.button("Confirm at your bank"))
        await visitor.press(visitor.button("Continue to your bank"))
        await visitor.press(visitor.button("Fail"))

        title = "Your bank did not accept the payment"
        await expect(page.get_by_role("heading", name=title)).to_be_focused()
        await check_page(visitor, screenshots / f"pay-refused-{hands}")
        await visitor.press(page.get_by_role("link", name="Go back"))
        await expect(page.get_by_role("alert").filter(has_text=title)).to_be_visible()
        assert page.url == f"{paid_shop.url}/shop/checkout"
        assert paid_shop.intent_states() == [*before, "canceled"]

        await expect_delivery_unchanged(visitor)
        await visitor.press(visitor.button("Enter a card"))
        await enter_card(visitor, ASKED_ALWAYS_CARD)
        await visitor.press(visitor.button(PLACE_ORDER))
        await visitor.press(visitor.button("Continue to your bank"))
        await visitor.press(visitor.button("Complete"))
        await expect(page.get_by_text(ORDERED)).to_be_visible()
    assert paid_shop.intent_states() == [*before, "canceled", "requires_capture"]


# R114, R116
@pytest.mark.parametrize(("size", "hands"), BOTH_WAYS)
async def test_a_purchaser_saves_a_card_and_buys_with_one_click(
    browser: Browser, paid_shop: PaidShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    async with paid_shop.visit(browser, size, hands) as visitor:
        page = visitor.page
        before = paid_shop.intent_states()
        await visitor.go("")
        await visitor.press(visitor.button(SIGN_IN_TO_BUY))
        await visitor.sign_in(f"card-{hands}@example.com")
        await visitor.save_address()
        await visitor.press(visitor.button("Enter a card"))

        await expect(page.get_by_role("heading", name="Save a card")).to_be_focused()
        await expect(visitor.button("Save this card")).to_be_visible()
        await check_page(visitor, screenshots / f"pay-save-{hands}")
        await visitor.write("Card number", ASKED_ONCE_CARD)
        # A name must be no card's number; the bank is not asked twice for that.
        await visitor.write("What you call it", ASKED_ONCE_CARD)
        await visitor.press(visitor.button("Save this card"))
        await answer_bank(visitor, "Fail")
        await expect(page.get_by_role("alert").filter(has_text="authentication")).to_be_visible()
        await visitor.press(visitor.button("Save this card"))
        await answer_bank(visitor, "Complete")
        await expect(page.locator("#card-nickname-error")).to_be_visible()
        await check_page(visitor, screenshots / f"pay-name-{hands}")
        await visitor.write("What you call it", "My blue card")
        await visitor.press(visitor.button("Save this card"))

        await expect(page.get_by_role("radio", name="My blue card")).to_be_checked()
        await visitor.press(visitor.button("Turn on buying with one click"))
        # Nothing on this page has opened the box.
        await expect(page.get_by_role("heading", level=1)).to_be_focused()
        await expect(page.get_by_text("paid by My blue card").first).to_be_visible()
        await visitor.press(visitor.button(BUY_NOW))
        await expect(page.get_by_role("status").filter(has_text=ORDERED)).to_be_visible()
    # Its bank has agreed once and for all: it was not asked about the purchase.
    assert paid_shop.intent_states() == [*before, "requires_capture"]


# R116
@pytest.mark.parametrize(("size", "hands"), BOTH_WAYS)
async def test_one_click_is_turned_on_at_the_checkout(
    browser: Browser, paid_shop: PaidShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    async with paid_shop.visit(browser, size, hands) as visitor:
        page = visitor.page
        before = paid_shop.intent_states()
        await visitor.go("/account")
        await visitor.press(visitor.button("Sign in"))
        await visitor.sign_in(f"checkout-{hands}@example.com")
        await expect(page.get_by_text("Signed in as")).to_be_visible()
        await fill_cart(visitor)
        await expect(page.get_by_label("ZIP code")).to_be_visible()
        for label, text in (("Name *", "You"), ("Address *", "100 Castro Street")):
            await visitor.write(label, text)
        await visitor.write("City", "Mountain View")
        await visitor.select("State", "California")
        await visitor.write("ZIP code", "94043")
        await visitor.press(visitor.button("Save this address"))
        enable = page.get_by_role("checkbox", name="From now on, let one click buy")
        await expect(enable).to_be_visible()
        await visitor.toggle(enable)
        # The choice, like the address, is as it was after a card was entered elsewhere.
        await visitor.press(visitor.button("Enter a card"))
        await save_asked_card(visitor, ASKED_ONCE_CARD, "Everyday card")
        await expect(page.get_by_role("radio", name="Everyday card")).to_be_checked()
        await expect(enable).to_be_checked()
        await check_page(visitor, screenshots / f"pay-checkout-{hands}")
        await visitor.press(visitor.button(PLACE_ORDER))
        await expect(page.get_by_text(ORDERED)).to_be_visible()

        await visitor.press(page.get_by_role("link", name="Go on looking"))
        await expect(page.get_by_text("paid by Everyday card").first).to_be_visible()
        await visitor.press(visitor.button(BUY_NOW))
        await expect(page.get_by_role("status").filter(has_text=ORDERED)).to_be_visible()
    held = {"requires_capture"}
    assert set(paid_shop.intent_states()[len(before) :]) == held


# R114, R130
@pytest.mark.parametrize(
    ("outcome", "state"), [("Complete", "requires_capture"), ("Fail", "canceled")]
)
async def test_the_bank_asks_about_one_click(
    browser: Browser, paid_shop: PaidShop, outcome: str, state: str
) -> None:
    async with paid_shop.visit(browser) as visitor:
        page = visitor.page
        before = paid_shop.intent_states()
        await visitor.go("")
        await visitor.press(visitor.button(SIGN_IN_TO_BUY))
        await visitor.sign_in(f"click-{outcome}@example.com")
        await visitor.save_address()
        await visitor.press(visitor.button("Enter a card"))
        await save_asked_card(visitor, ASKED_ALWAYS_CARD, "")
        await visitor.press(visitor.button("Turn on buying with one click"))
        await visitor.press(visitor.button(BUY_NOW))

        await visitor.press(visitor.button("Confirm the payment"))
        await answer_bank(visitor, outcome)
        if outcome == "Complete":
            status = page.get_by_role("status").filter(has_text=ORDERED)
            await expect(status).to_be_visible()
        else:
            title = "Your bank did not accept the payment"
            await expect(page.get_by_role("heading", name=title)).to_be_focused()
            await visitor.press(page.get_by_role("link", name="Go back"))
            await expect(page.get_by_text(title)).to_be_visible()
            await expect(visitor.button(BUY_NOW)).to_be_enabled()
        # The secret of a payer is in no address of the gateway.
        asked = [url for url in visitor.recorded.asked if url.startswith(paid_shop.url)]
        assert [url for url in asked if "_secret_" in url] == []
    assert paid_shop.intent_states() == [*before, state]


# R116, R130
@pytest.mark.parametrize(("size", "hands"), BOTH_WAYS)
async def test_a_givers_bank_asks_about_a_gift(
    browser: Browser, paid_shop: PaidShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    giver, recipient = f"asked-{hands}@example.com", f"robin-{hands}@example.com"
    shop = paid_shop.shop
    async with paid_shop.visit(browser, size, hands) as visitor:
        page = visitor.page
        before = paid_shop.intent_states()
        [product] = (await shop.execute_for_data(MUG))["products"]["nodes"]
        await visitor.go(f"/give/{product['variants'][0]['id']}")
        await visitor.press(visitor.button("Sign in to give it"))
        await visitor.sign_in(giver)
        await visitor.write("Their e-mail address", recipient)
        await visitor.write("Your message", "For the best neighbour there is.")
        await visitor.press(visitor.button("Enter a card"))
        await save_asked_card(visitor, ASKED_ALWAYS_CARD, "For gifts")
        await expect(page.get_by_role("radio", name="For gifts")).to_be_checked()
        await expect(page.get_by_label("Your message")).to_have_value(
            "For the best neighbour there is."
        )
        await visitor.press(visitor.button("Give it"))
        await expect(page.get_by_role("heading", level=1, name="Your gift")).to_be_focused()

        link = await shop.wait_for_link(recipient)
        accepted = await shop.execute_for_data(ACCEPT, token=link.partition("#")[2])
        assert accepted == {"giftAccept": {"userErrors": []}}
        confirm = page.get_by_role("link", name="Confirm at your bank")
        await expect(confirm).to_be_visible()
        await page.screenshot(path=screenshots / f"pay-gift-{hands}.png", full_page=True)
        async with page.expect_popup() as opened:
            await visitor.press(confirm)
        bank = Visitor(shop, RecordedPage(await opened.value), hands)
        await bank.press(bank.button("Confirm the payment"))
        await answer_bank(bank, "Complete")
        await expect(bank.page.get_by_role("heading", name="Payment confirmed")).to_be_focused()
        await check_page(bank, screenshots / f"pay-gift-confirmed-{hands}")
        await expect(confirm).to_have_count(0)
        packed = page.get_by_text("Being packed.", exact=True)
        await expect(packed).to_be_visible(timeout=60_000)
    assert paid_shop.intent_states() == [*before, "requires_capture"]
