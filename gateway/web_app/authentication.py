"""Authentication for the transport: the caller of a connection, and a context per operation."""

import asyncio
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from starlette.requests import HTTPConnection

from gateway.resolvers.context import Context
from gateway.services.dependencies import Dependencies
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.identity.authentication import Authenticator
from gateway.services.identity.callers import Caller, Credentials
from gateway.transport.callers import ConnectionAccepted, ConnectionRefused
from gateway.transport.rate_limits import ClientAddresses
from gateway.web_app.credentials import CredentialReader, RequestOrigin, socket_acknowledgement

CACHE_LIFETIME = timedelta(seconds=1)
"""The lifetime of a cached caller without commits, because sessions also end by time."""


class AuthenticationCache:
    """Authenticates callers, and caches them while nothing is committed.

    One event may reach thousands of sockets of one caller at once.
    """

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._callers: dict[Credentials, Caller] = {}
        self._stamp: int | None = None
        self._expires_at = datetime.min.replace(tzinfo=UTC)
        self._is_checked = False

    async def authenticate(self, credentials: Credentials) -> Caller:
        """The caller with ``credentials``, as the database has it now."""
        if not self._is_checked:
            self._clear_if_stale()
        caller = self._callers.get(credentials)
        if caller is None:
            stamp = self._stamp
            caller = await self._authenticator.authenticate(credentials)
            # A caller with a new identifier presents it the next time.
            if stamp is not None and stamp == self._stamp and caller.client.new_identifier is None:
                self._callers[credentials] = caller
        return caller

    def _clear_if_stale(self) -> None:
        """Empty the cache if something was committed; checked once in each turn of the loop."""
        dependencies = self._authenticator.parts
        stamp, now = dependencies.database.change_stamp(), dependencies.clock.now()
        if stamp is None or stamp != self._stamp or now >= self._expires_at:
            self._callers.clear()
            self._stamp, self._expires_at = stamp, now + CACHE_LIFETIME
        self._is_checked = True
        asyncio.get_running_loop().call_soon(self._reset_check)

    def _reset_check(self) -> None:
        self._is_checked = False


@dataclass(slots=True)
class AuthenticatedConnection:
    """The caller of one request or socket, authenticated again for each operation."""

    authenticator: "ConnectionAuthenticator"
    credentials: Credentials
    request_origin: RequestOrigin
    caller: Caller
    last_context: Context | None = None
    last_event_id: str | None = None

    async def viewer(self) -> Hashable | None:
        """A key that is equal for callers who see the same data."""
        caller = await self._refresh_caller()
        authentication = caller.authentication
        return (
            caller.client.id,
            caller.recognised,
            authentication.purchaser_id if authentication else None,
            caller.key.id if caller.key else None,
        )

    async def context(self) -> Context:
        """A new context for one operation or one event."""
        is_first = self.last_context is None
        caller = self.caller if is_first else await self._refresh_caller()
        # Not with a method of self, which has the context: the cycle would wait for collection.
        identifier = caller.client.new_identifier or self.credentials.identifier
        authenticate = partial(
            self.authenticator.authentication_cache.authenticate,
            replace(self.credentials, identifier=identifier),
        )
        self.last_context = Context(
            self.authenticator.dependencies,
            caller,
            self.authenticator.gift_dependencies,
            authenticate,
            self.last_event_id,
        )
        return self.last_context

    async def _refresh_caller(self) -> Caller:
        """Authenticate the caller again, because they may have signed in or out meanwhile.

        A new identifier counts at once, because a socket cannot present it later.
        """
        issued = (self.last_context or self).caller.client.new_identifier
        if issued is not None:
            self.credentials = replace(self.credentials, identifier=issued)
        caller = await self.authenticator.authentication_cache.authenticate(self.credentials)
        if issued is not None and caller.client.new_identifier is None:
            caller = replace(caller, client=replace(caller.client, new_identifier=issued))
        self.caller = caller
        return caller

    def headers(self) -> Iterable[tuple[str, str]]:
        """The headers with a new identifier of the client, if it has one."""
        caller = self.last_context.caller if self.last_context else self.caller
        return self.authenticator.credential_reader.identifier_headers(caller, self.request_origin)


@dataclass(frozen=True, slots=True)
class ConnectionAuthenticator:
    """Authenticates requests and sockets."""

    dependencies: Dependencies
    gift_dependencies: GiftDependencies
    authenticator: Authenticator
    credential_reader: CredentialReader
    client_addresses: ClientAddresses
    authentication_cache: AuthenticationCache = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "authentication_cache", AuthenticationCache(self.authenticator))

    async def on_request(self, connection: HTTPConnection) -> AuthenticatedConnection:
        """The caller of a request."""
        request_origin = self._request_origin(connection)
        authenticated = await self._authenticate_connection(
            self.credential_reader.read_credentials(request_origin), request_origin
        )
        authenticated.last_event_id = connection.headers.get("last-event-id")
        return authenticated

    async def on_connect(
        self, connection: HTTPConnection, payload: Mapping[str, object]
    ) -> ConnectionAccepted | ConnectionRefused:
        """The caller of a new socket; invalid credentials count as absent, so none is refused."""
        request_origin = self._request_origin(connection)
        credentials = self.credential_reader.read_socket_credentials(request_origin, payload)
        authenticated = await self._authenticate_connection(credentials, request_origin)
        return ConnectionAccepted(authenticated, socket_acknowledgement(authenticated.caller))

    async def _authenticate_connection(
        self, credentials: Credentials, request_origin: RequestOrigin
    ) -> AuthenticatedConnection:
        caller = await self.authenticator.authenticate(credentials)
        return AuthenticatedConnection(self, credentials, request_origin, caller)

    def _request_origin(self, connection: HTTPConnection) -> RequestOrigin:
        return RequestOrigin(
            headers=connection.headers,
            scheme=connection.scope["scheme"],
            peer=connection.client.host if connection.client else "",
            network_address=self.client_addresses.address_of(connection.scope),
        )
