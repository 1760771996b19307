"""Finding "a sender's name that is a link": whatever one person reads of another is harmless."""

from dataclasses import replace

import pytest

from gateway.adapters.messaging.letters import TemplateLetters
from gateway.services.gifts.claims import build_claim, load_claim
from gateway.services.gifts.links import token_digest
from gateway.services.gifts.recipient_actions import thank_giver
from gateway.services.gifts.requests import RecipientDetails
from gateway.services.ports.database import ReadSession
from gateway.services.ports.givers import Giver
from gateway.services.ports.letters import GiverNotice, Invitation, NoticeKind
from tests.engine.gifts.test_message_text import harmful_parts
from tests.services.gifts.shop import BY_EMAIL, FakeGivers, GiftShop

PHONE = "+14155552671"
HARMFUL_TEXTS = (
    "Win at http://evil.example/x",
    "www.evil.example",
    "evil\u3002example",
    "evil\u200d.example",
    "\uff48ttps://evil\uff0eexample/?a=b",
    "me@evil.example",
    "javascript:alert(1)",
    "\u202egpj.exe\u2066",
    "1.2.3.4/login",
    "Ada\r\nBcc: all@evil.example",
    "x" * 90 + " http://evil.example",
)


class HarmfulNameGivers(FakeGivers):
    """A giver of the name that is set."""

    name = ""

    async def find_giver(self, purchaser_id: str, reading: ReadSession) -> Giver | None:
        return Giver(purchaser_id, f"{purchaser_id}@givers.example.com", self.name)


@pytest.mark.parametrize("words", HARMFUL_TEXTS)
async def test_nothing_that_goes_out_does_harm(shop: GiftShop, words: str) -> None:
    givers = HarmfulNameGivers()
    givers.name = words
    shop.dependencies = replace(shop.dependencies, givers=givers)
    await shop.give(BY_EMAIL, message=words, wrap=words)
    await shop.give(RecipientDetails(phone=PHONE), message=words)
    await thank_giver(shop.latest_token(), words, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    link = f"https://shop.example/gift#{shop.latest_token()}"
    by_phone = f"https://shop.example/gift#{shop.latest_token(PHONE)}"
    mails = [
        part.replace(link, "")
        for entry in shop.sent.mails
        for part in (entry.subject, entry.text, entry.html or "")
    ]
    texts = [entry.text.replace(by_phone, "") for entry in shop.sent.texts]
    claim = await load_claim(shop.latest_token(), dependencies=shop.dependencies)
    assert claim is not None
    assert len(mails) == 6
    assert len(texts) == 1
    for entry in (*mails, *texts, claim.sender or "", claim.message or ""):
        assert harmful_parts(entry) == []
    assert {entry.subject for entry in shop.sent.mails} == {
        "A gift is waiting for you",
        "Thanks for your gift",
    }


@pytest.mark.parametrize("words", HARMFUL_TEXTS)
async def test_what_was_kept_before_it_was_cleaned_is_shown_clean(
    shop: GiftShop, words: str
) -> None:
    gift = await shop.give()
    stored_gift = replace(gift, note=replace(gift.note, sender=words, message=words))
    async with shop.database.read() as reading:
        token = await reading.gift_tokens.find(token_digest(shop.latest_token()))
    assert token is not None
    claim = await build_claim(token, stored_gift, shop.dependencies)
    letters = TemplateLetters()
    invitation = Invitation("", "T1", "Tea", 1, words, words, gift.deadline, reminder=False)
    letter = letters.write_invitation(invitation)
    notice = letters.write_notice(GiverNotice(NoticeKind.THANKED, "T1", "Tea", "x", message=words))
    texts = (
        letters.write_invitation_sms(invitation),
        letter.text,
        letter.html,
        notice.text,
        notice.html,
    )
    for shown_text in (*texts, claim.sender or "", claim.message or ""):
        assert harmful_parts(shown_text) == []
    assert len(claim.sender or "") <= 200
