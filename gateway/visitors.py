"""Callers as the transport sees them: whose request it is, and a context for each operation."""

import asyncio
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from starlette.requests import HTTPConnection

from gateway.entrance import Approach, Entrance, acknowledgement
from gateway.resolvers.context import Context
from gateway.services.gifts.parts import GiftParts
from gateway.services.identity.callers import Caller, Credentials
from gateway.services.identity.recognising import Recogniser
from gateway.services.parts import Parts
from gateway.transport.callers import Connected, Turned
from gateway.transport.rates import Addresses

MOMENT = timedelta(seconds=1)
"""How long somebody counts as recognised while nothing is committed: time alone ends sign-ins."""


class Acquaintances:
    """Recognises callers, each once for as long as nothing is committed.

    One event may reach thousands of sockets of one caller at once.
    """

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._known: dict[Credentials, Caller] = {}
        self._stamp: int | None = None
        self._until = datetime.min.replace(tzinfo=UTC)
        self._looked = False

    async def recognise(self, credentials: Credentials) -> Caller:
        """Whoever presents ``credentials``, as the database has it now."""
        if not self._looked:
            self._look()
        found = self._known.get(credentials)
        if found is None:
            stamp = self._stamp
            found = await self._recogniser.recognise(credentials)
            # Whoever was given an identifier just now is known by it the next time.
            if stamp is not None and stamp == self._stamp and found.client.issued is None:
                self._known[credentials] = found
        return found

    def _look(self) -> None:
        """Forget everybody if something was committed; once for all that the loop runs now."""
        parts = self._recogniser.parts
        stamp, now = parts.database.stamp(), parts.clock.now()
        if stamp is None or stamp != self._stamp or now >= self._until:
            self._known.clear()
            self._stamp, self._until = stamp, now + MOMENT
        self._looked = True
        asyncio.get_running_loop().call_soon(self._look_again)

    def _look_again(self) -> None:
        self._looked = False


@dataclass(slots=True)
class Visitor:
    """Whoever sent one request or holds one socket; recognised anew for each operation."""

    reception: "Reception"
    credentials: Credentials
    approach: Approach
    caller: Caller
    met: Context | None = None
    last_event_id: str | None = None

    async def viewer(self) -> Hashable | None:
        """Equal for those who see the same: the same purchaser or key, on the same client."""
        caller = await self._recognised()
        authentication = caller.authentication
        return (
            caller.client.id,
            caller.recognised,
            authentication.purchaser_id if authentication else None,
            caller.key.id if caller.key else None,
        )

    async def context(self) -> Context:
        """A new context for one operation or one event."""
        first = self.met is None
        caller = self.caller if first else await self._recognised()
        # Not by this visitor, who keeps the context: a ring would live until it is collected.
        secret = caller.client.issued or self.credentials.identifier
        anew = partial(
            self.reception.acquaintances.recognise, replace(self.credentials, identifier=secret)
        )
        self.met = Context(
            self.reception.parts, caller, self.reception.gifts, anew, self.last_event_id
        )
        return self.met

    async def _recognised(self) -> Caller:
        """Who they are by now: a sign-in may be over, or have just been.

        What was issued to them counts as theirs at once: a socket cannot be told to send it.
        """
        issued = (self.met or self).caller.client.issued
        if issued is not None:
            self.credentials = replace(self.credentials, identifier=issued)
        caller = await self.reception.acquaintances.recognise(self.credentials)
        if issued is not None and caller.client.issued is None:
            caller = replace(caller, client=replace(caller.client, issued=issued))
        self.caller = caller
        return caller

    def headers(self) -> Iterable[tuple[str, str]]:
        """What hands a new identifier over: a stranger's, or that of who has just signed in."""
        caller = self.met.caller if self.met else self.caller
        return self.reception.entrance.handed_over(caller, self.approach)


@dataclass(frozen=True, slots=True)
class Reception:
    """Recognises whoever calls."""

    parts: Parts
    gifts: GiftParts
    recogniser: Recogniser
    entrance: Entrance
    addresses: Addresses
    acquaintances: Acquaintances = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "acquaintances", Acquaintances(self.recogniser))

    async def on_request(self, connection: HTTPConnection) -> Visitor:
        """Whoever sent a request."""
        approach = self._approach(connection)
        visitor = await self._visitor(self.entrance.credentials(approach), approach)
        visitor.last_event_id = connection.headers.get("last-event-id")
        return visitor

    async def on_connect(
        self, connection: HTTPConnection, payload: Mapping[str, object]
    ) -> Connected | Turned:
        """Whoever opened a socket; what is not valid counts as absent, so nobody is refused."""
        approach = self._approach(connection)
        credentials = self.entrance.socket_credentials(approach, payload)
        visitor = await self._visitor(credentials, approach)
        return Connected(visitor, acknowledgement(visitor.caller))

    async def _visitor(self, credentials: Credentials, approach: Approach) -> Visitor:
        caller = await self.recogniser.recognise(credentials)
        return Visitor(self, credentials, approach, caller)

    def _approach(self, connection: HTTPConnection) -> Approach:
        return Approach(
            headers=connection.headers,
            scheme=connection.scope["scheme"],
            peer=connection.client.host if connection.client else "",
            network_address=self.addresses.of(connection.scope),
        )
