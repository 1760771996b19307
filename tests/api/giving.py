"""The demonstration shop over GraphQL, in one process, with its worker turned by hand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strawberry.types import ExecutionResult

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.demo.assets import demo_assets
from gateway.adapters.rules.files import demo_rules
from gateway.resolvers.context import Context
from gateway.schema import schema
from gateway.services.demo.purchasers import add_demo_purchasers
from gateway.services.demo.seeding import seed_demo_products
from gateway.services.dependencies import Dependencies
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.resolution import GiftResolver
from gateway.services.identity.callers import Authentication, Caller, CallingClient
from gateway.services.outbox import MailDelivery, OutboxSender
from gateway.services.ports.api_keys import ApiKey, ApiKeyRole
from gateway.services.ports.messages import Mail
from gateway.services.ports.outbox import MessageKind
from gateway.worker import run_due_jobs
from tests.api.conftest import offline_gift_dependencies
from tests.shelves import find_variant_id

CLIENT = CallingClient("cli_1", "digest")
STRANGER = Caller(CLIENT)
STAFF = Caller(CLIENT, key=ApiKey("key_staff", "carrier", ApiKeyRole.STAFF, "pur_staff"))
HOME = {
    "country": "US",
    "region": "CA",
    "city": "Mountain View",
    "postalCode": "94043",
    "lines": ["1600 Amphitheatre Parkway"],
}


@dataclass
class RecordingMailSender:
    """What went out by mail."""

    sent: list[Mail] = field(default_factory=list)

    async def send(self, mail: Mail) -> None:
        self.sent.append(mail)


@dataclass
class GiftShop:
    """The shop, two purchasers who may give, and the variant they give."""

    dependencies: Dependencies
    gift_dependencies: GiftDependencies
    database: SqliteDatabase
    ada: str
    grace: str
    variant: str
    mail_sender: RecordingMailSender = field(default_factory=RecordingMailSender)

    def signed_in_caller(self, purchaser_id: str) -> Caller:
        now = self.dependencies.clock.now()
        return Caller(CLIENT, authentication=Authentication(purchaser_id, now))

    def partner_caller(self, purchaser_id: str, id: str = "key_app") -> Caller:
        """An app whose gifts the purchaser pays."""
        return Caller(CLIENT, key=ApiKey(id, id, ApiKeyRole.PARTNER, purchaser_id))

    async def ask(self, document: str, caller: Caller, **variables: object) -> Any:  # noqa: ANN401 - an answer
        result = await schema.execute(
            document,
            variable_values=dict(variables),
            context_value=Context(self.dependencies, caller, self.gift_dependencies),
        )
        assert isinstance(result, ExecutionResult)
        assert result.errors is None, result.errors
        return result.data

    async def run_worker(self) -> None:
        """Everything that is due, until nothing is."""
        senders = {MessageKind.MAIL: MailDelivery(self.mail_sender)}
        outbox_sender = OutboxSender(self.database, self.dependencies.cipher, senders)
        while await run_due_jobs(
            (GiftResolver(self.gift_dependencies), outbox_sender), self.dependencies.clock.now()
        ):
            pass

    async def create_gifts(
        self, fields: str, caller: Caller, *recipients: Mapping[str, object], **more: object
    ) -> Any:  # noqa: ANN401 - an answer
        """What ``giftCreate`` answers for ``fields``."""
        document = f"""mutation ($input: GiftCreateInput!) {{
          giftCreate(input: $input) {{ {fields} userErrors {{ code field message }} }}
        }}"""
        key = self.dependencies.ids.new("k")
        gift_request = {
            "variantId": self.variant,
            "recipients": recipients,
            "idempotencyKey": key,
            **more,
        }
        payload = (await self.ask(document, caller, input=gift_request))["giftCreate"]
        assert payload.pop("userErrors") == []
        await self.run_worker()
        return payload

    def link_token(self, address: str) -> str:
        """The secret of the latest message to ``address``."""
        texts = [each.text for each in self.mail_sender.sent if each.to == address]
        return str(re.findall(r"/gift#(\S+)", texts[-1])[-1])

    def record_statements(self) -> Sequence[str]:
        """The statements that only read, from now on."""
        statements: list[str] = []
        self.database._reader.set_trace_callback(statements.append)
        return statements


async def open_gift_shop(dependencies: Dependencies, database: SqliteDatabase) -> GiftShop:
    """The demonstration shop in an empty ``database``."""
    await seed_demo_products(
        demo_rules(),
        demo_assets(),
        database=database,
        ids=dependencies.ids,
        clock=dependencies.clock,
    )
    ada, grace = await add_demo_purchasers(dependencies.identity)
    async with database.read() as reading:
        variant = await find_variant_id("MUG-WHITE", reading)
    return GiftShop(
        dependencies, offline_gift_dependencies(dependencies), database, ada, grace, variant
    )
