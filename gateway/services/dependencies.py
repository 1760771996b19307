"""The dependencies of the use cases, which are chosen once at the start."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.services.event_logs import LogTails
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.offer_prices import OfferPriceCache
from gateway.services.policy import Policy
from gateway.services.ports.calculators import MerchantCalculator
from gateway.services.ports.calendars import Calendars
from gateway.services.ports.clock import Clock
from gateway.services.ports.countries import Countries
from gateway.services.ports.currencies import Currencies
from gateway.services.ports.database import Database, UnitOfWork
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.formats import LocaleFormats
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.payment_operations import PaymentOperation, PaymentOperationKind
from gateway.services.ports.payments import PaymentProvider
from gateway.services.ports.tax_ids import TaxIdForms, TaxIdRegister
from gateway.services.ports.wakeups import Wakeups
from gateway.services.priced_cart_cache import PricedCartCache
from gateway.services.product_index_cache import ProductIndexCache
from gateway.services.product_list_cache import ProductListCache

OperationRecorder: TypeAlias = Callable[
    [PaymentOperation, UnitOfWork, "Dependencies"], Awaitable[None]
]
"""Stores what follows from a payment operation that is DONE or FAILED, in the transaction that
stores its outcome; called once for an operation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """The adapters of the gateway, as ports.

    ``tax_id_register`` None: no register is asked whether a tax id is registered. ``calculator``
    None: the merchant has none of their own, the declared tables compute everything.
    ``operation_recorders`` are called with the outcome of a payment operation, by its kind.
    """

    policy: Policy
    database: Database
    calendars: Calendars
    clock: Clock
    ids: IdGenerator
    cipher: Cipher
    wakeups: Wakeups
    payment_provider: PaymentProvider
    identity: IdentityDependencies
    currencies: Currencies
    formats: LocaleFormats
    countries: Countries
    tax_ids: TaxIdForms
    tax_id_register: TaxIdRegister | None = None
    calculator: MerchantCalculator | None = None
    product_list_cache: ProductListCache = field(default_factory=ProductListCache)
    product_index_cache: ProductIndexCache = field(default_factory=ProductIndexCache)
    priced_cart_cache: PricedCartCache = field(default_factory=PricedCartCache)
    offer_prices: OfferPriceCache = field(default_factory=OfferPriceCache)
    log_tails: LogTails = field(default_factory=LogTails)
    operation_recorders: Mapping[PaymentOperationKind, OperationRecorder] = field(
        default_factory=dict
    )
