"""Authentication: from the credentials of a request to its caller, with one read."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from gateway.services.api_keys import SECRET_PREFIX as KEY_PREFIX
from gateway.services.api_keys import find_api_key
from gateway.services.identity.callers import Authentication, Caller, CallingClient, Credentials
from gateway.services.identity.client_identifiers import ClientIdentifier, ClientIdentifiers, digest
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.identity.registration import link_account
from gateway.services.ports.api_keys import ApiKey
from gateway.services.ports.clients import KnownCredentials, PresentedCredentials
from gateway.services.ports.identity_providers import IdentityProvider, ProviderAccount

SESSION_PREFIX = "gs_"
NO_MATCH = KnownCredentials()


@dataclass(frozen=True, slots=True)
class SessionBearer:
    """The digest of a session token of the gateway."""

    digest: str


@dataclass(frozen=True, slots=True)
class KeyBearer:
    """A valid API key."""

    key: ApiKey


@dataclass(frozen=True, slots=True)
class ProviderBearer:
    """The digest of an identity provider's token, and the account that it is for."""

    digest: str
    account: ProviderAccount


Bearer: TypeAlias = SessionBearer | KeyBearer | ProviderBearer


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticator:
    """Authenticates the callers of requests and of sockets.

    Invalid credentials count as absent, so no caller is refused here.
    """

    parts: IdentityDependencies
    provider: IdentityProvider | None = None

    async def authenticate(self, credentials: Credentials) -> Caller:
        """The caller with ``credentials``; a device without a valid identifier gets a new one."""
        now = self.parts.clock.now()
        sent_identifier = self._client_identifiers.read(credentials.identifier)
        bearer = await self._read_bearer(credentials.authorization)
        match = await self._find_match(sent_identifier, bearer, now)
        identifier = None if match.identifier_retired else sent_identifier
        authentication = await self._authenticate_bearer(bearer, match)
        client = self._calling_client(identifier, match)
        if identifier is None:
            match = NO_MATCH
        return Caller(
            client=client,
            recognised=await self._map_client(client, match, authentication, now),
            authentication=authentication,
            key=bearer.key if isinstance(bearer, KeyBearer) else None,
            network_address=credentials.network_address,
        )

    @property
    def _client_identifiers(self) -> ClientIdentifiers:
        return ClientIdentifiers(self.parts.ids, self.parts.cipher)

    async def _read_bearer(self, authorization: str | None) -> Bearer | None:
        scheme, _, token = (authorization or "").strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            return None
        if token.startswith(SESSION_PREFIX):
            return SessionBearer(digest(token))
        if token.startswith(KEY_PREFIX):
            return await self._find_key(token)
        account = await self.provider.find_account(token) if self.provider else None
        # Only of the signed part, because one signature can be written in more than one way.
        signed_part, _, _ = token.rpartition(".")
        return ProviderBearer(digest(signed_part), account) if account else None

    async def _find_key(self, secret: str) -> KeyBearer | None:
        async with self.parts.database.read() as reading:
            key = await find_api_key(secret, reading=reading, now=self.parts.clock.now())
        return KeyBearer(key) if key else None

    async def _find_match(
        self, sent_identifier: ClientIdentifier | None, bearer: Bearer | None, now: datetime
    ) -> KnownCredentials:
        presented = PresentedCredentials(
            identifier=sent_identifier.digest if sent_identifier else None,
            session=bearer.digest if isinstance(bearer, SessionBearer | ProviderBearer) else None,
            account=(bearer.account.issuer, bearer.account.subject)
            if isinstance(bearer, ProviderBearer)
            else None,
        )
        if presented == PresentedCredentials():
            return NO_MATCH
        async with self.parts.database.read() as reading:
            return await reading.clients.look_up(presented, now)

    async def _authenticate_bearer(
        self, bearer: Bearer | None, match: KnownCredentials
    ) -> Authentication | None:
        match bearer:
            case SessionBearer(session) if match.session_purchaser is not None:
                return Authentication(match.session_purchaser, match.authenticated_at, session)
            case ProviderBearer(token, account) if match.session_purchaser is None:
                # A session with a provider's token is stored only when its holder signs out.
                purchaser_id = match.account_purchaser or await self._link_account(account)
                return Authentication(
                    purchaser_id, account.authenticated_at, token, account.expires_at
                )
            case _:
                return None

    async def _link_account(self, account: ProviderAccount) -> str:
        async with self.parts.database.begin() as work:
            return await link_account(account, work=work, dependencies=self.parts)

    def _calling_client(
        self, identifier: ClientIdentifier | None, match: KnownCredentials
    ) -> CallingClient:
        if identifier is None:
            new_identifier = self._client_identifiers.issue()
            return CallingClient(
                new_identifier.handle, new_identifier.digest, new_identifier=new_identifier.secret
            )
        # A stored client keeps its handle when its identifier changes.
        return CallingClient(match.client_id or identifier.handle, identifier.digest)

    async def _map_client(
        self,
        client: CallingClient,
        match: KnownCredentials,
        authentication: Authentication | None,
        now: datetime,
    ) -> str | None:
        """The purchaser of the client; written only if the bearer names a different one."""
        if authentication is None or client.new_identifier is not None:
            return match.mapped_purchaser
        purchaser_id = authentication.purchaser_id
        if purchaser_id != match.mapped_purchaser:
            async with self.parts.database.begin() as work:
                await work.clients.add_if_absent(client.id, client.digest, now)
                await work.clients.map_to_purchaser(client.id, purchaser_id, now)
        return purchaser_id
