"""Notifications of a gift's progress: messages to giver and recipient, webhook calls."""

from datetime import datetime
from urllib.parse import quote

import orjson

from gateway.engine.gifts.channels import count_message, postpone_message
from gateway.engine.gifts.events import GiftLogEntry
from gateway.engine.gifts.gift import ChannelKind, Gift
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.steps import SendInvitation
from gateway.services.gifts.contact_limits import reserve_message
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_records import recipient_subject
from gateway.services.gifts.links import create_link
from gateway.services.outbox import OutboxMessage, mail_message, sms_message
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.gifts import GiftEvent
from gateway.services.ports.letters import GiverNotice, Invitation, NoticeKind
from gateway.services.ports.messages import Mail, Sms
from gateway.services.ports.outbox import MessageKind

_NOTICE_KINDS = {
    GiftStatus.DISPATCHED: NoticeKind.DISPATCHED,
    GiftStatus.DELIVERED: NoticeKind.DELIVERED,
    GiftStatus.UNDELIVERABLE: NoticeKind.FAILED,
    GiftStatus.DECLINED: NoticeKind.FAILED,
    GiftStatus.AWAITING_GIVER: NoticeKind.NEEDED,
}
"""Statuses of which the giver is notified; not cancellation, which is the giver's own."""


async def post_invitation(
    gift: Gift,
    step: SendInvitation,
    now: datetime,
    *,
    work: UnitOfWork,
    dependencies: GiftDependencies,
) -> Gift:
    """Send an invitation with a new link; returns the gift.

    The gift waits if the daily limit of messages to the contact is reached.
    """
    allowed_at = await reserve_message(
        step.channel.contact, now, work=work, dependencies=dependencies
    )
    if allowed_at > now:
        return postpone_message(gift, allowed_at, dependencies.rules)
    link = await create_link(gift, step.channel, work=work, dependencies=dependencies)
    invitation = Invitation(
        link=link,
        tracking_number=gift.tracking_number,
        item=gift.item.title,
        quantity=gift.item.quantity,
        sender=gift.note.sender,
        message=gift.note.message,
        answer_by=gift.deadline,
        reminder=step.reminder,
    )
    outbox_message = _build_invitation_message(gift, step, invitation, dependencies)
    await dependencies.outbox_writer.post(outbox_message, due=now, now=now, work=work)
    return count_message(gift)


def _build_invitation_message(
    gift: Gift, step: SendInvitation, invitation: Invitation, dependencies: GiftDependencies
) -> OutboxMessage:
    channel, subject = step.channel, recipient_subject(gift.id)
    # Channels are tried once and in order, so index and count make a permanent unique key.
    key = f"{gift.id}.{gift.channels.index(channel)}.{channel.messages + 1}"
    if channel.kind is ChannelKind.SMS:
        text = dependencies.letters.write_invitation_sms(invitation)
        return sms_message(Sms(key, channel.contact, text), subject=subject)
    letter = dependencies.letters.write_invitation(invitation)
    invitation_mail = Mail(key, channel.contact, letter.subject, letter.text, letter.html)
    return mail_message(invitation_mail, subject=subject)


async def notify_giver(
    gift: Gift, log_entry: GiftLogEntry, *, work: UnitOfWork, dependencies: GiftDependencies
) -> None:
    """Notify the giver of ``log_entry``, once, if its status is notified."""
    notice_kind = _NOTICE_KINDS.get(log_entry.status)
    if notice_kind is None or log_entry.type is EventType.CREATED:
        return
    notice = GiverNotice(
        kind=notice_kind,
        tracking_number=gift.tracking_number,
        item=gift.item.title,
        reason=log_entry.type.value,
        amount=gift.charges.needed if notice_kind is NoticeKind.NEEDED else None,
        until=gift.giver_due if notice_kind is NoticeKind.NEEDED else None,
    )
    key = f"{gift.id}.{notice_kind.value.lower()}.{log_entry.sequence}"
    await post_notice(
        gift, notice, key, log_entry.occurred_at, work=work, dependencies=dependencies
    )


async def request_confirmation(
    gift: Gift, now: datetime, *, work: UnitOfWork, dependencies: GiftDependencies
) -> None:
    """Notify the giver, once, that the pending hold needs confirmation with the bank."""
    charges = gift.charges
    pending_hold = charges.pending_hold
    if pending_hold is None:
        return
    notice = GiverNotice(
        kind=NoticeKind.NEEDED,
        tracking_number=gift.tracking_number,
        item=gift.item.title,
        reason=EventType.CHARGE_REFUSED.value,
        amount=pending_hold.amount,
    )
    key = f"{gift.id}.confirm.{charges.attempts}"
    await post_notice(gift, notice, key, now, work=work, dependencies=dependencies)


async def post_notice(
    gift: Gift,
    notice: GiverNotice,
    key: str,
    now: datetime,
    *,
    work: UnitOfWork,
    dependencies: GiftDependencies,
) -> None:
    """Send ``notice`` to the giver, unless they were erased."""
    giver = await dependencies.givers.find_giver(gift.giver_id, work)
    if giver is None or not giver.email:
        return
    letter = dependencies.letters.write_notice(notice)
    notice_mail = Mail(key, giver.email, letter.subject, letter.text, letter.html)
    await dependencies.outbox_writer.post(
        mail_message(notice_mail, subject=gift.giver_id), due=now, now=now, work=work
    )


async def post_webhooks(
    event: GiftEvent, *, work: UnitOfWork, dependencies: GiftDependencies
) -> None:
    """Add a webhook call with ``event`` to the outbox for each endpoint of its partner."""
    if event.partner_id is None:
        return
    for webhook in await work.webhooks.list_by_partner(event.partner_id):
        if webhook.disabled_at is not None:
            continue
        body = orjson.dumps(
            {"webhook": webhook.id, "event": event.id, "body": _webhook_payload(event)}
        )
        key = f"{quote(event.id)}.{webhook.id}"
        outbox_message = OutboxMessage(key, MessageKind.WEBHOOK, webhook.id, body)
        occurred_at = event.occurred_at
        await dependencies.outbox_writer.post(
            outbox_message, due=occurred_at, now=occurred_at, work=work
        )


def _webhook_payload(event: GiftEvent) -> str:
    """The payload of ``event`` without personal data, in the form of Standard Webhooks."""
    return orjson.dumps(
        {
            "type": f"gift.{event.type}",
            "timestamp": event.occurred_at.isoformat(),
            "data": {
                "id": event.id,
                "giftId": event.gift_id,
                "sequence": event.sequence,
                "type": event.type,
                "status": event.status,
                "occurredAt": event.occurred_at.isoformat(),
            },
        }
    ).decode()
