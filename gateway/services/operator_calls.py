"""Calls of the operator's own endpoints, repeated until they are accepted."""

from gateway.services.ports.operator_endpoints import EndpointAnswer, OperatorEndpoint

ACCEPTED_STATUSES = range(200, 300)


class CallNotAccepted(Exception):
    """An endpoint did not accept a call, which is repeated later."""


async def call_endpoint(endpoint: OperatorEndpoint, id: str, body: str) -> EndpointAnswer:
    """The answer of ``endpoint`` to a call with ``body``.

    Raises:
        CallNotAccepted: its status is not one of acceptance.
        OSError: there is no answer in time.

    """
    answer = await endpoint.call(id, body)
    if answer.status not in ACCEPTED_STATUSES:
        raise CallNotAccepted(f"status {answer.status}")
    return answer
