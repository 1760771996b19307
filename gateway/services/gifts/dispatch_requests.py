"""Requests that a gift leaves: kept with the gift until it has left, by whichever process."""

from collections.abc import Iterable

from gateway.engine.gifts.gift import DispatchKey, DispatchRequest
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.request_keys import RequestKey
from gateway.services.request_keys import (
    IdempotentRequest,
    RequestKeyDependencies,
    build_request_key,
    record_result_once,
)
from gateway.services.staff_actions import StaffMember, record_staff_action


def build_dispatch_request(
    parcel_id: str,
    request: IdempotentRequest | None,
    member: StaffMember | None,
    *,
    dependencies: RequestKeyDependencies,
) -> DispatchRequest | None:
    """What is kept of a request; None where nothing is to be recorded."""
    request_key = None if request is None else build_request_key(request, dependencies=dependencies)
    if request_key is None and member is None:
        return None
    return DispatchRequest(
        parcel_id,
        None if member is None else member.key_name,
        None if request_key is None else _to_dispatch_key(request_key),
    )


def _to_dispatch_key(request_key: RequestKey) -> DispatchKey:
    return DispatchKey(
        request_key.scope, request_key.key, request_key.operation, request_key.fingerprint
    )


async def record_dispatch_requests(
    requests: Iterable[DispatchRequest], *, work: UnitOfWork, dependencies: GiftDependencies
) -> None:
    """Store the keys of the requests and what staff did, in the transaction of the dispatch."""
    for request in requests:
        is_new = await _record_key(request, work, dependencies)
        if is_new and request.member is not None:
            await record_staff_action(
                work,
                StaffMember(request.member),
                "shipmentDispatch",
                request.parcel_id,
                dependencies=dependencies,
            )


async def _record_key(
    request: DispatchRequest, work: UnitOfWork, dependencies: GiftDependencies
) -> bool:
    """Store the request's key, if it has one; False where that had a result already."""
    key = request.key
    if key is None:
        return True
    request_key = RequestKey(
        key.scope, key.key, key.operation, key.fingerprint, dependencies.clock.now()
    )
    return await record_result_once(request_key, request.parcel_id, work=work)
