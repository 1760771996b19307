"""Finding "a sender's name that is a link": whatever one person reads of another is harmless."""

from dataclasses import replace

import pytest

from gateway.adapters.letters import TemplateLetters
from gateway.services.gifts.claims import claim_of, read_claim
from gateway.services.gifts.links import digest_of
from gateway.services.gifts.requests import RecipientDetails
from gateway.services.gifts.wishes import thank
from gateway.services.ports.database import Reading
from gateway.services.ports.givers import Giver
from gateway.services.ports.letters import Invitation, News, Notice
from tests.engine.gifts.test_words import harmful
from tests.services.gifts.shop import BY_EMAIL, MadeUpGivers, Shop

PHONE = "+14155552671"
NASTY = (
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


class NastyGivers(MadeUpGivers):
    """A giver of the name that is set."""

    name = ""

    async def giver(self, purchaser_id: str, reading: Reading) -> Giver | None:
        return Giver(purchaser_id, f"{purchaser_id}@givers.example.com", self.name)


@pytest.mark.parametrize("words", NASTY)
async def test_nothing_that_goes_out_does_harm(shop: Shop, words: str) -> None:
    givers = NastyGivers()
    givers.name = words
    shop.parts = replace(shop.parts, givers=givers)
    await shop.give(BY_EMAIL, message=words, wrap=words)
    await shop.give(RecipientDetails(phone=PHONE), message=words)
    await thank(shop.token(), words, parts=shop.parts)
    await shop.turn()
    link = f"https://shop.example/gift#{shop.token()}"
    by_phone = f"https://shop.example/gift#{shop.token(PHONE)}"
    mails = [
        part.replace(link, "")
        for each in shop.sent.mails
        for part in (each.subject, each.text, each.html or "")
    ]
    texts = [each.text.replace(by_phone, "") for each in shop.sent.texts]
    claim = await read_claim(shop.token(), parts=shop.parts)
    assert claim is not None
    assert len(mails) == 6
    assert len(texts) == 1
    for each in (*mails, *texts, claim.sender or "", claim.message or ""):
        assert harmful(each) == []
    assert {each.subject for each in shop.sent.mails} == {
        "A gift is waiting for you",
        "Thanks for your gift",
    }


@pytest.mark.parametrize("words", NASTY)
async def test_what_was_kept_before_it_was_cleaned_is_shown_clean(shop: Shop, words: str) -> None:
    gift = await shop.give()
    kept = replace(gift, note=replace(gift.note, sender=words, message=words))
    async with shop.database.read() as reading:
        token = await reading.gift_tokens.find(digest_of(shop.token()))
    assert token is not None
    claim = await claim_of(token, kept, shop.parts)
    letters = TemplateLetters()
    invitation = Invitation("", "T1", "Tea", 1, words, words, gift.deadline, reminder=False)
    letter = letters.invitation(invitation)
    notice = letters.notice(Notice(News.THANKED, "T1", "Tea", "x", words=words))
    texts = (
        letters.invitation_text(invitation),
        letter.text,
        letter.html,
        notice.text,
        notice.html,
    )
    for each in (*texts, claim.sender or "", claim.message or ""):
        assert harmful(each) == []
    assert len(claim.sender or "") <= 100
