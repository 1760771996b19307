"""The dependencies of the use cases of identity."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.services.ports.clock import Clock
from gateway.services.ports.countries import Countries
from gateway.services.ports.database import Database
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.erasures import ErasedAccounts
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.payment_method_vault import PaymentMethodVault
from gateway.services.ports.phones import PhoneNumbers
from gateway.services.ports.wakeups import Wakeups


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityDependencies:
    """The collaborators, each behind its port.

    ``reauthenticate_after`` is the maximum age of a sign-in for changes that require a recent one.
    ``sign_in_codes_per_hour`` is the maximum for one network; None means no limit.
    ``erased_accounts`` is None if they are not listed outside the database.
    """

    database: Database
    clock: Clock
    ids: IdGenerator
    cipher: Cipher
    countries: Countries
    phones: PhoneNumbers
    payment_method_vault: PaymentMethodVault
    wakeups: Wakeups
    reauthenticate_after: timedelta
    sign_in_codes_per_hour: int | None = None
    erased_accounts: ErasedAccounts | None = None
