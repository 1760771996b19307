"""The recipient's page as its recipient walks it: by keyboard, with mistakes, on a bad line."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.web.conftest import RecordedPage, Site
from tests.web.fake_gateway import TOKEN, Claim

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ADDRESS = {
    "Name": "Robin Friend",
    "Address": "1600 Amphitheatre Parkway",
    "City": "Mountain View",
    "ZIP code": "94043",
}


def heading(page: Page, text: str) -> Locator:
    return page.get_by_role("heading", level=1, name=text, exact=True)


def button(page: Page, text: str) -> Locator:
    return page.get_by_role("button", name=text, exact=True)


async def open_gift(watched: RecordedPage, site: Site) -> Page:
    await watched.page.goto(site.link)
    await expect(watched.page.get_by_role("heading", level=1)).to_be_visible()
    return watched.page


async def open_form(watched: RecordedPage, site: Site) -> Page:
    page = await open_gift(watched, site)
    await button(page, "Accept this gift").click()
    await expect(page.get_by_label("ZIP code")).to_be_visible()
    return page


async def fill(page: Page, **changes: str) -> None:
    for label, value in ADDRESS.items():
        await page.get_by_label(label).fill(changes.get(label.split()[0].lower(), value))
    await page.get_by_label("State").select_option(changes.get("state", "CA"))


def fields(site: Site) -> list[str]:
    return [asked.field for asked in site.gateway.mutations()]


# R60: opening changes nothing.
async def test_opening_only_reads(watched: RecordedPage, site: Site) -> None:
    page = await open_gift(watched, site)
    await expect(heading(page, "Anna Berg sent you a gift")).to_be_visible()
    await expect(page.get_by_text("Breakfast tea, 250 g tin")).to_be_visible()
    await expect(page.get_by_text("May the tea be strong")).to_be_visible()
    await expect(page.get_by_text("Please answer by December 1, 2026.")).to_be_visible()
    await expect(page).to_have_title("Anna Berg sent you a gift")
    assert [asked.field for asked in site.gateway.requests] == ["giftClaim"]
    assert watched.complaints == []


# The token leaves the browser in the body of a POST and nowhere else.
async def test_token_stays_secret(watched: RecordedPage, site: Site) -> None:
    page = await open_form(watched, site)
    await fill(page)
    await button(page, "Send it to this address").click()
    await expect(heading(page, "Your gift is being prepared")).to_be_visible()
    assert {url.split("/")[2] for url in watched.asked} == {site.url.removeprefix("http://")}
    assert [url for url in watched.asked if TOKEN in url.partition("#")[0] or "?" in url] == []
    for asked in site.gateway.requests:
        assert asked.url == f"{site.url}/graphql"
        assert TOKEN not in "".join(asked.headers.values())
        assert "referer" not in asked.headers
        assert "cookie" not in asked.headers
        assert asked.headers["origin"] == site.url
    assert await page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == [
        "", 0, 0,
    ]  # fmt: skip


async def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until ``target`` has the focus, as a reader without a mouse would."""
    await expect(target).to_be_visible()
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{target} cannot be reached by Tab")


async def test_whole_walk_by_keyboard(watched: RecordedPage, site: Site) -> None:
    page = await open_gift(watched, site)
    await tab_to(page, button(page, "Accept this gift"))
    await page.keyboard.press("Enter")
    await expect(heading(page, "Where should it go?")).to_be_focused()
    await expect(page.get_by_label("Country or territory")).to_have_value("US")
    for label, value in ADDRESS.items():
        await tab_to(page, page.get_by_label(label))
        await page.keyboard.type(value)
        if label == "City":
            await tab_to(page, page.get_by_label("State"))
            await page.keyboard.type("Calif")
    await page.keyboard.press("Enter")
    await expect(heading(page, "Your gift is being prepared")).to_be_focused()
    await expect(page.get_by_text("Accepted. Thank you")).to_be_visible()
    [accepted] = site.gateway.mutations()
    assert (accepted.field, accepted.variables) == (
        "giftAccept",
        {
            "input": {
                "token": TOKEN,
                "address": {
                    "name": "Robin Friend",
                    "country": "US",
                    "lines": ["1600 Amphitheatre Parkway"],
                    "city": "Mountain View",
                    "region": "CA",
                    "postalCode": "94043",
                    "phone": None,
                },
                "confirmWarnings": False,
            }
        },
    )
    assert watched.complaints == []


async def test_missing_boxes_are_named_beside_and_above(watched: RecordedPage, site: Site) -> None:
    page = await open_form(watched, site)
    await button(page, "Send it to this address").click()
    summary = page.get_by_role("group", name="A few things to put right")
    await expect(summary).to_be_focused()
    await expect(summary.get_by_role("listitem")).to_have_text(
        [
            "Name is missing.",
            "Address is missing.",
            "City is missing.",
            "State is missing.",
            "ZIP code is missing.",
        ]
    )
    for label in (*ADDRESS, "State"):
        box = page.get_by_label(label)
        await expect(box).to_have_attribute("aria-invalid", "true")
        await expect(box).to_have_attribute("aria-required", "true")
        error_text = page.locator(f"#{await box.get_attribute('id')}-error")
        await expect(error_text).to_have_text(f"⚠ {label} is missing.")
        described = await box.get_attribute("aria-describedby")
        assert await error_text.get_attribute("id") in str(described).split()
    await summary.get_by_role("button", name="City is missing.").click()
    await expect(page.get_by_label("City")).to_be_focused()
    assert page.url == site.link
    assert site.gateway.mutations() == []


async def test_refusal_of_the_gateway_stands_beside_its_box(
    watched: RecordedPage, site: Site
) -> None:
    page = await open_form(watched, site)
    await fill(page, zip="00000")
    await button(page, "Send it to this address").click()
    summary = page.get_by_role("group", name="One thing to put right")
    await expect(summary).to_be_focused()
    box = page.get_by_label("ZIP code")
    await expect(box).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#address-postalCode-error")).to_have_text(
        "⚠ ZIP code 00000 is not used."
    )
    await expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "false")
    await box.fill("94043")
    await button(page, "Send it to this address").click()
    await expect(heading(page, "Your gift is being prepared")).to_be_focused()


async def test_doubts_can_be_overruled(watched: RecordedPage, site: Site) -> None:
    page = await open_form(watched, site)
    insist = button(page, "My address is right, use it as it is")
    await fill(page, state="NY")
    await button(page, "Send it to this address").click()
    await expect(page.get_by_role("group", name="One thing to put right")).to_be_focused()
    await expect(page.locator("#address-postalCode-error")).to_have_text(
        "⚠ 94043 does not belong to New York."
    )
    # Insisting is for the very address that was doubted.
    await page.get_by_label("City").fill("Rochester")
    await expect(insist).to_have_count(0)
    await page.get_by_label("City").fill(ADDRESS["City"])
    await insist.click()
    await expect(heading(page, "Your gift is being prepared")).to_be_focused()
    sent = [asked.variables["input"] for asked in site.gateway.mutations()]
    assert [each["confirmWarnings"] for each in sent if isinstance(each, dict)] == [False, True]


async def test_nobody_can_insist_on_what_is_wrong(watched: RecordedPage, site: Site) -> None:
    page = await open_form(watched, site)
    await fill(page, zip="00000")
    await button(page, "Send it to this address").click()
    await expect(page.get_by_role("group", name="One thing to put right")).to_be_focused()
    await expect(button(page, "My address is right, use it as it is")).to_have_count(0)
    assert site.gateway.claim == Claim()


async def test_boxes_follow_the_country(watched: RecordedPage, site: Site) -> None:
    page = await open_form(watched, site)
    await page.get_by_label("Name").fill("Robin Friend")
    await page.get_by_label("Country or territory").select_option("IE")
    await expect(page.get_by_label("Eircode")).to_be_visible()
    await expect(page.get_by_label("ZIP code")).to_have_count(0)
    await expect(page.get_by_label("Name")).to_have_value("Robin Friend")
    await page.get_by_label("Country or territory").select_option("HK")
    await expect(page.get_by_label("Eircode")).to_have_count(0)


async def test_declining_with_a_reason(watched: RecordedPage, site: Site) -> None:
    page = await open_gift(watched, site)
    await button(page, "Decline").click()
    await expect(heading(page, "Decline this gift?")).to_be_focused()
    await page.get_by_label("Reason (optional)").fill("I do not drink tea.")
    await button(page, "Decline the gift").click()
    await expect(heading(page, "You declined this gift")).to_be_focused()
    await expect(button(page, "Decline")).to_have_count(0)
    [declined] = site.gateway.mutations()
    assert declined.variables == {"input": {"token": TOKEN, "reason": "I do not drink tea."}}


async def test_exchanging(watched: RecordedPage, site: Site) -> None:
    page = await open_gift(watched, site)
    await button(page, "Choose something else").click()
    await button(page, "Choose this instead").click()
    await expect(page.get_by_role("group", name="One thing to put right")).to_be_focused()
    await page.get_by_role("radio", name="Filter coffee, 500 g").check()
    await button(page, "Choose this instead").click()
    await expect(heading(page, "Anna Berg sent you a gift")).to_be_focused()
    await expect(page.locator(".item")).to_have_text("Filter coffee, 500 g")
    [exchanged] = site.gateway.mutations()
    assert exchanged.variables == {"input": {"token": TOKEN, "variantId": "var_1"}}


async def test_thanking(watched: RecordedPage, site: Site) -> None:
    site.gateway.claim = Claim(status="DELIVERED", can_accept=False, can_decline=False, exchange=())
    page = await open_gift(watched, site)
    await expect(heading(page, "Your gift has been delivered")).to_be_visible()
    await button(page, "Say thank you").click()
    await button(page, "Send thanks").click()
    await expect(page.get_by_text("⚠ Your message is missing.")).to_be_visible()
    await page.get_by_label("Your message to Anna Berg").fill("You made my day!")
    await button(page, "Send thanks").click()
    await expect(page.get_by_text("Your thanks have been sent.")).to_be_visible()
    [thanked] = site.gateway.mutations()
    assert thanked.variables == {"input": {"token": TOKEN, "message": "You made my day!"}}


async def test_blocking_and_reporting(watched: RecordedPage, site: Site) -> None:
    page = await open_gift(watched, site)
    await button(page, "Block and report").click()
    await page.get_by_label("What is wrong? (optional)").fill("I do not know this person.")
    await button(page, "Block and report").click()
    await expect(page.get_by_text("The sender has been blocked.")).to_be_visible()
    [reported] = site.gateway.mutations()
    assert reported.variables == {"input": {"token": TOKEN, "reason": "I do not know this person."}}


async def test_being_forgotten(watched: RecordedPage, site: Site) -> None:
    page = await open_gift(watched, site)
    await button(page, "Delete what you know about me").click()
    await button(page, "Delete my data").click()
    await expect(heading(page, "Your data is being deleted.")).to_be_focused()
    assert fields(site) == ["giftForget"]
    await page.reload()
    await expect(heading(page, "This link does not open a gift")).to_be_visible()


@pytest.mark.parametrize(
    "fragment", ["", "#", "#short", "#" + "x" * 43, "#<script>alert(1)</script>"]
)
async def test_links_that_open_nothing(watched: RecordedPage, site: Site, fragment: str) -> None:
    await watched.page.goto(f"{site.url}/gift{fragment}")
    await expect(heading(watched.page, "This link does not open a gift")).to_be_visible()
    assert watched.complaints == []


@pytest.mark.parametrize(
    ("status", "title"),
    [
        ("SCREENING", "Thank you, we have your answer"),
        ("RESOLVED", "Your gift is being prepared"),
        ("DISPATCHED", "Your gift is on its way"),
        ("DECLINED", "You declined this gift"),
        ("CANCELLED", "This gift was withdrawn"),
        ("UNDELIVERABLE", "This gift has expired"),
    ],
)
async def test_gifts_past_accepting(
    watched: RecordedPage, site: Site, status: str, title: str
) -> None:
    site.gateway.claim = Claim(status=status, can_accept=False, can_decline=False, exchange=())
    page = await open_gift(watched, site)
    await expect(heading(page, title)).to_be_visible()
    await expect(button(page, "Accept this gift")).to_have_count(0)


async def test_another_link_in_the_same_tab(watched: RecordedPage, site: Site) -> None:
    await watched.page.goto(f"{site.url}/gift#{'x' * 43}")
    await expect(heading(watched.page, "This link does not open a gift")).to_be_visible()
    await watched.page.goto(site.link)
    await expect(heading(watched.page, "Anna Berg sent you a gift")).to_be_visible()


async def test_bad_line_when_opening(watched: RecordedPage, site: Site) -> None:
    site.gateway.failing = 503
    page = await open_gift(watched, site)
    await expect(heading(page, "Your gift could not be opened")).to_be_visible()
    site.gateway.failing = None
    await button(page, "Try again").click()
    await expect(heading(page, "Anna Berg sent you a gift")).to_be_visible()


async def test_bad_line_when_accepting_loses_nothing(watched: RecordedPage, site: Site) -> None:
    page = await open_form(watched, site)
    await fill(page)
    await page.context.set_offline(offline=True)
    await button(page, "Send it to this address").click()
    await expect(page.get_by_role("alert").filter(has_text="could not reach")).to_be_visible()
    await page.context.set_offline(offline=False)
    await button(page, "Send it to this address").click()
    await expect(heading(page, "Your gift is being prepared")).to_be_focused()
    assert fields(site) == ["giftAccept"]


async def test_too_many_tries(watched: RecordedPage, site: Site) -> None:
    page = await open_form(watched, site)
    await fill(page)
    site.gateway.failing = 429
    await button(page, "Send it to this address").click()
    await expect(page.get_by_text("Wait 30 seconds, then try again.")).to_be_visible()


async def test_gift_that_moved_on_meanwhile(watched: RecordedPage, site: Site) -> None:
    page = await open_form(watched, site)
    await fill(page)
    site.gateway.claim = Claim(status="CANCELLED", can_accept=False, can_decline=False, exchange=())
    await button(page, "Send it to this address").click()
    await expect(heading(page, "This gift was withdrawn")).to_be_visible()


async def test_browser_back_leads_from_the_form_to_the_gift(
    watched: RecordedPage, site: Site
) -> None:
    page = await open_form(watched, site)
    await page.get_by_label("City").fill("Mountain View")
    await page.go_back()
    await expect(heading(page, "Anna Berg sent you a gift")).to_be_focused()
    await page.go_forward()
    await expect(page.get_by_label("City")).to_have_value("Mountain View")
    assert page.url == site.link


async def test_hostile_words_stay_words(watched: RecordedPage, site: Site) -> None:
    hostile = "<img src=x onerror=alert(1)> https://evil.example"
    site.gateway.claim = Claim(sender=hostile, message=hostile, item=hostile)
    page = await open_gift(watched, site)
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"{hostile} sent you a gift")
    assert await page.locator("a, img").count() == 0
    assert watched.complaints == []
