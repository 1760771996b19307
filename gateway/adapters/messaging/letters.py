"""Letters from templates, with fixed subjects and with all text of users made safe."""

from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from gateway.engine.gifts.message_text import sanitize_message, sanitize_name
from gateway.services.ports.letters import GiverNotice, Invitation, Letter, NoticeKind

INVITATION_SUBJECT = "A gift is waiting for you"
REMINDER_SUBJECT = "Reminder: a gift is waiting for you"

HEADLINES = {
    NoticeKind.DISPATCHED: "Your gift is on its way",
    NoticeKind.DELIVERED: "Your gift has arrived",
    NoticeKind.FAILED: "Your gift could not be delivered",
    NoticeKind.NEEDED: "Your gift needs you",
    NoticeKind.THANKED: "Thanks for your gift",
}
EXPLANATIONS = {
    NoticeKind.DISPATCHED: "The carrier has it. We tell you again when it has arrived.",
    NoticeKind.DELIVERED: "The carrier has handed it over.",
    NoticeKind.FAILED: "Your money is released, or given back where it was taken.",
    NoticeKind.NEEDED: "We could not find out where it shall go. Another e-mail address,"
    " a phone number or the town where the recipient lives may help.",
    NoticeKind.THANKED: "The recipient writes:",
}
REASON_EXPLANATIONS = {
    "declined": "The recipient does not want it. Your money is released, or given back where it"
    " was taken.",
    "over_cap": "It costs more than you allowed. You may raise the limit, or cancel the gift.",
    "charge_refused": "Your payment was refused, or your bank wants you to confirm it. You may"
    " confirm it, choose another payment method, or cancel the gift.",
    "amount_refused": "This amount cannot be charged to your payment method. Another address for it"
    " may cost another amount, or you may cancel the gift.",
    "returned": "The carrier has brought it back. Where else shall it go?",
}
"""Explanations added to a notice, by the type of the event."""


class TemplateLetters:
    """Writes letters by the templates beside this module."""

    def write_invitation(self, invitation: Invitation) -> Letter:
        """The mail to a recipient."""
        subject = REMINDER_SUBJECT if invitation.reminder else INVITATION_SUBJECT
        return _render_letter("invitation", subject, _invitation_values(invitation))

    def write_invitation_sms(self, invitation: Invitation) -> str:
        """The text message to a recipient."""
        return _render("invitation.sms", _invitation_values(invitation))

    def write_notice(self, notice: GiverNotice) -> Letter:
        """The mail to a giver."""
        subject = HEADLINES[notice.kind]
        return _render_letter("notice", subject, _notice_values(notice))


def _render_letter(template: str, subject: str, values: dict[str, object]) -> Letter:
    text = _render(f"{template}.txt", values)
    html = _render(f"{template}.html", {**values, "subject": subject})
    return Letter(subject, text, html)


def _render(template: str, values: dict[str, object]) -> str:
    return _template_environment().get_template(template).render(values).strip() + "\n"


@cache
def _template_environment() -> Environment:
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
        "sender": sanitize_name(invitation.sender or "") or None,
        "message": sanitize_message(invitation.message or "") or None,
        "answer_by": _format_instant(invitation.answer_by),
        "reminder": invitation.reminder,
    }


def _notice_values(notice: GiverNotice) -> dict[str, object]:
    return {
        "headline": HEADLINES[notice.kind],
        "explanation": REASON_EXPLANATIONS.get(notice.reason, EXPLANATIONS[notice.kind]),
        "amount": notice.amount.text if notice.amount else None,
        "until": _format_instant(notice.until) if notice.until else None,
        "words": sanitize_message(notice.message or "") or None,
        "item": notice.item,
        "tracking_number": notice.tracking_number,
    }


def _format_instant(instant: datetime) -> str:
    return f"{instant:%d %B %Y}, {instant:%H:%M} UTC"
