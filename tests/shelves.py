"""What the tests' store sells, by which rules, where it sends things, and what it runs on."""

from datetime import timedelta

from gateway.adapters.calendars import ZoneCalendars
from gateway.adapters.clocks import StandingClock
from gateway.adapters.countries import DataCountries
from gateway.adapters.currencies import IsoCurrencies
from gateway.adapters.formats import CldrFormats
from gateway.adapters.ids import RandomIds
from gateway.adapters.phones import NumberingPlans
from gateway.adapters.simulated_payments import Habits, SimulatedPayments
from gateway.adapters.simulated_wallets import SimulatedWallets
from gateway.adapters.vault import EnvelopeCipher
from gateway.adapters.wakeups.hub import Hub
from gateway.engine.catalogue import Part, Product, Stock, Variant
from gateway.engine.places import PostalAddress
from gateway.services.identity.parts import IdentityParts
from gateway.services.parts import Parts
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

SHOP = Product("prd_1", "things", "Things")
MUG = Variant("var_mug", SHOP.id, "MUG", "Mug", {"USD": 1000, "JPY": 1500}, grams=300)
PRINT = Variant("var_print", SHOP.id, "PRINT", "Print", {"USD": 12_000}, stock=Stock(3))
DESK = Variant(
    "var_desk",
    SHOP.id,
    "DESK",
    "Desk",
    {"USD": 9000},
    stock=Stock(0, backorder=True, backorder_days=14),
)
EBOOK = Variant("var_ebook", SHOP.id, "EBOOK", "E-book", {"USD": 999}, tags=frozenset({"DIGITAL"}))
SET = Variant(
    "var_set",
    SHOP.id,
    "SET",
    "Set",
    {"USD": 500},
    parts=(Part(MUG, 2, {"USD": 800}), Part(PRINT, 1, {"USD": 10_000})),
)
VARIANTS = (MUG, PRINT, DESK, EBOOK, SET)

HOME = PostalAddress("Ada Lovelace", "US", "CA", "Mountain View", "94043", ("100 Castro Street",))
OFFICE = PostalAddress("Ada Lovelace", "US", "NY", "New York", "10001", ("5 Penn Plaza",))
CALIFORNIA, NEW_YORK = HOME.destination, OFFICE.destination


def identity_parts(database: AnyDatabase, clock: StandingClock) -> IdentityParts:
    """What recognition and profiles work with."""
    return IdentityParts(
        database=database,
        clock=clock,
        ids=RandomIds(),
        cipher=EnvelopeCipher("a secret of the tests, long enough"),
        countries=DataCountries(),
        phones=NumberingPlans(),
        wallets=SimulatedWallets(),
        wakeups=Hub(),
        recent=timedelta(minutes=15),
    )


def parts_on(database: AnyDatabase, clock: StandingClock) -> Parts:
    """The gateway's parts on a database and a standing clock."""
    identity = identity_parts(database, clock)
    payments = SimulatedPayments(database, identity.ids, "http://testserver", Habits(silence=0.0))
    return Parts(
        policy=Settings().policy,
        database=database,
        calendars=ZoneCalendars(),
        clock=clock,
        ids=identity.ids,
        cipher=identity.cipher,
        wakeups=identity.wakeups,
        payments=payments,
        currencies=IsoCurrencies(),
        formats=CldrFormats(),
        countries=identity.countries,
        identity=identity,
    )
