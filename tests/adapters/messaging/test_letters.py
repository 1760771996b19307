"""Letters: plain and HTML, nothing typed runs, no subject can be steered."""

from datetime import UTC, datetime

import pytest

from gateway.adapters.messaging.letters import EXPLANATIONS, HEADLINES, TemplateLetters
from gateway.engine.money import Currency, Money
from gateway.services.ports.letters import GiverNotice, Invitation, NoticeKind

UNTIL = datetime(2026, 11, 16, 12, tzinfo=UTC)
INVITATION = Invitation(
    link="https://shop.example/gift#SECRET",
    tracking_number="T1",
    item="Tea",
    quantity=2,
    sender="<b>Ada</b>",
    message="Hi & bye\n<script>x</script>",
    answer_by=UNTIL,
    reminder=False,
)


def test_an_invitation_names_the_gift_and_links_to_it() -> None:  # R44
    letter = TemplateLetters().write_invitation(INVITATION)
    assert letter.subject == "A gift is waiting for you"
    for part in ("https://shop.example/gift#SECRET", "T1", "2 x Tea", "16 November 2026, 12:00"):
        assert part in letter.text
    assert "<script>x</script>" in letter.text
    assert "<script>" not in letter.html
    assert "&lt;b&gt;Ada&lt;/b&gt; (a name we have not verified)" in letter.html
    assert 'href="https://shop.example/gift#SECRET"' in letter.html


def test_an_unnamed_giver_stays_unnamed() -> None:
    from dataclasses import replace

    quiet = replace(INVITATION, sender=None, message=None, reminder=True)
    letter = TemplateLetters().write_invitation(quiet)
    assert letter.subject == "Reminder: a gift is waiting for you"
    assert letter.text.startswith("A reminder: Somebody has a gift for you: 2 x Tea.")
    assert "message" not in letter.text


def test_a_text_message_is_short() -> None:
    text = TemplateLetters().write_invitation_sms(INVITATION)
    assert text == (
        "<b>Ada</b> (not verified) has a gift for you (T1). See, accept or decline it:"
        " https://shop.example/gift#SECRET\n"
    )


@pytest.mark.parametrize("news", NoticeKind)
def test_notices(news: NoticeKind) -> None:  # R59
    notice = GiverNotice(news, "T1", "Tea", "x", Money(1800, Currency("USD", 2)), UNTIL, "Lovely!")
    letter = TemplateLetters().write_notice(notice)
    assert letter.subject == HEADLINES[news]
    assert letter.text == (
        f"{HEADLINES[news]}\n\n{EXPLANATIONS[news]}\n\nIt would cost 18.00 USD in all.\n\nLovely!\n"
        "\nPlease answer by 16 November 2026, 12:00 UTC.\n\nGift: Tea\nTracking number: T1\n"
    )
    assert "Lovely!" in letter.html


def test_an_events_type_may_say_more() -> None:
    letter = TemplateLetters().write_notice(GiverNotice(NoticeKind.NEEDED, "T1", "Tea", "over_cap"))
    assert letter.text == (
        "Your gift needs you\n\nIt costs more than you allowed. You may raise the limit, or cancel"
        " the gift.\n\nGift: Tea\nTracking number: T1\n"
    )
