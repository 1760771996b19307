"""The port of the operator's own endpoints, which are called with signed bodies."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class EndpointAnswer:
    """The answer to a call: its HTTP status, the start of its body, and how long it may be kept.

    ``cache_control`` is the header of that name; empty where there is none.
    """

    status: int
    content: bytes = field(repr=False)
    cache_control: str = ""


class OperatorEndpoint(Protocol):
    """An endpoint that the operator's settings name, which may have a private address."""

    async def call(self, id: str, body: str) -> EndpointAnswer:
        """Post ``body``, signed; the receiver can recognise a repetition by ``id``.

        Raises ``OSError`` if there is no answer in time.
        """
        ...
