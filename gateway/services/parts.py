"""Everything that use cases work with, chosen once at start."""

from dataclasses import dataclass, field

from gateway.services.following import Followers
from gateway.services.identity.parts import IdentityParts
from gateway.services.policy import Policy
from gateway.services.ports.calendars import Calendars
from gateway.services.ports.clock import Clock
from gateway.services.ports.countries import Countries
from gateway.services.ports.currencies import Currencies
from gateway.services.ports.database import Database
from gateway.services.ports.formats import Formats
from gateway.services.ports.ids import Ids
from gateway.services.ports.payments import Payments
from gateway.services.ports.vault import Cipher
from gateway.services.ports.wakeups import Wakeups
from gateway.services.recent_carts import RecentCarts


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The gateway's collaborators, each behind its port."""

    policy: Policy
    database: Database
    calendars: Calendars
    clock: Clock
    ids: Ids
    cipher: Cipher
    wakeups: Wakeups
    payments: Payments
    identity: IdentityParts
    currencies: Currencies
    formats: Formats
    countries: Countries
    recent_carts: RecentCarts = field(default_factory=RecentCarts)
    followers: Followers = field(default_factory=Followers)
