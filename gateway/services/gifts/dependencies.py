"""The dependencies of the use cases of gifts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.engine.gifts.gift import GiftRules
from gateway.engine.text.name_matching import NameEquivalences
from gateway.services.event_logs import LogTails
from gateway.services.outbox import OutboxWriter
from gateway.services.policy import Policy
from gateway.services.ports.clock import Clock
from gateway.services.ports.countries import Countries
from gateway.services.ports.database import Database
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.erasures import ErasedContacts
from gateway.services.ports.gift_pricing import GiftPricing
from gateway.services.ports.givers import Givers
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.letters import LetterWriter
from gateway.services.ports.messages import SentMessages
from gateway.services.ports.payments import PaymentProvider
from gateway.services.ports.phones import PhoneNumbers
from gateway.services.ports.sources import Source
from gateway.services.ports.wakeups import Wakeups
from gateway.services.ports.webhooks import WebhookCalls


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftDependencies:
    """The ports that the use cases of gifts need; ``sources`` are by name.

    ``sent_messages`` is None if no copies of sent messages are kept, ``erasure_list`` if erased
    contacts are not listed outside the database.
    """

    policy: Policy
    database: Database
    clock: Clock
    ids: IdGenerator
    cipher: Cipher
    wakeups: Wakeups
    payments: PaymentProvider
    pricing: GiftPricing
    givers: Givers
    countries: Countries
    phones: PhoneNumbers
    letters: LetterWriter
    name_equivalences: NameEquivalences
    sources: Mapping[str, Source]
    webhook_calls: WebhookCalls
    log_tails: LogTails = field(default_factory=LogTails)
    sent_messages: SentMessages | None = None
    erasure_list: ErasedContacts | None = None

    @property
    def outbox_writer(self) -> OutboxWriter:
        """The writer of messages into the outbox."""
        return OutboxWriter(self.ids, self.cipher)

    @property
    def rules(self) -> GiftRules:
        """The waiting times and limits of the policy, with only the sources that exist."""
        policy = self.policy.gifts
        return GiftRules(
            sources=tuple(each for each in policy.sources if each in self.sources),
            email_wait=policy.email_wait,
            phone_wait=policy.phone_wait,
            lifetime=policy.lifetime,
            giver_wait=policy.giver_wait,
            max_record_age=policy.directory_freshness,
            max_messages=policy.max_messages,
            facts_retention=policy.fact_retention,
        )
