"""Sign-in by a code that is sent by e-mail, and sign-out."""

import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.engine.identity.purchasers import Purchaser
from gateway.engine.user_errors import ErrorCode
from gateway.services import encryption
from gateway.services.identity.callers import Authentication, Caller, CallingClient
from gateway.services.identity.candidates import MAX_CANDIDATES
from gateway.services.identity.client_identifiers import ClientIdentifiers, digest
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.identity.emails import mailbox_key, normalize_email
from gateway.services.identity.registration import (
    email_indexes,
    find_or_add_purchaser,
    find_purchaser,
    find_purchaser_id,
)
from gateway.services.jobs import DUE_TOPIC
from gateway.services.outbox import OutboxWriter, mail_message
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.messages import Mail
from gateway.services.ports.sessions import SignInCode

CODE_LIFETIME = timedelta(minutes=10)
CODE_DIGITS = 6
MAX_TRIES = 5
MAX_REQUESTS = 5
"""Codes for one e-mail that one client may request within ``REQUEST_WINDOW``."""
MAX_TRIES_BY_OTHERS = 100
"""Tries within ``REQUEST_WINDOW`` of codes for one e-mail that unknown clients requested."""
REQUEST_WINDOW = timedelta(hours=1)
SESSION_LIFETIME = timedelta(days=30)
MAX_PRUNED = 100
"""Outdated requests that are deleted in one transaction."""

EMAIL_PATH = ("input", "email")

MAIL_SUBJECT = "Your sign-in code"
MAIL_TEXT = """\
Your sign-in code is {code}.

It is good for ten minutes and can be used once.
If you did not ask for it, ignore this message: nobody can sign in
without the code.
"""


@dataclass(frozen=True, slots=True)
class SignInResult:
    """A purchaser who has just signed in, their token, and the new caller.

    The caller's client has a new identifier, which the answer must contain.
    """

    purchaser: Purchaser
    token: str = field(repr=False)
    caller: Caller


async def request_code(
    email: str, *, caller: Caller, dependencies: IdentityDependencies
) -> Outcome[None]:
    """Send a code to ``email``; the outcome does not tell whether a purchaser has this e-mail."""
    address = normalize_email(email)
    if address is None:
        message = "This is not an e-mail address."
        return error_outcome(ErrorCode.INVALID_INPUT, EMAIL_PATH, message)
    now = dependencies.clock.now()
    async with dependencies.database.begin() as work:
        await prune_codes(now, work)
        client_is_known = await _is_known(address, caller, work=work, dependencies=dependencies)
        limit_message = await _limit_message(
            address, caller, client_is_known=client_is_known, work=work, dependencies=dependencies
        )
        if limit_message is not None:
            return error_outcome(ErrorCode.LIMIT_EXCEEDED, EMAIL_PATH, limit_message)
        await _send_code(
            address,
            caller,
            now,
            client_is_known=client_is_known,
            work=work,
            dependencies=dependencies,
        )
    await dependencies.wakeups.announce(DUE_TOPIC)
    return Outcome()


async def _is_known(
    address: str, caller: Caller, *, work: UnitOfWork, dependencies: IdentityDependencies
) -> bool:
    """Whether the purchaser of ``address`` has signed in on the caller's client."""
    purchaser_id = await find_purchaser_id(address, reading=work, cipher=dependencies.cipher)
    return purchaser_id in await work.clients.list_purchaser_candidates(
        caller.client.id, MAX_CANDIDATES
    )


async def _limit_message(
    address: str,
    caller: Caller,
    *,
    client_is_known: bool,
    work: UnitOfWork,
    dependencies: IdentityDependencies,
) -> str | None:
    """The error message if the caller gets no code now, else None.

    Requests of other clients do not count against a known client.
    """
    codes, since = work.sign_in_codes, dependencies.clock.now() - REQUEST_WINDOW
    network, hourly_limit = (
        _network_index(caller, dependencies),
        dependencies.sign_in_codes_per_hour,
    )
    indexes = email_indexes(address, dependencies.cipher)
    requests = await codes.count_requests(
        indexes, client_id=caller.client.id, network_index=network, since=since
    )
    request_count = requests.by_client
    if hourly_limit is not None and caller.client.new_identifier is not None:
        # Callers without an identifier can be distinguished only by their network.
        request_count = requests.from_network
    if request_count >= MAX_REQUESTS:
        return f"At most {MAX_REQUESTS} codes an hour are sent to one address. Try again later."
    if (
        client_is_known
        or hourly_limit is None
        or await codes.count_from_network(network, since) < hourly_limit
    ):
        return None
    return f"At most {hourly_limit} codes an hour are sent for one network. Try again later."


async def sign_in(
    email: str, code: str, *, caller: Caller, dependencies: IdentityDependencies
) -> Outcome[SignInResult]:
    """Sign in on the caller's client, which gets a new identifier instead of the old one."""
    address = normalize_email(email)
    async with dependencies.database.begin() as work:
        if address is None or not await _use_code(
            address, code, caller, work=work, dependencies=dependencies
        ):
            message = "This code is wrong, was used or has expired."
            return error_outcome(ErrorCode.INVALID_TOKEN, ("input", "code"), message)
        purchaser_id = await find_or_add_purchaser(address, work=work, dependencies=dependencies)
        token = await open_session(purchaser_id, work=work, dependencies=dependencies)
        client = await _reissue_client(
            caller.client, purchaser_id, work=work, dependencies=dependencies
        )
        purchaser = await find_purchaser(purchaser_id, reading=work, cipher=dependencies.cipher)
    session = Authentication(purchaser_id, dependencies.clock.now(), digest(token))
    new_caller = _authenticated_caller(caller, client, session)
    return Outcome(SignInResult(purchaser or Purchaser(purchaser_id, address), token, new_caller))


async def open_session(
    purchaser_id: str, *, work: UnitOfWork, dependencies: IdentityDependencies
) -> str:
    """A new session token for the purchaser, as if they signed in now."""
    token, now = dependencies.ids.new("gs"), dependencies.clock.now()
    await work.sessions.add(
        digest(token), purchaser_id, authenticated_at=now, expires_at=now + SESSION_LIFETIME
    )
    return token


async def sign_out(*, caller: Caller, dependencies: IdentityDependencies) -> Caller:
    """End the caller's session and unmap their client; returns the anonymous caller."""
    authentication, now = caller.authentication, dependencies.clock.now()
    async with dependencies.database.begin() as work:
        if authentication is not None and authentication.session is not None:
            await _end_session(authentication, authentication.session, work)
        await work.clients.unmap_purchaser(caller.client.id, now)
    return replace(caller, recognised=None, authentication=None)


async def _end_session(authentication: Authentication, session: str, work: UnitOfWork) -> None:
    """Revoke the token; a provider's token is stored as revoked until it expires."""
    if authentication.provider_token_ends_at is None:
        await work.sessions.revoke(session)
    else:
        owner, until = authentication.purchaser_id, authentication.provider_token_ends_at
        await work.sessions.note_signed_out(session, owner, until)


async def prune_codes(now: datetime, work: UnitOfWork) -> int:
    """Delete outdated requests with the keys of their mails; returns the number of requests."""
    pruned_ids = await work.sign_in_codes.prune(now - REQUEST_WINDOW, MAX_PRUNED)
    for request_id in pruned_ids:
        await encryption.delete_data_key(request_id, work=work)
    return len(pruned_ids)


async def _send_code(
    address: str,
    caller: Caller,
    now: datetime,
    *,
    client_is_known: bool,
    work: UnitOfWork,
    dependencies: IdentityDependencies,
) -> None:
    request, code = dependencies.ids.new("sgn"), _new_code(dependencies)
    sign_in_code = SignInCode(
        request,
        email_indexes(address, dependencies.cipher)[0],
        _code_indexes(address, code, dependencies)[0],
        now,
        client_id=caller.client.id,
        network_index=_network_index(caller, dependencies),
        client_is_known=client_is_known,
    )
    await work.sign_in_codes.add(sign_in_code)
    message = Mail(f"sign-in-{request}", address, MAIL_SUBJECT, MAIL_TEXT.format(code=code))
    writer = OutboxWriter(dependencies.ids, dependencies.cipher)
    await writer.post(mail_message(message, subject=request), due=now, now=now, work=work)


def _new_code(dependencies: IdentityDependencies) -> str:
    """Six digits, made of far more random bits than needed, so that all are equally likely."""
    (blind_index, *_) = dependencies.cipher.blind_indexes(
        "new sign-in code", dependencies.ids.new("code")
    )
    return f"{int(blind_index, 16) % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def _code_indexes(address: str, code: str, dependencies: IdentityDependencies) -> tuple[str, ...]:
    return dependencies.cipher.blind_indexes("sign-in code", f"{mailbox_key(address)} {code}")


def _network_index(caller: Caller, dependencies: IdentityDependencies) -> str:
    return dependencies.cipher.blind_indexes("network of a sign-in", caller.network_address)[0]


async def _use_code(
    address: str, code: str, caller: Caller, *, work: UnitOfWork, dependencies: IdentityDependencies
) -> bool:
    """Whether ``code`` is the valid one, which can be used once; a wrong code costs a try."""
    code_in_force = await _count_try(address, caller, work=work, dependencies=dependencies)
    code_indexes = _code_indexes(address, code.strip(), dependencies)
    if code_in_force is None or not any(
        hmac.compare_digest(code_in_force.code_index, code_index) for code_index in code_indexes
    ):
        return False
    await work.sign_in_codes.end(code_in_force.id)
    return True


async def _count_try(
    address: str, caller: Caller, *, work: UnitOfWork, dependencies: IdentityDependencies
) -> SignInCode | None:
    """The code that the caller requested, else the newest of others, with one try used.

    Tries by other clients are counted separately, so that they cannot use up somebody's code.
    """
    codes, client, now = work.sign_in_codes, caller.client.id, dependencies.clock.now()
    indexes = email_indexes(address, dependencies.cipher)
    since = now - CODE_LIFETIME
    if not await _is_known(address, caller, work=work, dependencies=dependencies):
        requests = await codes.count_requests(
            indexes, client_id=client, network_index="", since=now - REQUEST_WINDOW
        )
        if requests.unknown_client_tries >= MAX_TRIES_BY_OTHERS:
            return None
    own_code = await codes.try_code(indexes, client, since=since, limit=MAX_TRIES)
    return own_code or await codes.try_code_of_others(indexes, client, since=since, limit=MAX_TRIES)


async def _reissue_client(
    client: CallingClient,
    purchaser_id: str,
    *,
    work: UnitOfWork,
    dependencies: IdentityDependencies,
) -> CallingClient:
    """The client with a new identifier, mapped to the purchaser."""
    now = dependencies.clock.now()
    identifier = ClientIdentifiers(dependencies.ids, dependencies.cipher).issue()
    await work.clients.add_if_absent(client.id, client.digest, now)
    await work.clients.rotate_identifier(client.id, client.digest, identifier.digest, now)
    await work.clients.map_to_purchaser(client.id, purchaser_id, now)
    return CallingClient(client.id, identifier.digest, new_identifier=identifier.secret)


def _authenticated_caller(caller: Caller, client: CallingClient, session: Authentication) -> Caller:
    return replace(caller, client=client, recognised=session.purchaser_id, authentication=session)
