"""What the use cases of gifts work with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.engine.gifts.values import GiftRules
from gateway.engine.names import NameSigns
from gateway.services.following import Followers
from gateway.services.outbox import Poster
from gateway.services.policy import Policy
from gateway.services.ports.clock import Clock
from gateway.services.ports.countries import Countries
from gateway.services.ports.database import Database
from gateway.services.ports.forgotten import ForgottenList
from gateway.services.ports.gift_pricing import GiftPricing
from gateway.services.ports.givers import Givers
from gateway.services.ports.ids import Ids
from gateway.services.ports.letters import Letters
from gateway.services.ports.messages import SentMessages
from gateway.services.ports.payments import Payments
from gateway.services.ports.phones import Phones
from gateway.services.ports.sources import Source
from gateway.services.ports.vault import Cipher
from gateway.services.ports.wakeups import Wakeups
from gateway.services.ports.webhooks import Calls


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftParts:
    """The collaborators, each behind its port; ``sources`` by name.

    ``sent`` is absent where nothing is kept here of messages that were sent, ``forgotten`` where
    nobody is listed outside the database.
    """

    policy: Policy
    database: Database
    clock: Clock
    ids: Ids
    cipher: Cipher
    wakeups: Wakeups
    payments: Payments
    pricing: GiftPricing
    givers: Givers
    countries: Countries
    phones: Phones
    letters: Letters
    names: NameSigns
    sources: Mapping[str, Source]
    calls: Calls
    followers: Followers = field(default_factory=Followers)
    sent: SentMessages | None = None
    forgotten: ForgottenList | None = None

    @property
    def poster(self) -> Poster:
        """Who puts messages into the outbox."""
        return Poster(self.ids, self.cipher)

    @property
    def rules(self) -> GiftRules:
        """The waits and limits of the policy; only sources that there are."""
        policy = self.policy.gifts
        return GiftRules(
            sources=tuple(each for each in policy.sources if each in self.sources),
            email_wait=policy.email_wait,
            phone_wait=policy.phone_wait,
            lifetime=policy.lifetime,
            giver_wait=policy.giver_wait,
            fresh=policy.directory_fresh,
            most_messages=policy.most_messages,
            facts_kept=policy.facts_kept,
        )
