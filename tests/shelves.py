"""What the tests' store sells, by which rules, where it sends things, and what it runs on."""

from datetime import timedelta

from gateway.adapters.clocks import ManualClock
from gateway.adapters.encryption import EnvelopeCipher
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.reference.calendars import ZoneCalendars
from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.adapters.reference.number_formats import CldrFormats
from gateway.adapters.reference.phones import PhoneNumberPlans
from gateway.adapters.reference.tax_ids import StandardTaxIds
from gateway.adapters.rules.files import from_yaml
from gateway.adapters.simulated_payments.payment_methods import SimulatedPaymentMethods
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider, SimulationTiming
from gateway.adapters.wakeups.local import LocalWakeups
from gateway.engine.addresses.address import PostalAddress
from gateway.engine.catalogue.products import BundleComponent, Product, Stock, Variant
from gateway.services.dependencies import Dependencies
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.orders.refund_outcomes import record_refund_outcome
from gateway.services.ports.database import ReadSession
from gateway.services.ports.payment_operations import PaymentOperationKind
from gateway.settings import Settings
from tests.conftest import AnyDatabase

RULES = """
title: The store of the tests
valid_from: 2020-01-01
tax:
  default:
    rules:
      - {name: Sales tax, areas: [US-CA], percent: 7.25}
      - {name: Sales tax, areas: [US-NY], percent: 4, shipping_taxed: true}
  alternates:
    exempt: {standalone: true}
shipping:
  - {id: slow, name: Slow, flat: {USD: 5.00}, allowed: [US ALL]}
  - {id: fast, name: Fast, flat: {USD: 15.00}, allowed: [US CONTINENTAL_48]}
coupons:
  - {code: SAVE10, label: 10 % off, percent: 10}
  - {code: ONCE, label: 1 off, amount: {USD: 1}, minimum: {USD: 50}, once_per_purchaser: true}
  - {code: OLD, label: Over, percent: 50, valid_to: 2026-01-01}
stored_value:
  - {code: STORED25, currency: USD, balance: 25.00}
  - {code: RICH, currency: USD, balance: 500.00}
"""

# Read once: each takes as long as a small test.
RULE_FILE = from_yaml(RULES)
DEFAULT_POLICY = Settings().policy

PRODUCT = Product("prd_1", "things", "Things")
MUG = Variant("var_mug", PRODUCT.id, "MUG", "Mug", {"USD": 1000, "JPY": 1500}, grams=300)
PRINT = Variant("var_print", PRODUCT.id, "PRINT", "Print", {"USD": 12_000}, stock=Stock(3))
DESK = Variant(
    "var_desk",
    PRODUCT.id,
    "DESK",
    "Desk",
    {"USD": 9000},
    stock=Stock(0, backorder=True, backorder_days=14),
)
EBOOK = Variant(
    "var_ebook", PRODUCT.id, "EBOOK", "E-book", {"USD": 999}, tags=frozenset({"DIGITAL"})
)
BUNDLE = Variant(
    "var_set",
    PRODUCT.id,
    "SET",
    "Set",
    {"USD": 500},
    components=(BundleComponent(MUG, 2, {"USD": 800}), BundleComponent(PRINT, 1, {"USD": 10_000})),
)
VARIANTS = (MUG, PRINT, DESK, EBOOK, BUNDLE)

HOME = PostalAddress("Ada Lovelace", "US", "CA", "Mountain View", "94043", ("100 Castro Street",))
OFFICE = PostalAddress("Ada Lovelace", "US", "NY", "New York", "10001", ("5 Penn Plaza",))
CALIFORNIA, NEW_YORK = HOME.destination, OFFICE.destination


def build_identity_dependencies(database: AnyDatabase, clock: ManualClock) -> IdentityDependencies:
    """What recognition and profiles work with."""
    return IdentityDependencies(
        database=database,
        clock=clock,
        ids=RandomIds(),
        cipher=EnvelopeCipher("a secret of the tests, long enough"),
        countries=CountryDataSet(),
        phones=PhoneNumberPlans(),
        payment_method_vault=SimulatedPaymentMethods(),
        wakeups=LocalWakeups(),
        reauthenticate_after=timedelta(minutes=15),
    )


def build_dependencies(database: AnyDatabase, clock: ManualClock) -> Dependencies:
    """The gateway's parts on a database and a standing clock."""
    identity = build_identity_dependencies(database, clock)
    payments = SimulatedPaymentProvider(
        database, identity.ids, "http://testserver", SimulationTiming(silence_seconds=0.0)
    )
    return Dependencies(
        policy=DEFAULT_POLICY,
        database=database,
        calendars=ZoneCalendars(),
        clock=clock,
        ids=identity.ids,
        cipher=identity.cipher,
        wakeups=identity.wakeups,
        payment_provider=payments,
        currencies=IsoCurrencies(),
        formats=CldrFormats(),
        countries=identity.countries,
        tax_ids=StandardTaxIds(),
        identity=identity,
        operation_recorders={PaymentOperationKind.REFUND: record_refund_outcome},
    )


async def find_variant_id(sku: str, reading: ReadSession) -> str:
    """The id of the only variant with this SKU."""
    [product_id] = (await reading.catalogue.find_product_ids_by_sku([sku]))[sku]
    variants = (await reading.catalogue.list_all_variants([product_id]))[product_id]
    return next(variant.id for variant in variants if variant.sku == sku)
