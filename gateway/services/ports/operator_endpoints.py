"""The port of the operator's own endpoints, which are called with signed bodies."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class EndpointAnswer:
    """The answer to a call: its HTTP status, and the start of its body."""

    status: int
    content: bytes = field(repr=False)


class OperatorEndpoint(Protocol):
    """An endpoint that the operator's settings name, which may have a private address."""

    async def call(self, id: str, body: str) -> EndpointAnswer:
        """Post ``body``, signed; the receiver can recognise a repetition by ``id``.

        Raises ``OSError`` if there is no answer in time.
        """
        ...
