"""What goes out with a gift's progress: letters to both, and calls to partners' webhooks."""

from datetime import datetime
from urllib.parse import quote

import orjson

from gateway.engine.gifts.channels import message_sent, put_off
from gateway.engine.gifts.events import EventRecord
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.steps import Send
from gateway.engine.gifts.values import ChannelKind, Gift
from gateway.services.gifts.allowance import free_or_taken
from gateway.services.gifts.links import new_link
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.records import recipient_of
from gateway.services.outbox import Posting, mail, sms
from gateway.services.ports.database import Work
from gateway.services.ports.gifts import LoggedEvent
from gateway.services.ports.letters import Invitation, News, Notice
from gateway.services.ports.messages import Mail, Sms
from gateway.services.ports.outbox import MessageKind

_NEWS = {
    GiftStatus.DISPATCHED: News.DISPATCHED,
    GiftStatus.DELIVERED: News.DELIVERED,
    GiftStatus.UNDELIVERABLE: News.FAILED,
    GiftStatus.DECLINED: News.FAILED,
    GiftStatus.AWAITING_GIVER: News.NEEDED,
}
"""What the giver is told of; a cancellation is the giver's own."""


async def invite(gift: Gift, step: Send, now: datetime, *, work: Work, parts: GiftParts) -> Gift:
    """The gift once its recipient is written to, with a new link.

    Or as it waits where they were sent a day's messages already, by whomever.
    """
    free_at = await free_or_taken(step.channel.contact, now, work=work, parts=parts)
    if free_at > now:
        return put_off(gift, free_at, parts.rules)
    link = await new_link(gift, step.channel, work=work, parts=parts)
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
    posting = _invitation(gift, step, invitation, parts)
    await parts.poster.post(posting, due=now, now=now, work=work)
    return message_sent(gift)


def _invitation(gift: Gift, step: Send, invitation: Invitation, parts: GiftParts) -> Posting:
    channel, subject = step.channel, recipient_of(gift.id)
    # Channels are tried once each and in order: their place and the count make a key for good.
    key = f"{gift.id}.{gift.channels.index(channel)}.{channel.messages + 1}"
    if channel.kind is ChannelKind.SMS:
        text = parts.letters.invitation_text(invitation)
        return sms(Sms(key, channel.contact, text), subject=subject)
    letter = parts.letters.invitation(invitation)
    written = Mail(key, channel.contact, letter.subject, letter.text, letter.html)
    return mail(written, subject=subject)


async def tell_giver(gift: Gift, record: EventRecord, *, work: Work, parts: GiftParts) -> None:
    """Tell the giver of ``record``, if it is of interest, once."""
    news = _NEWS.get(record.status)
    if news is None or record.type is EventType.CREATED:
        return
    notice = Notice(
        news=news,
        tracking_number=gift.tracking_number,
        item=gift.item.title,
        reason=record.type.value,
        amount=gift.charges.needed if news is News.NEEDED else None,
        until=gift.giver_due if news is News.NEEDED else None,
    )
    key = f"{gift.id}.{news.value.lower()}.{record.sequence}"
    await tell(gift, notice, key, record.occurred_at, work=work, parts=parts)


async def ask_to_confirm(gift: Gift, now: datetime, *, work: Work, parts: GiftParts) -> None:
    """Tell the giver, once, that the pending hold is to be confirmed with the bank."""
    charges = gift.charges
    pending = charges.pending_hold
    if pending is None:
        return
    notice = Notice(
        news=News.NEEDED,
        tracking_number=gift.tracking_number,
        item=gift.item.title,
        reason=EventType.CHARGE_REFUSED.value,
        amount=pending.amount,
    )
    key = f"{gift.id}.confirm.{charges.attempts}"
    await tell(gift, notice, key, now, work=work, parts=parts)


async def tell(
    gift: Gift, notice: Notice, key: str, now: datetime, *, work: Work, parts: GiftParts
) -> None:
    """Write ``notice`` to the giver, unless they have no address."""
    giver = await parts.givers.giver(gift.giver_id, work)
    if giver is None or not giver.email:
        return
    letter = parts.letters.notice(notice)
    written = Mail(key, giver.email, letter.subject, letter.text, letter.html)
    await parts.poster.post(mail(written, subject=gift.giver_id), due=now, now=now, work=work)


async def call_partner(event: LoggedEvent, *, work: Work, parts: GiftParts) -> None:
    """Post ``event`` to every endpoint of its partner."""
    if event.partner_id is None:
        return
    for webhook in await work.webhooks.of_partner(event.partner_id):
        if webhook.disabled_at is not None:
            continue
        body = orjson.dumps({"webhook": webhook.id, "event": event.id, "body": _payload(event)})
        key = f"{quote(event.id)}.{webhook.id}"
        posting = Posting(key, MessageKind.WEBHOOK, webhook.id, body)
        at = event.occurred_at
        await parts.poster.post(posting, due=at, now=at, work=work)


def _payload(event: LoggedEvent) -> str:
    """The reduced payload that partners get, as Standard Webhooks shape it."""
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
