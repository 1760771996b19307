"""What the use cases of this package work with."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.services.ports.clock import Clock
from gateway.services.ports.countries import Countries
from gateway.services.ports.database import Database
from gateway.services.ports.ids import Ids
from gateway.services.ports.phones import Phones
from gateway.services.ports.vault import Cipher
from gateway.services.ports.wakeups import Wakeups
from gateway.services.ports.wallets import Wallets


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityParts:
    """The collaborators, each behind its port.

    ``recent``: how long ago a sign-in may be for changes that demand one. ``sign_ins_hourly``:
    codes an hour for one network at most, None for as many as it likes.
    """

    database: Database
    clock: Clock
    ids: Ids
    cipher: Cipher
    countries: Countries
    phones: Phones
    wallets: Wallets
    wakeups: Wakeups
    recent: timedelta
    sign_ins_hourly: int | None = None
