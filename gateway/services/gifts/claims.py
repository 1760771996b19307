"""Claims: gifts as their recipients see and answer them through the secret link."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.addresses.validation import (
    AddressAssessment,
    AddressFinding,
    AddressVerdict,
    assess_address,
    name_findings,
)
from gateway.engine.gifts.candidates import address_key
from gateway.engine.gifts.events import GiftDomainEvent, RecipientDeclined, RecipientReplied
from gateway.engine.gifts.gift import AddressCandidate, Gift, StatedBy
from gateway.engine.gifts.message_text import sanitize_message, sanitize_name
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.tokens import GiftToken, TokenScope
from gateway.engine.gifts.transitions import TransitionRefused
from gateway.engine.user_errors import ErrorCode, RequestWarning, UserError, WarningCode
from gateway.services.conflicts import changing_outcome, retry_on_conflict
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_records import VersionedGift
from gateway.services.gifts.gift_store import announce_change, load_gift, save_event
from gateway.services.gifts.links import token_digest
from gateway.services.gifts.recipient_checks import MAX_TEXT_LENGTH, text_errors
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import ReadSession, UnitOfWork, VersionConflict
from gateway.services.ports.gift_pricing import ExchangeOption

MAX_REASON_LENGTH = 2_000
ACCEPTABLE_STATUSES = frozenset(
    {
        GiftStatus.AWAITING_RECIPIENT,
        GiftStatus.SEARCHING,
        GiftStatus.VERIFYING,
        GiftStatus.AWAITING_GIVER,
    }
)
DECLINABLE_STATUSES = ACCEPTABLE_STATUSES | {GiftStatus.RESOLVED}


@dataclass(frozen=True, slots=True)
class GiftClaim:
    """A gift as its recipient sees it; ``sender`` is empty where the giver stays unnamed.

    ``tracking_url`` is the carrier's page.
    """

    status: GiftStatus
    sender: str | None = field(repr=False)
    message: str | None = field(repr=False)
    item_title: str
    expires_at: datetime | None
    can_accept: bool
    can_decline: bool
    exchange_options: tuple[ExchangeOption, ...] = ()
    tracking_url: str | None = field(default=None, repr=False)

    @property
    def can_exchange(self) -> bool:
        """Whether the recipient may exchange the gift."""
        return bool(self.exchange_options)


@dataclass(frozen=True, slots=True)
class OpenedClaim:
    """A valid link and its gift."""

    token: GiftToken
    versioned_gift: VersionedGift


def invalid_token() -> UserError:
    """The error for a link that is unknown, expired, revoked or used."""
    return UserError(ErrorCode.INVALID_TOKEN, ("input", "token"), "This link is not valid.")


async def open_link(
    secret: str, scope: TokenScope, *, reading: ReadSession, dependencies: GiftDependencies
) -> OpenedClaim | None:
    """The claim of the link ``secret``; None if the link does not allow ``scope`` now."""
    token = await reading.gift_tokens.find(token_digest(secret))
    if token is None or not token.allows(scope, dependencies.clock.now()):
        return None
    versioned_gift = await load_gift(token.gift_id, reading=reading, dependencies=dependencies)
    return None if versioned_gift is None else OpenedClaim(token, versioned_gift)


async def load_claim(secret: str, *, dependencies: GiftDependencies) -> GiftClaim | None:
    """The claim of the link ``secret``, or None; changes nothing."""
    async with dependencies.database.read() as reading:
        opened_claim = await open_link(
            secret, TokenScope.VIEW, reading=reading, dependencies=dependencies
        )
    return (
        None
        if opened_claim is None
        else await build_claim(opened_claim.token, opened_claim.versioned_gift.gift, dependencies)
    )


async def build_claim(token: GiftToken, gift: Gift, dependencies: GiftDependencies) -> GiftClaim:
    """The view of ``gift`` for the holder of ``token``."""
    can_accept = gift.status in ACCEPTABLE_STATUSES and TokenScope.ACCEPT in token.scopes
    can_exchange = can_accept and dependencies.policy.gifts.exchangeable
    options = await _list_exchange_options(gift, dependencies) if can_exchange else ()
    return GiftClaim(
        status=gift.status,
        sender=sanitize_name(gift.note.sender or "") or None,
        message=sanitize_message(gift.note.message or "") or None,
        item_title=gift.item.title,
        expires_at=None if gift.settled else gift.ends_at,
        can_accept=can_accept,
        can_decline=gift.status in DECLINABLE_STATUSES,
        exchange_options=options,
        tracking_url=_tracking_url(token, gift),
    )


def _tracking_url(token: GiftToken, gift: Gift) -> str | None:
    """The URL of the carrier's page, if the address was given through this link.

    The page may show the place, and the holder of another link may be the giver, who typed the
    contact that the link was sent to.
    """
    has_answered = TokenScope.ACCEPT not in token.scopes
    is_own_answer = has_answered and gift.is_sent_to_address_stated_through(token.contact_index)
    return gift.tracking_url if is_own_answer else None


async def _list_exchange_options(
    gift: Gift, dependencies: GiftDependencies
) -> tuple[ExchangeOption, ...]:
    return await dependencies.pricing.list_exchange_options(
        gift.item.variant_id, gift.item.quantity
    )


async def accept_gift(
    secret: str, address: PostalAddress, *, confirm_warnings: bool, dependencies: GiftDependencies
) -> Outcome[GiftClaim]:
    """Accept the gift with ``address``, once for each link; returns the claim."""
    assessment = assess_address(address, dependencies.countries.rules_for(address.country))
    errors = tuple(_address_text_errors(assessment.address)) or tuple(
        _address_errors(assessment, warnings_confirmed=confirm_warnings)
    )
    outcome: Outcome[GiftClaim] = await retry_on_conflict(
        lambda: _try_accept(secret, assessment, errors, dependencies),
        changing_outcome("gift", None),
    )
    # A link that may not accept learns nothing about the address either.
    return (
        outcome
        if outcome.value is None
        else replace(outcome, warnings=_address_warnings(assessment))
    )


async def _try_accept(
    secret: str,
    assessment: AddressAssessment,
    errors: tuple[UserError, ...],
    dependencies: GiftDependencies,
) -> Outcome[GiftClaim]:
    async with dependencies.database.begin() as work:
        opened_claim = await open_link(
            secret, TokenScope.ACCEPT, reading=work, dependencies=dependencies
        )
        if opened_claim is None:
            return Outcome(user_errors=(invalid_token(),))
        if opened_claim.versioned_gift.gift.status not in ACCEPTABLE_STATUSES:
            return _too_late_outcome()
        if not errors:
            answered_gift = await _record_reply(
                opened_claim, assessment, dependencies.clock.now(), work, dependencies
            )
    if errors:
        return Outcome(
            await build_claim(opened_claim.token, opened_claim.versioned_gift.gift, dependencies),
            errors,
        )
    await announce_change(answered_gift.gift, dependencies=dependencies)
    return Outcome(
        await build_claim(
            _without_accept_scope(opened_claim.token), answered_gift.gift, dependencies
        )
    )


async def _record_reply(
    opened_claim: OpenedClaim,
    assessment: AddressAssessment,
    now: datetime,
    work: UnitOfWork,
    dependencies: GiftDependencies,
) -> VersionedGift:
    token, gift = opened_claim.token, opened_claim.versioned_gift.gift
    is_awaited = gift.status is GiftStatus.AWAITING_RECIPIENT
    candidate = AddressCandidate(
        address_key(assessment.address),
        assessment.address,
        assessment.level,
        said_by=StatedBy.RECIPIENT,
        said_through=token.contact_index,
    )
    event = RecipientReplied(
        EventType.REPLY if is_awaited else EventType.LATE_REPLY, now, candidate
    )
    await work.gift_tokens.restrict_scopes(token.digest, token.scopes - {TokenScope.ACCEPT})
    await work.gift_contacts.mark_verified(gift.id, token.contact_index)
    return _require_applied(
        await save_event(opened_claim.versioned_gift, event, work=work, dependencies=dependencies)
    )


def _require_applied(result: VersionedGift | TransitionRefused) -> VersionedGift:
    if isinstance(result, TransitionRefused):
        # The status was checked in this transaction.
        raise VersionConflict(result.event)
    return result


def _without_accept_scope(token: GiftToken) -> GiftToken:
    scopes = token.scopes - {TokenScope.ACCEPT}
    return GiftToken(
        token.digest, token.gift_id, scopes, token.channel, token.contact_index, token.expires_at
    )


def _too_late_outcome() -> Outcome[GiftClaim]:
    return error_outcome(ErrorCode.NOT_MODIFIABLE, None, "It is too late for this.")


def _address_text_errors(address: PostalAddress) -> Iterator[UserError]:
    path = ("input", "address")
    yield from text_errors(address.name, (*path, "name"), MAX_TEXT_LENGTH)
    yield from text_errors(address.region or "", (*path, "region"), MAX_TEXT_LENGTH)
    yield from text_errors(address.city or "", (*path, "city"), MAX_TEXT_LENGTH)
    yield from text_errors(address.postal_code or "", (*path, "postalCode"), MAX_TEXT_LENGTH)
    yield from text_errors(" ".join(address.lines), (*path, "lines"), 10 * MAX_TEXT_LENGTH)


def _address_errors(assessment: AddressAssessment, *, warnings_confirmed: bool) -> list[UserError]:
    findings = (*name_findings(assessment.address), *assessment.findings)
    open_findings = [
        each
        for each in findings
        if not (warnings_confirmed and each.level is AddressVerdict.WARNING)
    ]
    return [address_error(each, ("input", "address")) for each in open_findings]


def _address_warnings(assessment: AddressAssessment) -> tuple[RequestWarning, ...]:
    """The warnings of an address, which the recipient may confirm."""
    return tuple(
        RequestWarning(WarningCode.ADDRESS_DOUBTFUL, each.field.value, _finding_text(each))
        for each in assessment.findings
        if each.level is AddressVerdict.WARNING
    )


def address_error(finding: AddressFinding, path: tuple[str, ...]) -> UserError:
    """``finding`` as an error of the address at ``path``, with its suggestions in the message."""
    return UserError(
        ErrorCode.ADDRESS_INSUFFICIENT,
        (*path, finding.field.value),
        _finding_text(finding),
        confirmable=finding.level is AddressVerdict.WARNING,
    )


def _finding_text(finding: AddressFinding) -> str:
    suggestion_text = f" Perhaps {' or '.join(finding.suggestions)}?" if finding.suggestions else ""
    return f"{finding.message}{suggestion_text}"


async def decline_gift(
    secret: str, reason: str | None, *, dependencies: GiftDependencies
) -> Outcome[GiftClaim]:
    """Decline the gift, without telling the giver why; returns the claim."""
    errors = tuple(text_errors(reason or "", ("input", "reason"), MAX_REASON_LENGTH))
    if errors:
        return Outcome(user_errors=errors)
    event = RecipientDeclined(dependencies.clock.now(), reason or None)
    return await retry_on_conflict(
        lambda: _try_decline(secret, event, dependencies), changing_outcome("gift", None)
    )


async def _try_decline(
    secret: str, event: GiftDomainEvent, dependencies: GiftDependencies
) -> Outcome[GiftClaim]:
    async with dependencies.database.begin() as work:
        opened_claim = await open_link(
            secret, TokenScope.VIEW, reading=work, dependencies=dependencies
        )
        if opened_claim is None:
            return Outcome(user_errors=(invalid_token(),))
        result = await save_event(
            opened_claim.versioned_gift, event, work=work, dependencies=dependencies
        )
        if isinstance(result, TransitionRefused):
            return _too_late_outcome()
    await announce_change(result.gift, dependencies=dependencies)
    return Outcome(await build_claim(opened_claim.token, result.gift, dependencies))
