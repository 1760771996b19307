"""Recognising callers: from what a request says to who is asking, with one read."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from gateway.services.identity.callers import Authentication, Caller, CallingClient, Credentials
from gateway.services.identity.identifiers import Identifier, Identifiers, digest
from gateway.services.identity.parts import IdentityParts
from gateway.services.identity.registering import linked
from gateway.services.keys import PREFIX as KEY_PREFIX
from gateway.services.keys import key_of
from gateway.services.ports.clients import Found, Presented
from gateway.services.ports.identity_providers import IdentityProvider, ProviderAccount
from gateway.services.ports.keys import ApiKey

SESSION_PREFIX = "gs_"
NOTHING_FOUND = Found()


@dataclass(frozen=True, slots=True)
class SessionBearer:
    """A token of our own sign-in, by its digest."""

    digest: str


@dataclass(frozen=True, slots=True)
class KeyBearer:
    """An API key in force."""

    key: ApiKey


@dataclass(frozen=True, slots=True)
class ProviderBearer:
    """An identity provider's token, by its digest, and whom it speaks for."""

    digest: str
    account: ProviderAccount


Bearer: TypeAlias = SessionBearer | KeyBearer | ProviderBearer


@dataclass(frozen=True, slots=True, kw_only=True)
class Recogniser:
    """Tells who is calling, alike for a request and for a socket's connection.

    What is not valid counts as absent: nothing here refuses a caller.
    """

    parts: IdentityParts
    provider: IdentityProvider | None = None

    async def recognise(self, credentials: Credentials) -> Caller:
        """Whoever presents ``credentials``; a device without a known identifier gets a new one."""
        now = self.parts.clock.now()
        sent = self._identifiers.read(credentials.identifier)
        bearer = await self._bearer(credentials.authorization)
        found = await self._found(sent, bearer, now)
        identifier = None if found.forgotten else sent
        authentication = await self._authentication(bearer, found)
        client = self._client(identifier, found)
        if identifier is None:
            found = NOTHING_FOUND
        return Caller(
            client=client,
            recognised=await self._mapping(client, found, authentication, now),
            authentication=authentication,
            key=bearer.key if isinstance(bearer, KeyBearer) else None,
            network_address=credentials.network_address,
        )

    @property
    def _identifiers(self) -> Identifiers:
        return Identifiers(self.parts.ids, self.parts.cipher)

    async def _bearer(self, authorization: str | None) -> Bearer | None:
        scheme, _, token = (authorization or "").strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            return None
        if token.startswith(SESSION_PREFIX):
            return SessionBearer(digest(token))
        if token.startswith(KEY_PREFIX):
            return await self._key(token)
        account = await self.provider.account(token) if self.provider else None
        # Of what is signed: the signature itself can be written in more than one way.
        signed, _, _ = token.rpartition(".")
        return ProviderBearer(digest(signed), account) if account else None

    async def _key(self, secret: str) -> KeyBearer | None:
        async with self.parts.database.read() as reading:
            key = await key_of(secret, reading=reading, now=self.parts.clock.now())
        return KeyBearer(key) if key else None

    async def _found(self, sent: Identifier | None, bearer: Bearer | None, now: datetime) -> Found:
        presented = Presented(
            identifier=sent.digest if sent else None,
            session=bearer.digest if isinstance(bearer, SessionBearer | ProviderBearer) else None,
            account=(bearer.account.issuer, bearer.account.subject)
            if isinstance(bearer, ProviderBearer)
            else None,
        )
        if presented == Presented():
            return NOTHING_FOUND
        async with self.parts.database.read() as reading:
            return await reading.clients.found(presented, now)

    async def _authentication(self, bearer: Bearer | None, found: Found) -> Authentication | None:
        match bearer:
            case SessionBearer(session) if found.session_purchaser is not None:
                return Authentication(found.session_purchaser, found.authenticated_at, session)
            case ProviderBearer(token, account) if found.session_purchaser is None:
                # Of a provider's token a session is kept when it was signed out with.
                purchaser_id = found.account_purchaser or await self._linked(account)
                return Authentication(
                    purchaser_id, account.authenticated_at, token, account.expires_at
                )
            case _:
                return None

    async def _linked(self, account: ProviderAccount) -> str:
        async with self.parts.database.begin() as work:
            return await linked(account, work=work, parts=self.parts)

    def _client(self, identifier: Identifier | None, found: Found) -> CallingClient:
        if identifier is None:
            new = self._identifiers.issue()
            return CallingClient(new.handle, new.digest, issued=new.secret)
        # A client that is kept has kept its handle through changes of its identifier.
        return CallingClient(found.client_id or identifier.handle, identifier.digest)

    async def _mapping(
        self,
        client: CallingClient,
        found: Found,
        authentication: Authentication | None,
        now: datetime,
    ) -> str | None:
        """Whom the client stands for; written only where a bearer says otherwise than before."""
        if authentication is None or client.issued is not None:
            return found.mapped_to
        purchaser_id = authentication.purchaser_id
        if purchaser_id != found.mapped_to:
            async with self.parts.database.begin() as work:
                await work.clients.remember(client.id, client.digest, now)
                await work.clients.map(client.id, purchaser_id, now)
        return purchaser_id
