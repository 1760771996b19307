"""The demonstration shop from a stranger's first press to a parcel: a real gateway and browser."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, ViewportSize, expect

from tests.gifts.real_shop import RealShop, plain_text, wait_until
from tests.web.shop_visitor import (
    BUY_NOW,
    DESK,
    PHONE,
    SIGN_IN_TO_BUY,
    WAYS,
    Hands,
    Visitor,
    charges,
    visit,
)

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DISPATCH = """mutation ($id: ID!, $status: ShipmentStatus!) {
  shipmentUpdate(input: {id: $id, status: $status, trackingUrl: "https://carrier.example/1"}) {
    userErrors { code }
  }
}"""
PRICE = """mutation ($id: ID!, $price: Decimal!) {
  variantUpdate(input: {variantId: $id, price: $price, currency: "USD"}) { userErrors { code } }
}"""
MUG = '{ products(first: 1, query: "mug") { nodes { variants { id } } } }'


PLACE_ORDER = re.compile("^Place the order for")
ORDERED = re.compile(r"Ordered: number [0-9A-Z]+")


# R114, R116
@pytest.mark.parametrize(("size", "hands"), WAYS)
async def test_a_stranger_buys_by_one_click_and_undoes_it(
    browser: Browser, shop: RealShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    async with visit(browser, shop, size, hands) as visitor:
        page = visitor.page
        name = f"{size['width']}-{hands}"
        await visitor.go("")
        await visitor.walk_the_path(f"stranger-{name}@example.com")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await page.screenshot(path=screenshots / f"shop-ready-{name}.png")
        before = await charges(shop)

        buy = visitor.button(BUY_NOW)
        await visitor.press(buy)
        status = page.get_by_role("status").filter(has_text=ORDERED)
        await expect(status).to_have_count(1)
        assert await charges(shop) == [*before, "HELD"]
        await page.screenshot(path=screenshots / f"shop-ordered-{name}.png")

        await visitor.press(status.get_by_role("button", name="Undo", exact=True))
        await expect(page.get_by_text("Undone: the order is cancelled")).to_be_visible()
        await expect(buy).to_be_focused()
        assert await charges(shop) == [*before, "RELEASED"]
        visitor.assert_kept_to_itself()


# R114
async def test_what_was_ordered_is_still_said_after_a_reload(phone: Visitor) -> None:
    await phone.go("")
    await phone.walk_the_path("reload@example.com")
    await phone.press(phone.button(BUY_NOW))
    status = phone.page.get_by_role("status").filter(has_text=ORDERED)
    await expect(status).to_be_visible()
    await phone.page.reload()
    await expect(status).to_be_visible()
    # Nobody has signed out, and the same device knows its buyer without a sign-in, too.
    await phone.page.evaluate("sessionStorage.clear()")
    await phone.page.reload()
    await phone.press(status.get_by_role("button", name="Undo", exact=True))
    await expect(phone.page.get_by_text("Undone: the order is cancelled")).to_be_visible()


async def test_nothing_is_said_against_a_form_before_a_try(phone: Visitor) -> None:
    page = phone.page
    await phone.go("")
    await phone.press(phone.button(SIGN_IN_TO_BUY))
    await expect(page.get_by_role("heading", name="Sign in")).to_be_focused()
    await expect(page.locator("[aria-invalid=true]")).to_have_count(0)
    await phone.press(phone.button("Send me a code"))
    await expect(page.get_by_role("group", name="One thing to put right")).to_be_focused()
    await expect(page.locator("#sign-in-email-error")).to_contain_text("is missing")
    await phone.sign_in("forms@example.com")
    await expect(page.get_by_role("heading", name="Where should it go?")).to_be_focused()
    await expect(page.get_by_label("ZIP code")).to_be_visible()
    await expect(page.locator("[aria-invalid=true]")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(phone.button(re.compile("^Complete your details"))).to_be_focused()


async def test_a_wrong_code_is_refused_and_another_one_is_sent(phone: Visitor) -> None:
    page = phone.page
    await phone.go("/account")
    await phone.press(phone.button("Sign in"))
    await phone.write("E-mail address", "typo@example.com")
    await phone.press(phone.button("Send me a code"))
    await phone.write("Code", "000000x")
    await phone.press(page.get_by_role("dialog").get_by_role("button", name="Sign in", exact=True))
    await expect(page.locator("#sign-in-code-error")).to_be_visible()
    await phone.press(phone.button("Use another address, or send a new code"))
    await expect(page.get_by_label("E-mail address")).to_have_value("typo@example.com")


async def test_a_doubtful_address_is_confirmed(phone: Visitor) -> None:
    page = phone.page
    await phone.go("/account")
    await phone.press(phone.button("Sign in"))
    await phone.sign_in("doubt@example.com")
    await phone.press(phone.button("Add an address"))
    await expect(page.get_by_label("ZIP code")).to_be_visible()
    await phone.write("Name *", "You")
    await phone.write("Address *", "100 Castro Street")
    await phone.write("City", "Mountain View")
    await phone.select("State", "California")
    await phone.write("ZIP code", "10001")
    await phone.press(phone.button("Save the address"))
    await expect(page.locator("#address-region-error")).to_contain_text("Perhaps: NY.")
    await phone.press(phone.button("My address is right, use it as it is"))
    await expect(page.get_by_text("The address is saved.")).to_be_visible()
    await expect(page.get_by_text("You, 100 Castro Street, 10001 Mountain View")).to_be_visible()


# R116
@pytest.mark.parametrize("hands", ["mouse", "keyboard"])
async def test_the_bank_asks_and_the_buyer_comes_back(
    browser: Browser, shop: RealShop, hands: Hands
) -> None:
    async with visit(browser, shop, PHONE, hands) as visitor:
        await visitor.go("")
        await visitor.walk_the_path(f"bank-{hands}@example.com", "sim_3ds")
        await visitor.press(visitor.button(BUY_NOW))
        bank = visitor.page.get_by_role("heading", name="Confirm your payment")
        await expect(bank).to_be_visible()
        await visitor.press(visitor.page.get_by_role("link", name="Go back without confirming"))
        await expect(visitor.page.get_by_text("Your bank still has to agree")).to_be_visible()
        await visitor.press(visitor.button("Confirm at your bank"))
        await visitor.press(visitor.button("Confirm"))
        status = visitor.page.get_by_role("status").filter(has_text=ORDERED)
        await expect(status.get_by_role("button", name="Undo")).to_be_visible()


# R114
async def test_a_price_that_changed_is_asked_for_again(phone: Visitor) -> None:
    page = phone.page
    [product] = (await phone.shop.execute_for_data(MUG))["products"]["nodes"]
    variant = product["variants"][0]["id"]
    await phone.go("")
    await phone.walk_the_path("price@example.com")
    before = await charges(phone.shop)
    await phone.shop.execute_for_data(PRICE, phone.shop.staff, id=variant, price="15.00")
    buy = page.get_by_role("button", name="Stoneware mug").filter(has_text="Buy now")
    old_name = await buy.inner_text()
    await phone.press(buy)
    alert = page.get_by_role("alert").filter(has_text="The price has changed")
    await expect(alert.locator("s")).to_have_text("$21.25")
    await expect(alert.locator("strong")).to_have_text("$22.34")
    assert old_name.startswith("Buy now for $21.25")
    await expect(buy).to_have_text(re.compile(r"^Buy now for \$22\.34"))
    assert await charges(phone.shop) == before
    await phone.press(buy)
    await expect(page.get_by_role("status").filter(has_text=ORDERED)).to_be_visible()
    await phone.shop.execute_for_data(PRICE, phone.shop.staff, id=variant, price="14.00")


async def test_an_answer_that_was_lost_is_not_bought_twice(phone: Visitor) -> None:
    page = phone.page
    await phone.go("")
    await phone.walk_the_path("lost@example.com")
    before = await charges(phone.shop)

    async def lose_answer(route: Route) -> None:
        if "oneClickPurchase" not in (route.request.post_data or ""):
            await route.continue_()
            return
        await route.fetch()
        await route.abort()

    await page.route("**/graphql", lose_answer)
    buy = phone.button(BUY_NOW)
    await phone.press(buy)
    await expect(page.get_by_text("press again to find out")).to_be_visible()
    await page.unroute("**/graphql")
    await phone.press(buy)
    await expect(page.get_by_role("status").filter(has_text=ORDERED)).to_be_visible()
    assert await charges(phone.shop) == [*before, "HELD"]


# R116, R120
@pytest.mark.parametrize(("size", "hands"), [(DESK, "mouse"), (PHONE, "keyboard")])
async def test_an_order_is_changed_and_followed_to_the_door_and_back(
    browser: Browser, shop: RealShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    async with visit(browser, shop, size, hands) as visitor:
        page = visitor.page
        await visitor.go("")
        await visitor.walk_the_path(f"order-{hands}@example.com")
        await visitor.press(visitor.button(BUY_NOW))
        await visitor.press(page.get_by_role("link", name=re.compile("^number ")))
        await expect(page.get_by_role("heading", level=1, name="Order ")).to_be_focused()

        await visitor.press(visitor.button(re.compile("^Change or remove")))
        await visitor.write("Quantity of", "2")
        await visitor.press(visitor.button("Show the new total"))
        await expect(page.get_by_text(re.compile(r"You pay \$[\d.]+ more\."))).to_be_focused()
        await visitor.press(visitor.button("Change the order"))
        await expect(page.get_by_text("Your order is changed.")).to_be_focused()
        await expect(page.get_by_text(re.compile(r"^2 . \$14\.00"))).to_be_visible()

        order_id = page.url.rsplit("/", 1)[1]
        current = page.locator("[aria-current=step]")
        for status, title in (("DISPATCHED", "On its way"), ("DELIVERED", "Delivered")):
            answer = await shop.execute_for_data(DISPATCH, shop.staff, id=order_id, status=status)
            assert answer == {"shipmentUpdate": {"userErrors": []}}
            await expect(current).to_have_text(re.compile(f"^{title}"))
        link = page.get_by_role("link", name="Follow the parcel at the carrier")
        await expect(link).to_have_attribute("href", "https://carrier.example/1")
        await expect(page.get_by_text("Nothing more will happen to it.")).to_be_visible()

        await visitor.press(visitor.button("Choose what to send back"))
        await visitor.press(visitor.button("Ask to send it back"))
        await expect(page.get_by_role("group", name="One thing to put right")).to_be_focused()
        await visitor.select("Stoneware mug", "1 of 2")
        await visitor.write("Why", "One too many.")
        await visitor.press(visitor.button("Ask to send it back"))
        await expect(page.get_by_text("Asked for: the shop will answer")).to_be_visible()
        await page.screenshot(path=screenshots / f"shop-order-{hands}.png", full_page=True)
        visitor.assert_kept_to_itself()


async def test_a_broken_connection_misses_no_event(phone: Visitor) -> None:
    page = phone.page
    await phone.go("")
    await phone.walk_the_path("broken@example.com")
    await phone.press(phone.button(BUY_NOW))
    await phone.press(page.get_by_role("link", name=re.compile("^number ")))
    await expect(page.get_by_text("Kept up to date while you look.")).to_be_visible()
    await page.context.set_offline(offline=True)
    order_id = page.url.rsplit("/", 1)[1]
    await phone.shop.execute_for_data(DISPATCH, phone.shop.staff, id=order_id, status="DISPATCHED")
    await page.context.set_offline(offline=False)
    await expect(page.locator("[aria-current=step]")).to_have_text(re.compile("^On its way"))
    await expect(page.locator(".history li")).to_have_count(3)


# R116
@pytest.mark.parametrize(("size", "hands"), [(DESK, "mouse"), (PHONE, "keyboard")])
async def test_a_gift_is_given_and_watched(
    browser: Browser, shop: RealShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    async with visit(browser, shop, size, hands) as visitor:
        page = visitor.page
        [product] = (await shop.execute_for_data(MUG))["products"]["nodes"]
        await visitor.go(f"/give/{product['variants'][0]['id']}")
        await visitor.press(visitor.button("Sign in to give it"))
        await visitor.sign_in(f"giver-{hands}@example.com")
        await visitor.press(visitor.button("Give it"))
        await expect(page.get_by_role("group", name="A few things to put right")).to_be_focused()
        recipient = f"robin-{hands}@example.com"
        await visitor.write("Their e-mail address", recipient)
        await visitor.press(visitor.button("I know something of where they live"))
        await visitor.write("Town", "Portland")
        await visitor.write("Your message", "For the best neighbour there is.")
        await visitor.write("From", "Grace")
        await visitor.choose(page.get_by_role("radio", name=re.compile("sim_ok")))
        await expect(page.get_by_text("It costs $19.95 to $38.95")).to_be_visible()
        await visitor.press(visitor.button("Give it"))
        await expect(page.get_by_role("heading", level=1, name="Your gift")).to_be_focused()
        await expect(page.get_by_text("Waiting for an answer.")).to_be_visible()
        await expect(page.get_by_text("$19.95 to $38.95 will be charged")).to_be_visible()

        [mail] = await sent_mail(shop, recipient)
        assert "Grace" in mail
        link = re.findall(r"\S+/gift#([\w-]+)", mail)[0]
        await decline(shop, link)
        await expect(page.get_by_text("They would rather not have it.")).to_be_visible()
        await expect(page.get_by_text("Nothing more will happen to it.")).to_be_visible()
        await page.screenshot(path=screenshots / f"shop-gift-{hands}.png", full_page=True)
        await visitor.press(page.get_by_role("link", name="All gifts"))
        await expect(page.get_by_role("listitem").filter(has_text="Declined")).to_have_count(1)
        visitor.assert_kept_to_itself()


async def test_a_gift_is_called_off(phone: Visitor) -> None:
    page = phone.page
    [product] = (await phone.shop.execute_for_data(MUG))["products"]["nodes"]
    await phone.go(f"/give/{product['variants'][0]['id']}")
    await phone.press(phone.button("Sign in to give it"))
    await phone.sign_in("rueful@example.com")
    await phone.write("Their e-mail address", "sam@example.com")
    await phone.choose(page.get_by_role("radio", name=re.compile("sim_ok")))
    await phone.press(phone.button("Give it"))
    await phone.press(phone.button("Call the gift off"))
    await phone.press(phone.button("Keep it"))
    await phone.press(phone.button("Call the gift off"))
    await phone.press(phone.button("Yes, call it off"))
    await expect(page.get_by_text("Cancelled. You have called it off.")).to_be_visible()


CART = """mutation ($variant: ID!) {
  cartCreate(input: {lines: [{variantId: $variant, quantity: 2}]}) { cart { id } }
}"""


async def fill_cart(visitor: Visitor) -> None:
    """Two mugs in the visitor's cart, and the page at the checkout."""
    [product] = (await visitor.shop.execute_for_data(MUG))["products"]["nodes"]
    variant = product["variants"][0]["id"]
    cart = (await visitor.shop.execute_for_data(CART, variant=variant))["cartCreate"]["cart"]
    await visitor.go("")
    await visitor.page.evaluate("id => localStorage.setItem('shop.cart', id)", cart["id"])
    await visitor.go("/checkout")


async def read_amounts(page: Page, selector: str) -> list[Decimal]:
    """The amounts in dollars of all elements that ``selector`` names."""
    texts = await page.locator(selector).all_inner_texts()
    return [Decimal(text.removeprefix("$")) for text in texts]


async def assert_summary_adds_up(page: Page) -> None:
    """The lines come to the subtotal, and the rows above the total to the total."""
    lines = await read_amounts(page, ".checkout-summary ul .row-amount")
    rows = await read_amounts(page, ".checkout-summary dl .row-amount")
    assert sum(lines) == rows[0]
    assert sum(rows[:-1]) == rows[-1]


# R116
@pytest.mark.parametrize(("size", "hands"), [(DESK, "mouse"), (PHONE, "keyboard")])
async def test_a_guest_checks_out(
    browser: Browser, shop: RealShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    async with visit(browser, shop, size, hands) as visitor:
        page = visitor.page
        await fill_cart(visitor)
        await visitor.press(visitor.button("Continue"))
        await expect(page.get_by_role("group", name="A few things to put right")).to_be_focused()
        email = f"guest-{hands}@example.com"
        await visitor.write_guest(email, postal_code="10001")
        await expect(page.get_by_role("heading", name="2. Shipping and payment")).to_be_focused()
        await visitor.choose(page.get_by_role("radio", name=re.compile("Express")))
        await expect(page.get_by_text("Shipping: Express")).to_be_visible()
        await visitor.choose(page.get_by_role("radio", name=re.compile("sim_ok")))
        await visitor.write("A note for the shop", "Ring twice.")
        await visitor.press(visitor.button(PLACE_ORDER))

        await visitor.press(visitor.button("Correct the address"))
        await expect(page.locator("#address-region-error")).to_contain_text("Perhaps: NY.")
        await visitor.write("ZIP code", "94043")
        await visitor.press(visitor.button("Continue"))
        await expect(page.get_by_text("Shipping: Express")).to_be_visible()
        await visitor.choose(page.get_by_role("radio", name=re.compile("sim_ok")))
        await assert_summary_adds_up(page)
        await page.screenshot(path=screenshots / f"shop-checkout-{hands}.png", full_page=True)
        total = re.findall(r"\$[\d.]+", await visitor.button(PLACE_ORDER).inner_text())[0]
        await visitor.press(visitor.button(PLACE_ORDER))
        await expect(page.get_by_role("heading", level=1, name="Thank you")).to_be_focused()
        await expect(page.get_by_text(f"We have written to {email}")).to_be_visible()
        await visitor.press(page.get_by_role("link", name="Follow your order"))
        await expect(page.get_by_text("Ring twice.")).to_be_visible()
        await expect(page.locator(".row-total")).to_contain_text(total)
        # Whoever has the device sees no address; the link in the mail shows it.
        await expect(page.get_by_text("100 Castro Street")).to_have_count(0)
        visitor.assert_kept_to_itself()


async def test_who_is_signed_in_checks_out_by_what_is_saved(phone: Visitor) -> None:
    page = phone.page
    await phone.go("")
    await phone.walk_the_path("saved@example.com")
    await fill_cart(phone)
    await expect(page.get_by_role("radio", name=re.compile("^Home"))).to_be_checked()
    await expect(phone.button(PLACE_ORDER)).to_have_text(
        re.compile(r"^Place the order for \$36\.54")
    )
    await phone.press(phone.button(PLACE_ORDER))
    await expect(page.get_by_text("Ordered: number")).to_be_visible()


async def test_a_guests_bank_asks_at_the_checkout(phone: Visitor) -> None:
    page = phone.page
    await fill_cart(phone)
    await phone.write_guest("asked@example.com")
    await phone.choose(page.get_by_role("radio", name=re.compile("sim_3ds")))
    await phone.press(phone.button(PLACE_ORDER))
    await phone.press(phone.button("Confirm"))
    await expect(page.get_by_text("Ordered: number")).to_be_visible()


async def test_signing_out_leaves_nothing_behind(phone: Visitor) -> None:
    page = phone.page
    await phone.go("")
    await phone.walk_the_path("leaving@example.com")
    await phone.go("/account")
    await expect(page.get_by_text("Signed in as leaving@example.com")).to_be_visible()
    await phone.press(phone.button("Sign out"))
    await expect(page.get_by_text("A code by mail is all it takes")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0
    await phone.go("/orders")
    await expect(page.get_by_text("There is nothing here yet.")).to_be_visible()
    await phone.go("")
    await expect(phone.button(SIGN_IN_TO_BUY)).to_be_visible()


async def sent_mail(shop: RealShop, recipient: str) -> list[str]:
    await wait_until(lambda: bool(shop.sent_mails(recipient)))
    return [plain_text(mail) for mail in shop.sent_mails(recipient)]


async def decline(shop: RealShop, token: str) -> None:
    document = """mutation ($token: String!) {
      giftDecline(input: {token: $token}) { userErrors { code } }
    }"""
    answer = await shop.execute_for_data(document, token=token)
    assert answer == {"giftDecline": {"userErrors": []}}
