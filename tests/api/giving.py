"""The demonstration shop over GraphQL, in one process, with its worker turned by hand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strawberry.types import ExecutionResult

from gateway.adapters.rule_files import demo_rules
from gateway.adapters.sqlite import SqliteDatabase
from gateway.resolvers.context import Context
from gateway.schema import schema
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.resolving import ResolveGifts
from gateway.services.identity.callers import Authentication, Caller, CallingClient
from gateway.services.identity.demo import add_demo_purchasers
from gateway.services.outbox import MailCourier, SendMessages
from gateway.services.parts import Parts
from gateway.services.ports.keys import ApiKey, Role
from gateway.services.ports.messages import Mail
from gateway.services.ports.outbox import MessageKind
from gateway.services.seeding import seed
from gateway.worker import turn
from tests.api.conftest import gifts_of

CLIENT = CallingClient("cli_1", "digest")
STRANGER = Caller(CLIENT)
STAFF = Caller(CLIENT, key=ApiKey("key_staff", "carrier", Role.STAFF, "pur_staff"))
HOME = {
    "country": "US",
    "region": "CA",
    "city": "Mountain View",
    "postalCode": "94043",
    "lines": ["1600 Amphitheatre Parkway"],
}


@dataclass
class Letters:
    """What went out by mail."""

    sent: list[Mail] = field(default_factory=list)

    async def send(self, mail: Mail) -> None:
        self.sent.append(mail)


@dataclass
class Giving:
    """The shop, two purchasers who may give, and the variant they give."""

    parts: Parts
    gifts: GiftParts
    database: SqliteDatabase
    ada: str
    grace: str
    variant: str
    letters: Letters = field(default_factory=Letters)

    def signed_in(self, purchaser_id: str) -> Caller:
        at = self.parts.clock.now()
        return Caller(CLIENT, authentication=Authentication(purchaser_id, at))

    def partner(self, purchaser_id: str, id: str = "key_app") -> Caller:
        """An app whose gifts the purchaser pays."""
        return Caller(CLIENT, key=ApiKey(id, id, Role.PARTNER, purchaser_id))

    async def ask(self, document: str, caller: Caller, **variables: object) -> Any:  # noqa: ANN401 - an answer
        result = await schema.execute(
            document,
            variable_values=dict(variables),
            context_value=Context(self.parts, caller, self.gifts),
        )
        assert isinstance(result, ExecutionResult)
        assert result.errors is None, result.errors
        return result.data

    async def turn(self) -> None:
        """Everything that is due, until nothing is."""
        couriers = {MessageKind.MAIL: MailCourier(self.letters)}
        sending = SendMessages(self.database, self.parts.cipher, couriers)
        while await turn((ResolveGifts(self.gifts), sending), self.parts.clock.now()):
            pass

    async def give(
        self, fields: str, caller: Caller, *recipients: Mapping[str, object], **more: object
    ) -> Any:  # noqa: ANN401 - an answer
        """What ``giftCreate`` answers for ``fields``."""
        document = f"""mutation ($input: GiftCreateInput!) {{
          giftCreate(input: $input) {{ {fields} userErrors {{ code field message }} }}
        }}"""
        key = self.parts.ids.new("k")
        wish = {"variantId": self.variant, "recipients": recipients, "idempotencyKey": key, **more}
        payload = (await self.ask(document, caller, input=wish))["giftCreate"]
        assert payload.pop("userErrors") == []
        await self.turn()
        return payload

    def token(self, address: str) -> str:
        """The secret of the latest message to ``address``."""
        texts = [each.text for each in self.letters.sent if each.to == address]
        return str(re.findall(r"/gift#(\S+)", texts[-1])[-1])

    def statements(self) -> Sequence[str]:
        """The statements that only read, from now on."""
        seen: list[str] = []
        self.database._reader.set_trace_callback(seen.append)
        return seen


async def opened(parts: Parts, database: SqliteDatabase) -> Giving:
    """The demonstration shop in an empty ``database``."""
    await seed(demo_rules(), database=database, ids=parts.ids, clock=parts.clock)
    ada, grace = await add_demo_purchasers(parts.identity)
    async with database.read() as reading:
        variant = (await reading.catalogue.known_by_sku(["MUG-WHITE"]))["MUG-WHITE"].variant_id
    return Giving(parts, gifts_of(parts), database, ada, grace, variant)
