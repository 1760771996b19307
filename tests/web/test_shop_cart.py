"""The shop's cart: a dialog in which everything is read back, changed, and adds up."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.gifts.real_shop import RealShop
from tests.web.storefront import (
    Visitor,
    add_to_cart,
    amount,
    import_product,
    set_destination,
    visit,
)

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CHANGE = """mutation ($input: CartLinesUpdateInput!) {
  cartLinesUpdate(input: $input) { cart { totalQuantity } userErrors { code } }
}"""
CART = "query ($id: ID!) { cart(id: $id) { version items { reference lineId quantity } } }"


async def rows(page: Page) -> list[tuple[str, str]]:
    """The labels and figures of the cart."""
    labels = await page.locator(".totals dt").all_inner_texts()
    figures = await page.locator(".totals dd").all_inner_texts()
    return [(label.split("\n")[0], figure) for label, figure in zip(labels, figures, strict=True)]


async def cart_id(page: Page) -> str:
    """The id of the visitor's cart."""
    return str(await page.evaluate("localStorage.getItem('shop.cart')"))


# R116, R112
async def test_everything_in_the_cart_is_read_back_and_adds_up(visitor: Visitor) -> None:
    page = await visitor.open("/products/stoneware-mug")
    await page.get_by_role("radio", name="blue").check(force=True)
    await page.get_by_role("button", name="One more").click()
    await add_to_cart(page)
    cart = page.get_by_role("dialog", name="Your cart")
    await expect(cart.locator(".line")).to_have_count(1)
    await expect(cart.locator(".line")).to_contain_text("blue")
    assert await rows(page) == [
        ("Subtotal", "$28.00"),
        ("Total before shipping and tax", "$28.00"),
    ]
    await set_destination(page)
    await expect(cart.get_by_text("California 94043, United States")).to_be_visible()
    await cart.get_by_role("radio", name="Express").check()
    await expect(cart.locator(".totals")).to_contain_text("Shipping: Express")
    code = cart.get_by_role("textbox", name="Discount code or stored value")
    await code.fill("SAVE10")
    await code.press("Enter")
    await expect(cart.get_by_text("Takes off $2.80")).to_be_visible()
    await code.fill("STORED25")
    await cart.get_by_role("button", name="Apply the code").click()
    await expect(cart.get_by_text("Pays $25.00")).to_be_visible()
    await code.fill("NOTHING")
    await code.press("Enter")
    await expect(cart.locator(".error")).to_contain_text("There is no such code.")
    await cart.get_by_text("A note to the shop").click()
    await cart.get_by_label("Your note").fill("Please ring twice.")
    await cart.get_by_role("button", name="Save the note").click()
    await expect(cart.get_by_text("Saved.")).to_be_visible()
    shown = await rows(page)
    assert [label for label, _ in shown if "tax" in label.lower()] == ["Sales tax 9.25%"]
    assert shown[-1][0] == "To pay"
    total = next(index for index, (label, _) in enumerate(shown) if label == "Total")
    assert sum(amount(figure) for _, figure in shown[:total]) == amount(shown[total][1])
    assert sum(amount(figure) for _, figure in shown[total:-1]) == amount(shown[-1][1])

    await page.reload()
    await page.get_by_role("button", name="Cart 2 pieces").click()
    await expect(cart.get_by_label("Your note")).to_have_value("Please ring twice.")
    assert await rows(page) == shown
    await cart.get_by_role("button", name="Remove the code SAVE10").click()
    await expect(cart.get_by_text("Takes off")).to_have_count(0)
    await cart.get_by_role("button", name="Checkout").click()
    await expect(page).to_have_url(f"{visitor.shop.served.url}/shop/checkout")
    await expect(cart).to_have_count(0)


# R116
async def test_the_cart_keeps_the_focus_and_gives_it_back(visitor: Visitor) -> None:
    page = await visitor.open("/products/linen-tea-towel")
    await add_to_cart(page)
    cart = page.get_by_role("dialog", name="Your cart")
    for _ in range(25):
        await page.keyboard.press("Tab")
        # The browser's own buttons come in between; then the document has the focus.
        assert await page.evaluate(
            "document.activeElement === document.body || "
            "document.querySelector('dialog').contains(document.activeElement)"
        )
    await page.keyboard.press("Escape")
    await expect(cart).to_have_count(0)
    await expect(page.get_by_role("button", name="Add to cart", exact=True)).to_be_focused()
    opener = page.get_by_role("button", name="Cart 1 piece")
    await opener.press("Enter")
    await cart.get_by_role("button", name="Close the cart").press("Enter")
    await expect(opener).to_be_focused()


# R116
async def test_quantities_change_and_lines_go(visitor: Visitor) -> None:
    page = await visitor.open("/products/beeswax-candle")
    await add_to_cart(page)
    cart = page.get_by_role("dialog", name="Your cart")
    more = cart.get_by_role("button", name="One more")
    # Faster than the answers come: each change begins where the one before has ended.
    for _ in range(3):
        await more.click()
    await expect(cart.get_by_role("textbox", name="Quantity of Beeswax candle")).to_have_value("4")
    await expect(cart.locator(".line-price")).to_contain_text("$39.96")
    quantity = cart.get_by_role("textbox", name="Quantity of Beeswax candle")
    await quantity.fill("many")
    await quantity.press("Tab")
    await expect(quantity).to_have_value("4")
    await quantity.fill("2")
    await quantity.press("Enter")
    await expect(cart.locator(".line-price")).to_contain_text("$19.98")
    await cart.get_by_role("button", name="Remove Beeswax candle").click()
    await expect(cart.get_by_text("There is nothing in it yet.")).to_be_visible()
    await expect(cart.get_by_role("heading", name="Your cart")).to_be_focused()


# R116
async def test_more_than_there_is_is_said_beside_it(visitor: Visitor) -> None:
    page = await visitor.open("/products/signed-print-limited-edition")
    await add_to_cart(page)
    cart = page.get_by_role("dialog", name="Your cart")
    quantity = cart.get_by_role("textbox", name="Quantity of Signed print")
    await quantity.fill("9")
    await quantity.press("Enter")
    await expect(cart.locator(".line .error")).to_contain_text("Only 3 left: take fewer to go on.")
    await quantity.fill("3")
    await quantity.press("Enter")
    await expect(cart.locator(".line .error")).to_have_count(0)


# R116
async def test_a_wrong_postal_code_is_refused_at_its_field(visitor: Visitor) -> None:
    page = await visitor.open("/products/linen-tea-towel")
    await add_to_cart(page)
    await set_destination(page, "9404")
    await expect(page.locator("#cart-postalCode-error")).to_be_visible()
    await expect(page.get_by_label("ZIP code")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("ZIP code").fill("94043")
    await page.get_by_label("ZIP code").press("Enter")
    await expect(page.get_by_text("California 94043, United States")).to_be_visible()


# R116, R112
async def test_a_change_in_another_window_is_shown_not_overwritten(visitor: Visitor) -> None:
    page = await visitor.open("/products/linen-tea-towel")
    await add_to_cart(page)
    cart = page.get_by_role("dialog", name="Your cart")
    identifier = await cart_id(page)
    read = (await visitor.shop.execute_for_data(CART, id=identifier))["cart"]
    [line] = read["items"]
    change = {
        "cartId": identifier,
        "expectedVersion": read["version"],
        "lines": [
            {"variantId": line["reference"], "lineId": line["lineId"], "quantity": 5},
        ],
    }
    answer = await visitor.shop.execute_for_data(CHANGE, input=change)
    assert answer["cartLinesUpdate"] == {"cart": {"totalQuantity": 5}, "userErrors": []}
    await cart.get_by_role("button", name="One more").click()
    await expect(cart.get_by_text("The cart was changed in another window.")).to_be_visible()
    quantity = cart.get_by_role("textbox", name="Quantity of Linen tea towel")
    await expect(quantity).to_have_value("5")
    await cart.get_by_role("button", name="One more").click()
    await expect(quantity).to_have_value("6")
    await expect(cart.locator(".line-price")).to_contain_text("$75.00")
    await expect(cart.get_by_text("The cart was changed in another window.")).to_have_count(0)


# R116
async def test_without_a_connection_nothing_is_lost(browser: Browser, shop: RealShop) -> None:
    somebody = await visit(browser, shop, 360)
    page = await somebody.open("/products/linen-tea-towel")
    await page.route("**/graphql", lambda route: route.abort())
    await page.get_by_role("button", name="Add to cart", exact=True).click()
    await expect(page.get_by_text("We could not reach the shop.")).to_be_visible()
    await page.unroute("**/graphql")
    await add_to_cart(page)
    await expect(page.locator(".line")).to_have_count(1)
    await somebody.context.close()


# R116
async def test_a_cart_that_is_gone_gives_way_to_a_new_one(browser: Browser, shop: RealShop) -> None:
    somebody = await visit(browser, shop, 360)
    page = await somebody.open("/products/linen-tea-towel")
    await page.evaluate("localStorage.setItem('shop.cart', 'crt_0000000000000000000000')")
    await page.reload()
    await add_to_cart(page)
    await expect(page.locator(".line")).to_have_count(1)
    assert await cart_id(page) != "crt_0000000000000000000000"
    somebody.assert_nothing_foreign()
    await somebody.context.close()


# R116
async def test_the_parts_of_a_bundle_are_named(browser: Browser, shop: RealShop) -> None:
    somebody = await visit(browser, shop, 1280)
    page = await somebody.open("/products/breakfast-set")
    await add_to_cart(page)
    parts = [
        "2 \u00d7 Stoneware mug, white",
        "House coffee, 250 g",
        "2 \u00d7 Dark chocolate",
    ]
    await expect(page.get_by_role("dialog").locator(".parts li")).to_have_text(parts)
    await somebody.open("/checkout")
    summary = page.get_by_role("region", name="Your cart")
    await expect(summary.locator(".parts li")).to_have_text(parts)
    await somebody.context.close()


# R116
async def test_what_is_listed_no_more_has_no_page_to_lead_to(
    browser: Browser, shop: RealShop, tmp_path: Path
) -> None:
    await asyncio.to_thread(import_product, shop, tmp_path, "Calendar", listed=True)
    somebody = await visit(browser, shop, 360)
    page = await somebody.open("/products/calendar")
    await add_to_cart(page)
    line = page.locator(".line")
    await expect(line.get_by_role("link", name="Calendar")).to_be_visible()
    await asyncio.to_thread(import_product, shop, tmp_path, "Calendar", listed=False)
    await somebody.open()
    await page.get_by_role("button", name="Cart 1 piece").click()
    await expect(line.get_by_text("Sold out: remove it to go on.")).to_be_visible()
    await expect(line.locator(".line-title")).to_have_text("Calendar")
    await expect(line.get_by_role("link")).to_have_count(0)
    await somebody.context.close()
