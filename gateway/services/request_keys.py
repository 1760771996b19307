"""Idempotency of changes by staff and buyers: a request is executed only once.

A use case first looks for a result in its own transaction, where it also records the new one::

    async with dependencies.database.begin() as work:
        earlier_result = await find_result(request, work=work, dependencies=dependencies)
        if isinstance(earlier_result, UserError):
            return Outcome(user_errors=(earlier_result,))
        if earlier_result is not None:
            ...  # answer from the id, or whatever text was recorded
        ...  # the change
        await record_result(request, refund.id, work=work, dependencies=dependencies)

Of two concurrent requests, one waits for the other and then finds its result. A refused request
records nothing: it runs again if it is repeated, and its key can be used for another body.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
"""The time after which a result is deleted, and the same key makes another request."""


class RequestKeyDependencies(Protocol):
    """The dependencies of idempotency."""

    @property
    def clock(self) -> Clock:
        """The source of the present time."""
        ...

    @property
    def cipher(self) -> Cipher:
        """The cipher, which makes fingerprints."""
        ...


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request to execute once, by its scope, key and body.

    ``scope`` is that of ``request_scope``. Without a ``key`` the request is executed each time.
    ``body`` is the part that must be equal: values for JSON, without the key itself.
    """

    scope: str
    key: str | None
    operation: str
    body: Mapping[str, object]


def request_scope(caller: Caller) -> str:
    """The scope of the keys of ``caller``: an API key's name, a purchaser, or a client."""
    if caller.key is not None:
        return f"key:{caller.key.name}"
    if caller.purchaser_id is not None:
        return f"purchaser:{caller.purchaser_id}"
    return f"client:{caller.client.id}"


async def find_result(
    request: IdempotentRequest, *, work: UnitOfWork, dependencies: RequestKeyDependencies
) -> str | UserError | None:
    """The result of an earlier equal request, None if there is none, or the error of the key.

    The key is locked until the transaction ``work`` ends. Errors: INVALID_INPUT for an invalid key,
    IDEMPOTENCY_CONFLICT for the key of another request.
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
    """Save the result of a request in the transaction in which ``find_result`` found none.

    ``result`` is an id, or a JSON text without personal data, from which the answer can be made.
    """
    if request.key is None:
        return
    fingerprint, *_ = request_fingerprints(request.operation, request.body, dependencies.cipher)
    await work.request_keys.save(
        _request_key(request, request.key, result, fingerprint, dependencies)
    )


def build_request_key(
    request: IdempotentRequest, *, dependencies: RequestKeyDependencies
) -> RequestKey | None:
    """The key of a request whose result another process may record; None if it has no key."""
    if request.key is None:
        return None
    fingerprint, *_ = request_fingerprints(request.operation, request.body, dependencies.cipher)
    return _request_key(request, request.key, None, fingerprint, dependencies)


async def record_result_once(request_key: RequestKey, result: str, *, work: UnitOfWork) -> bool:
    """Whether the key had no result yet, and now has this one."""
    stored_key = await work.request_keys.lock(request_key)
    if stored_key.result is not None:
        return False
    await work.request_keys.save(replace(request_key, result=result))
    return True


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
