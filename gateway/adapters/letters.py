"""Letters written from templates: fixed subjects, all that a person typed harmless and escaped."""

from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from gateway.engine.gifts.words import harmless_message, harmless_name
from gateway.engine.money import Money
from gateway.services.ports.letters import Invitation, Letter, News, Notice

INVITATION = "A gift is waiting for you"
REMINDER = "Reminder: a gift is waiting for you"

HEADLINES = {
    News.DISPATCHED: "Your gift is on its way",
    News.DELIVERED: "Your gift has arrived",
    News.FAILED: "Your gift could not be delivered",
    News.NEEDED: "Your gift needs you",
    News.THANKED: "Thanks for your gift",
}
EXPLANATIONS = {
    News.DISPATCHED: "The carrier has it. We tell you again when it has arrived.",
    News.DELIVERED: "The carrier has handed it over.",
    News.FAILED: "Your money is released, or given back where it was taken.",
    News.NEEDED: "We could not find out where it shall go. Another e-mail address, a phone number"
    " or the town where the recipient lives may help.",
    News.THANKED: "The recipient writes:",
}
REASONS = {
    "declined": "The recipient does not want it. Your money is released, or given back where it"
    " was taken.",
    "over_cap": "It costs more than you allowed. You may raise the limit, or cancel the gift.",
    "charge_refused": "Your payment was refused, or your bank wants you to confirm it. You may"
    " confirm it, choose another payment method, or cancel the gift.",
    "returned": "The carrier has brought it back. Where else shall it go?",
}
"""What an event's type adds to the news it makes."""


class TemplateLetters:
    """The letters of the templates beside this module."""

    def invitation(self, invitation: Invitation) -> Letter:
        """The mail to a recipient."""
        subject = REMINDER if invitation.reminder else INVITATION
        return _letter("invitation", subject, _invitation_values(invitation))

    def invitation_text(self, invitation: Invitation) -> str:
        """The text message to a recipient."""
        return _rendered("invitation.sms", _invitation_values(invitation))

    def notice(self, notice: Notice) -> Letter:
        """The mail to a giver."""
        subject = HEADLINES[notice.news]
        return _letter("notice", subject, _notice_values(notice))


def _letter(template: str, subject: str, values: dict[str, object]) -> Letter:
    text = _rendered(f"{template}.txt", values)
    html = _rendered(f"{template}.html", {**values, "subject": subject})
    return Letter(subject, text, html)


def _rendered(template: str, values: dict[str, object]) -> str:
    return _environment().get_template(template).render(values).strip() + "\n"


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("gateway.adapters", "letter_templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


def _invitation_values(invitation: Invitation) -> dict[str, object]:
    return {
        "link": invitation.link,
        "tracking_number": invitation.tracking_number,
        "item": invitation.item,
        "quantity": invitation.quantity,
        "sender": harmless_name(invitation.sender or "") or None,
        "message": harmless_message(invitation.message or "") or None,
        "answer_by": _day(invitation.answer_by),
        "reminder": invitation.reminder,
    }


def _notice_values(notice: Notice) -> dict[str, object]:
    return {
        "headline": HEADLINES[notice.news],
        "explanation": REASONS.get(notice.reason, EXPLANATIONS[notice.news]),
        "amount": _amount(notice.amount) if notice.amount else None,
        "until": _day(notice.until) if notice.until else None,
        "words": harmless_message(notice.words or "") or None,
        "item": notice.item,
        "tracking_number": notice.tracking_number,
    }


def _day(instant: datetime) -> str:
    return f"{instant:%d %B %Y}, {instant:%H:%M} UTC"


def _amount(amount: Money) -> str:
    return f"{amount.amount} {amount.currency.code}"
