"""Signing in by a code that is sent by e-mail, and signing out."""

import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.engine.problems import ErrorCode
from gateway.engine.purchasers import Purchaser
from gateway.services import vault
from gateway.services.identity.callers import Authentication, Caller, CallingClient
from gateway.services.identity.emails import mailbox, normalised
from gateway.services.identity.identifiers import Identifiers, digest
from gateway.services.identity.parts import IdentityParts
from gateway.services.identity.registering import email_indexes, registered
from gateway.services.outbox import Poster, mail
from gateway.services.outcomes import Outcome, refused
from gateway.services.ports.database import Work
from gateway.services.ports.messages import Mail
from gateway.services.ports.sessions import SignInCode
from gateway.services.stepping import DUE

CODE_LIFE = timedelta(minutes=10)
CODE_DIGITS = 6
MOST_TRIES = 5
MOST_REQUESTS = 20
REQUESTS_WITHIN = timedelta(hours=1)
SESSION_LIFE = timedelta(days=30)
MOST_PRUNED = 100
"""Outdated requests that one request clears away at most."""

MAIL_SUBJECT = "Your sign-in code"
MAIL_TEXT = """\
Your sign-in code is {code}.

It is good for ten minutes and can be used once.
If you did not ask for it, ignore this message: nobody can sign in
without the code.
"""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A purchaser who has just signed in: their token, and who calls from now on.

    The caller's client has a new identifier, to be handed over.
    """

    purchaser: Purchaser
    token: str = field(repr=False)
    caller: Caller


async def request_code(email: str, *, parts: IdentityParts) -> Outcome[None]:
    """Send a code to ``email``; the answer is the same whether a purchaser has it or not."""
    address = normalised(email)
    if address is None:
        message = "This is not an e-mail address."
        return refused(ErrorCode.INVALID_INPUT, ("input", "email"), message)
    now = parts.clock.now()
    async with parts.database.begin() as work:
        await _clear_away(now, work)
        indexes = email_indexes(address, parts.cipher)
        if await work.sign_in_codes.requested(indexes, now - REQUESTS_WITHIN) >= MOST_REQUESTS:
            message = "Too many codes were asked for with this e-mail. Try again in an hour."
            return refused(ErrorCode.LIMIT_EXCEEDED, ("input", "email"), message)
        await _send_code(address, indexes[0], now, work=work, parts=parts)
    await parts.wakeups.announce(DUE)
    return Outcome()


async def sign_in(
    email: str, code: str, *, caller: Caller, parts: IdentityParts
) -> Outcome[SignedIn]:
    """Sign in on the caller's client, which gets a new identifier; the old one is forgotten."""
    address = normalised(email)
    async with parts.database.begin() as work:
        if address is None or not await _accepted(address, code, work=work, parts=parts):
            message = "This code is wrong, was used or has expired."
            return refused(ErrorCode.INVALID_TOKEN, ("input", "code"), message)
        purchaser_id = await registered(address, work=work, parts=parts)
        token = await open_session(purchaser_id, work=work, parts=parts)
        client = await _taken_over(caller.client, purchaser_id, work=work, parts=parts)
    session = Authentication(purchaser_id, parts.clock.now(), digest(token))
    now_calling = _signed_in(caller, client, session)
    return Outcome(SignedIn(Purchaser(purchaser_id, address), token, now_calling))


async def open_session(purchaser_id: str, *, work: Work, parts: IdentityParts) -> str:
    """A new token for the purchaser, as after a sign-in just now."""
    token, now = parts.ids.new("gs"), parts.clock.now()
    await work.sessions.add(
        digest(token), purchaser_id, authenticated_at=now, expires_at=now + SESSION_LIFE
    )
    return token


async def sign_out(*, caller: Caller, parts: IdentityParts) -> Caller:
    """Who calls once the caller's token counts no more and their client stands for nobody."""
    session = caller.authentication.session if caller.authentication else None
    async with parts.database.begin() as work:
        if session is not None:
            await work.sessions.revoke(session)
        await work.clients.unmap(caller.client.id)
    return replace(caller, recognised=None, authentication=None)


async def _clear_away(now: datetime, work: Work) -> None:
    """Delete requests that no longer count, and the keys their mails were sealed under."""
    for outdated in await work.sign_in_codes.prune(now - REQUESTS_WITHIN, MOST_PRUNED):
        await vault.forget(outdated, work=work)


async def _send_code(
    address: str, index: str, now: datetime, *, work: Work, parts: IdentityParts
) -> None:
    request, code = parts.ids.new("sgn"), _new_code(parts)
    kept = SignInCode(request, index, _code_indexes(address, code, parts)[0], now)
    await work.sign_in_codes.add(kept)
    message = Mail(f"sign-in-{request}", address, MAIL_SUBJECT, MAIL_TEXT.format(code=code))
    poster = Poster(parts.ids, parts.cipher)
    await poster.post(mail(message, subject=request), due=now, now=now, work=work)


def _new_code(parts: IdentityParts) -> str:
    """Six digits out of far more random bits than they hold, so that none is likelier."""
    (blind, *_) = parts.cipher.blind("new sign-in code", parts.ids.new("code"))
    return f"{int(blind, 16) % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def _code_indexes(address: str, code: str, parts: IdentityParts) -> tuple[str, ...]:
    return parts.cipher.blind("sign-in code", f"{mailbox(address)} {code}")


async def _accepted(address: str, code: str, *, work: Work, parts: IdentityParts) -> bool:
    """Whether ``code`` is the one in force, which is used up by it; a wrong one uses up a try."""
    since = parts.clock.now() - CODE_LIFE
    indexes = email_indexes(address, parts.cipher)
    in_force = await work.sign_in_codes.attempt(indexes, since=since, most=MOST_TRIES)
    given = _code_indexes(address, code.strip(), parts)
    if in_force is None or not any(hmac.compare_digest(in_force.code, each) for each in given):
        return False
    await work.sign_in_codes.end(in_force.id)
    return True


async def _taken_over(
    client: CallingClient, purchaser_id: str, *, work: Work, parts: IdentityParts
) -> CallingClient:
    """The client under a new identifier; it stands for the purchaser from now on."""
    now = parts.clock.now()
    identifier = Identifiers(parts.ids, parts.cipher).issue()
    await work.clients.remember(client.id, client.digest, now)
    await work.clients.rotate(client.id, client.digest, identifier.digest, now)
    await work.clients.map(client.id, purchaser_id, now)
    return CallingClient(client.id, identifier.digest, issued=identifier.secret)


def _signed_in(caller: Caller, client: CallingClient, session: Authentication) -> Caller:
    return replace(caller, client=client, recognised=session.purchaser_id, authentication=session)
