"""What a recipient sees and does through the secret link."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.engine.gifts.candidates import address_key
from gateway.engine.gifts.events import Declined, Event, Replied
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.tokens import GiftToken, Scope
from gateway.engine.gifts.transitions import Refused
from gateway.engine.gifts.values import Candidate, Gift, Speaker
from gateway.engine.gifts.words import harmless_message, harmless_name
from gateway.engine.places import PostalAddress
from gateway.engine.problems import Caution, ErrorCode, UserError, WarningCode
from gateway.engine.sufficiency import Assessment, Finding, Level, assess, name_findings
from gateway.services.gifts.keeping import announce, fetched, happen
from gateway.services.gifts.links import digest_of
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.recipients import LONGEST_TEXT, text_errors
from gateway.services.gifts.records import KeptGift
from gateway.services.outcomes import Outcome, refused
from gateway.services.ports.database import Reading, Stale, Work
from gateway.services.ports.gift_pricing import Exchange

LONGEST_REASON = 2_000
REPLY_FROM = frozenset(
    {
        GiftStatus.AWAITING_RECIPIENT,
        GiftStatus.SEARCHING,
        GiftStatus.VERIFYING,
        GiftStatus.AWAITING_GIVER,
    }
)
DECLINE_FROM = REPLY_FROM | {GiftStatus.RESOLVED}


@dataclass(frozen=True, slots=True)
class GiftClaim:
    """A gift as its recipient sees it; ``sender`` is empty where the giver stays unnamed.

    ``tracking_url`` leads to the carrier's page.
    """

    status: GiftStatus
    sender: str | None = field(repr=False)
    message: str | None = field(repr=False)
    item_title: str
    expires_at: datetime | None
    can_accept: bool
    can_decline: bool
    exchange_options: tuple[Exchange, ...] = ()
    tracking_url: str | None = field(default=None, repr=False)

    @property
    def can_exchange(self) -> bool:
        """Whether the recipient may take something else."""
        return bool(self.exchange_options)


@dataclass(frozen=True, slots=True)
class Opened:
    """A valid link and the gift behind it."""

    token: GiftToken
    held: KeptGift


def invalid_token() -> UserError:
    """The one answer for links that are unknown, expired, revoked or used up."""
    return UserError(ErrorCode.INVALID_TOKEN, ("input", "token"), "This link is not valid.")


async def opened(secret: str, scope: Scope, *, reading: Reading, parts: GiftParts) -> Opened | None:
    """What the link ``secret`` leads to, if it may do ``scope`` now."""
    token = await reading.gift_tokens.find(digest_of(secret))
    if token is None or not token.allows(scope, parts.clock.now()):
        return None
    held = await fetched(token.gift_id, reading=reading, parts=parts)
    return None if held is None else Opened(token, held)


async def read_claim(secret: str, *, parts: GiftParts) -> GiftClaim | None:
    """The gift behind the link; reading changes nothing."""
    async with parts.database.read() as reading:
        found = await opened(secret, Scope.VIEW, reading=reading, parts=parts)
    return None if found is None else await claim_of(found.token, found.held.gift, parts)


async def claim_of(token: GiftToken, gift: Gift, parts: GiftParts) -> GiftClaim:
    """``gift`` as the holder of ``token`` sees it."""
    accepting = gift.status in REPLY_FROM and Scope.ACCEPT in token.scopes
    exchangeable = accepting and parts.policy.gifts.exchangeable
    options = await _options(gift, parts) if exchangeable else ()
    return GiftClaim(
        status=gift.status,
        sender=harmless_name(gift.note.sender or "") or None,
        message=harmless_message(gift.note.message or "") or None,
        item_title=gift.item.title,
        expires_at=None if gift.settled else gift.ends_at,
        can_accept=accepting,
        can_decline=gift.status in DECLINE_FROM,
        exchange_options=options,
        tracking_url=_tracking_url(token, gift),
    )


def _tracking_url(token: GiftToken, gift: Gift) -> str | None:
    """The carrier's page, for who gave the address by this very link.

    It may name the place. A link proves no more than that its holder reads a contact the giver
    typed, which may be the giver's own.
    """
    answered = Scope.ACCEPT not in token.scopes
    mine = answered and gift.sent_where_said_through(token.blind)
    return gift.tracking_url if mine else None


async def _options(gift: Gift, parts: GiftParts) -> tuple[Exchange, ...]:
    return await parts.pricing.exchanges(gift.item.variant_id, gift.item.quantity)


async def accept(
    secret: str, address: PostalAddress, *, confirm_warnings: bool, parts: GiftParts
) -> Outcome[GiftClaim]:
    """The claim once its recipient has given ``address``; a link accepts once."""
    judged = assess(address, parts.countries.rules(address.country))
    errors = tuple(_card_errors(judged.address)) or tuple(
        _address_errors(judged, confirmed=confirm_warnings)
    )
    for _ in range(ATTEMPTS):
        try:
            outcome = await _accepted(secret, judged, errors, parts)
        except Stale:
            continue
        # Of an address that nobody with this link may give nothing is said.
        return outcome if outcome.value is None else replace(outcome, warnings=_doubts(judged))
    return refused(ErrorCode.VERSION_CONFLICT, None, "The gift is changing: try again.")


ATTEMPTS = 5
"""How often a change is tried against a gift that moves meanwhile."""


async def _accepted(
    secret: str, judged: Assessment, errors: tuple[UserError, ...], parts: GiftParts
) -> Outcome[GiftClaim]:
    async with parts.database.begin() as work:
        found = await opened(secret, Scope.ACCEPT, reading=work, parts=parts)
        if found is None:
            return Outcome(user_errors=(invalid_token(),))
        if found.held.gift.status not in REPLY_FROM:
            return _too_late()
        if not errors:
            replied = await _replied(found, judged, parts.clock.now(), work, parts)
    if errors:
        return Outcome(await claim_of(found.token, found.held.gift, parts), errors)
    await announce(replied.gift, parts=parts)
    return Outcome(await claim_of(_spent(found.token), replied.gift, parts))


async def _replied(
    found: Opened, judged: Assessment, now: datetime, work: Work, parts: GiftParts
) -> KeptGift:
    token, gift = found.token, found.held.gift
    awaited = gift.status is GiftStatus.AWAITING_RECIPIENT
    candidate = Candidate(
        address_key(judged.address),
        judged.address,
        judged.level,
        said_by=Speaker.RECIPIENT,
        said_through=token.blind,
    )
    event = Replied(EventType.REPLY if awaited else EventType.LATE_REPLY, now, candidate)
    await work.gift_tokens.narrow(token.digest, token.scopes - {Scope.ACCEPT})
    await work.gift_contacts.verified(gift.id, token.blind)
    return _done(await happen(found.held, event, work=work, parts=parts))


def _done(after: KeptGift | Refused) -> KeptGift:
    if isinstance(after, Refused):
        # The status was looked at in this very transaction.
        raise Stale(after.event)
    return after


def _spent(token: GiftToken) -> GiftToken:
    scopes = token.scopes - {Scope.ACCEPT}
    return GiftToken(
        token.digest, token.gift_id, scopes, token.channel, token.blind, token.expires_at
    )


def _too_late() -> Outcome[GiftClaim]:
    return refused(ErrorCode.NOT_MODIFIABLE, None, "It is too late for this.")


def _card_errors(address: PostalAddress) -> Iterator[UserError]:
    path = ("input", "address")
    yield from text_errors(address.name, (*path, "name"), LONGEST_TEXT)
    yield from text_errors(address.region or "", (*path, "region"), LONGEST_TEXT)
    yield from text_errors(address.city or "", (*path, "city"), LONGEST_TEXT)
    yield from text_errors(address.postal_code or "", (*path, "postalCode"), LONGEST_TEXT)
    yield from text_errors(" ".join(address.lines), (*path, "lines"), 10 * LONGEST_TEXT)


def _address_errors(judged: Assessment, *, confirmed: bool) -> list[UserError]:
    found = (*name_findings(judged.address), *judged.findings)
    kept = [each for each in found if not (confirmed and each.level is Level.WARNING)]
    return [address_error(each, ("input", "address")) for each in kept]


def _doubts(judged: Assessment) -> tuple[Caution, ...]:
    """What of the address may be confirmed, so that clients can tell it from what may not."""
    return tuple(
        Caution(WarningCode.ADDRESS_DOUBTFUL, each.field.value, _words(each))
        for each in judged.findings
        if each.level is Level.WARNING
    )


def address_error(finding: Finding, path: tuple[str, ...]) -> UserError:
    """``finding`` as an error of the address at ``path``, its suggestions in words."""
    return UserError(ErrorCode.ADDRESS_INSUFFICIENT, (*path, finding.field.value), _words(finding))


def _words(finding: Finding) -> str:
    meant = f" Perhaps {' or '.join(finding.suggestions)}?" if finding.suggestions else ""
    return f"{finding.message}{meant}"


async def decline(secret: str, reason: str | None, *, parts: GiftParts) -> Outcome[GiftClaim]:
    """The claim once its recipient has declined; the giver is not told why."""
    errors = tuple(text_errors(reason or "", ("input", "reason"), LONGEST_REASON))
    if errors:
        return Outcome(user_errors=errors)
    for _ in range(ATTEMPTS):
        try:
            return await _declined(secret, Declined(parts.clock.now(), reason or None), parts)
        except Stale:
            continue
    return refused(ErrorCode.VERSION_CONFLICT, None, "The gift is changing: try again.")


async def _declined(secret: str, event: Event, parts: GiftParts) -> Outcome[GiftClaim]:
    async with parts.database.begin() as work:
        found = await opened(secret, Scope.VIEW, reading=work, parts=parts)
        if found is None:
            return Outcome(user_errors=(invalid_token(),))
        after = await happen(found.held, event, work=work, parts=parts)
        if isinstance(after, Refused):
            return _too_late()
    await announce(after.gift, parts=parts)
    return Outcome(await claim_of(found.token, after.gift, parts))
