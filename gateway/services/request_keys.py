"""Idempotency of what staff and buyers change: one request is carried out once.

A use case asks in its own transaction, before anything else of it, and says there what came of it::

    async with dependencies.database.begin() as work:
        earlier_result = await find_result(request, work=work, dependencies=dependencies)
        if isinstance(earlier_result, UserError):
            return Outcome(user_errors=(earlier_result,))
        if earlier_result is not None:
            ...  # answer from the id, or whatever text was recorded
        ...  # the change
        await record_result(request, refund.id, work=work, dependencies=dependencies)

Of two that come at once one waits for the other, and then finds its result. A request that is
refused records nothing: it runs again when it is sent again, and its key is free for another body.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from gateway.engine.user_errors import KEY_USED_MESSAGE, ErrorCode, UserError
from gateway.services.idempotency import KEY_PATH, check_idempotency_key, request_fingerprints
from gateway.services.identity.callers import Caller
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.request_keys import RequestKey

KEY_LIFETIME = timedelta(days=7)
"""How long a result is kept; later the same key makes another request."""


class RequestKeyDependencies(Protocol):
    """The parts of the gateway that idempotency needs."""

    @property
    def clock(self) -> Clock:
        """The present instant."""
        ...

    @property
    def cipher(self) -> Cipher:
        """What keys fingerprints."""
        ...


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request to carry out once: whose, under which key, and what it asks.

    ``scope`` is as ``request_scope`` has it. Without a ``key`` it is carried out each time.
    ``body`` is what must be the same: values that JSON can write, without the key itself.
    """

    scope: str
    key: str | None
    operation: str
    body: Mapping[str, object]


def request_scope(caller: Caller) -> str:
    """Whose keys ``caller`` uses: those of an API key by its name, a purchaser's, or a device's."""
    if caller.key is not None:
        return f"key:{caller.key.name}"
    if caller.purchaser_id is not None:
        return f"purchaser:{caller.purchaser_id}"
    return f"client:{caller.client.id}"


async def find_result(
    request: IdempotentRequest, *, work: UnitOfWork, dependencies: RequestKeyDependencies
) -> str | UserError | None:
    """The result of the same request before, None where there is none, or why the key is refused.

    Its key stays locked until the transaction ``work`` ends. Refused are texts that cannot be a key
    (INVALID_INPUT) and the key of another request (IDEMPOTENCY_CONFLICT).
    """
    if request.key is None:
        return None
    for error in check_idempotency_key(request.key).errors:
        return error
    fingerprints = request_fingerprints(request.operation, request.body, dependencies.cipher)
    stored_key = await work.request_keys.lock(
        _request_key(request, request.key, None, fingerprints[0], dependencies)
    )
    if stored_key.result is None:
        return None
    if stored_key.fingerprint not in fingerprints:
        return UserError(ErrorCode.IDEMPOTENCY_CONFLICT, KEY_PATH, KEY_USED_MESSAGE)
    return stored_key.result


async def record_result(
    request: IdempotentRequest,
    result: str,
    *,
    work: UnitOfWork,
    dependencies: RequestKeyDependencies,
) -> None:
    """Keep what came of a request in the transaction in which ``find_result`` found nothing.

    ``result`` is what the same request is to be answered from: an id, or a JSON text without
    personal data.
    """
    if request.key is None:
        return
    fingerprint, *_ = request_fingerprints(request.operation, request.body, dependencies.cipher)
    await work.request_keys.save(
        _request_key(request, request.key, result, fingerprint, dependencies)
    )


def _request_key(
    request: IdempotentRequest,
    key: str,
    result: str | None,
    fingerprint: str,
    dependencies: RequestKeyDependencies,
) -> RequestKey:
    return RequestKey(
        request.scope, key, request.operation, fingerprint, dependencies.clock.now(), result
    )
