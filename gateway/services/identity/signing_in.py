"""Signing in by a code that is sent by e-mail, and signing out."""

import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.engine.problems import ErrorCode
from gateway.engine.purchasers import Purchaser
from gateway.services import vault
from gateway.services.identity.callers import Authentication, Caller, CallingClient
from gateway.services.identity.candidates import MOST_CANDIDATES
from gateway.services.identity.emails import mailbox, normalised
from gateway.services.identity.identifiers import Identifiers, digest
from gateway.services.identity.parts import IdentityParts
from gateway.services.identity.registering import by_email, email_indexes, registered
from gateway.services.outbox import Poster, mail
from gateway.services.outcomes import Outcome, refused
from gateway.services.ports.database import Work
from gateway.services.ports.messages import Mail
from gateway.services.ports.sessions import SignInCode
from gateway.services.stepping import DUE

CODE_LIFE = timedelta(minutes=10)
CODE_DIGITS = 6
MOST_TRIES = 5
MOST_REQUESTS = 5
"""Codes for one e-mail that one client may ask for within ``REQUESTS_WITHIN``."""
MAX_STRANGERS_TRIES = 100
"""Guesses within ``REQUESTS_WITHIN`` at codes for one e-mail that unknown clients asked for."""
REQUESTS_WITHIN = timedelta(hours=1)
SESSION_LIFE = timedelta(days=30)
MOST_PRUNED = 100
"""Outdated requests that are cleared away at once."""

EMAIL = ("input", "email")

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


async def request_code(email: str, *, caller: Caller, parts: IdentityParts) -> Outcome[None]:
    """Send a code to ``email``; the answer is the same whether a purchaser has it or not."""
    address = normalised(email)
    if address is None:
        message = "This is not an e-mail address."
        return refused(ErrorCode.INVALID_INPUT, EMAIL, message)
    now = parts.clock.now()
    async with parts.database.begin() as work:
        await clear_away(now, work)
        known = await _is_known(address, caller, work=work, parts=parts)
        refusal = await _too_often(address, caller, known=known, work=work, parts=parts)
        if refusal is not None:
            return refused(ErrorCode.LIMIT_EXCEEDED, EMAIL, refusal)
        await _send_code(address, caller, now, known=known, work=work, parts=parts)
    await parts.wakeups.announce(DUE)
    return Outcome()


async def _is_known(address: str, caller: Caller, *, work: Work, parts: IdentityParts) -> bool:
    """Whether the purchaser of ``address`` has signed in on the caller's client."""
    purchaser_id = await by_email(address, reading=work, cipher=parts.cipher)
    return purchaser_id in await work.clients.candidates(caller.client.id, MOST_CANDIDATES)


async def _too_often(
    address: str, caller: Caller, *, known: bool, work: Work, parts: IdentityParts
) -> str | None:
    """Why the caller gets no code now; what others asked for stops no client that is known."""
    codes, since = work.sign_in_codes, parts.clock.now() - REQUESTS_WITHIN
    network, hourly = _network(caller, parts), parts.sign_ins_hourly
    indexes = email_indexes(address, parts.cipher)
    asked = await codes.asked(indexes, client=caller.client.id, network=network, since=since)
    of_client = asked.by_client
    if hourly is not None and caller.client.issued is not None:
        # Whoever shows no identifier is told apart by nothing but their network.
        of_client = asked.from_network
    if of_client >= MOST_REQUESTS:
        return f"At most {MOST_REQUESTS} codes an hour are sent to one address. Try again later."
    if known or hourly is None or await codes.from_network(network, since) < hourly:
        return None
    return f"At most {hourly} codes an hour are sent for one network. Try again later."


async def sign_in(
    email: str, code: str, *, caller: Caller, parts: IdentityParts
) -> Outcome[SignedIn]:
    """Sign in on the caller's client, which gets a new identifier; the old one is forgotten."""
    address = normalised(email)
    async with parts.database.begin() as work:
        if address is None or not await _accepted(address, code, caller, work=work, parts=parts):
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
    authentication, now = caller.authentication, parts.clock.now()
    async with parts.database.begin() as work:
        if authentication is not None and authentication.session is not None:
            await _end(authentication, authentication.session, work)
        await work.clients.unmap(caller.client.id, now)
    return replace(caller, recognised=None, authentication=None)


async def _end(authentication: Authentication, session: str, work: Work) -> None:
    """Let the token count no more; a provider's is noted until it ends by itself."""
    if authentication.foreign_until is None:
        await work.sessions.revoke(session)
    else:
        owner, until = authentication.purchaser_id, authentication.foreign_until
        await work.sessions.note_signed_out(session, owner, until)


async def clear_away(now: datetime, work: Work) -> int:
    """How many requests that no longer count are deleted, with their mails' keys."""
    pruned = await work.sign_in_codes.prune(now - REQUESTS_WITHIN, MOST_PRUNED)
    for outdated in pruned:
        await vault.forget(outdated, work=work)
    return len(pruned)


async def _send_code(
    address: str, caller: Caller, now: datetime, *, known: bool, work: Work, parts: IdentityParts
) -> None:
    request, code = parts.ids.new("sgn"), _new_code(parts)
    kept = SignInCode(
        request,
        email_indexes(address, parts.cipher)[0],
        _code_indexes(address, code, parts)[0],
        now,
        client=caller.client.id,
        network=_network(caller, parts),
        known=known,
    )
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


def _network(caller: Caller, parts: IdentityParts) -> str:
    return parts.cipher.blind("network of a sign-in", caller.network_address)[0]


async def _accepted(
    address: str, code: str, caller: Caller, *, work: Work, parts: IdentityParts
) -> bool:
    """Whether ``code`` is the one in force, which is used up by it; a wrong one uses up a try."""
    in_force = await _in_force(address, caller, work=work, parts=parts)
    given = _code_indexes(address, code.strip(), parts)
    if in_force is None or not any(hmac.compare_digest(in_force.code, each) for each in given):
        return False
    await work.sign_in_codes.end(in_force.id)
    return True


async def _in_force(
    address: str, caller: Caller, *, work: Work, parts: IdentityParts
) -> SignInCode | None:
    """The code that the caller asked for, else the newest that anybody did, a try used up.

    The tries of those who did not ask for it are counted apart: nobody ends another's code.
    """
    codes, client, now = work.sign_in_codes, caller.client.id, parts.clock.now()
    indexes = email_indexes(address, parts.cipher)
    since = now - CODE_LIFE
    if not await _is_known(address, caller, work=work, parts=parts):
        asked = await codes.asked(indexes, client=client, network="", since=now - REQUESTS_WITHIN)
        if asked.tries >= MAX_STRANGERS_TRIES:
            return None
    own = await codes.attempt(indexes, client, since=since, most=MOST_TRIES)
    return own or await codes.attempt_others(indexes, client, since=since, most=MOST_TRIES)


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
