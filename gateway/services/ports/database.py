"""The database as use cases see it: reading, and transactions, each carrying the repositories."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from gateway.services.ports.api_keys import ApiKeys
from gateway.services.ports.carts import Carts
from gateway.services.ports.catalogue import Catalogue, StockLevels
from gateway.services.ports.clients import Clients
from gateway.services.ports.contact_messages import ContactMessages
from gateway.services.ports.directory import Directory
from gateway.services.ports.encryption import DataKeys
from gateway.services.ports.gifts import (
    GiftContacts,
    GiftEvents,
    GiftGuesses,
    GiftOrders,
    Gifts,
    GiftTokens,
)
from gateway.services.ports.one_click_grants import OneClickGrants
from gateway.services.ports.order_changes import OrderLinks, PendingChanges
from gateway.services.ports.orders import OrderPayments, Orders
from gateway.services.ports.outbox import Outbox
from gateway.services.ports.payment_operations import PaymentOperations
from gateway.services.ports.purchase_attempts import PurchaseAttempts
from gateway.services.ports.purchasers import PaymentMethods, PurchaserAddresses, Purchasers
from gateway.services.ports.request_keys import RequestKeys
from gateway.services.ports.rule_sets import CodeUses, RuleSets, StoredValues
from gateway.services.ports.selection_requests import SelectionRequests
from gateway.services.ports.sessions import Sessions, SignInCodes
from gateway.services.ports.shipments import Shipments
from gateway.services.ports.staff_actions import StaffActions
from gateway.services.ports.webhooks import Webhooks


class VersionConflict(Exception):
    """A row changed since it was read: its version is no longer the one expected."""


class DuplicateKey(Exception):
    """A value that must be unique is already there."""


class DatabaseUnreachable(Exception):
    """The database cannot be reached, or cannot keep what is written; it may be able to later."""


class DatabaseBusy(DatabaseUnreachable):
    """Another transaction held what this one needed for too long; trying again may succeed."""


class ReadOnlyViolation(Exception):
    """A statement that writes was run while only reading."""


class TransactionClosed(Exception):
    """A repository was used after its transaction had ended."""


class ReadSession(Protocol):
    """The repositories, for reading: each statement sees what is committed when it runs."""

    @property
    def outbox(self) -> Outbox:
        """Messages waiting to be sent."""
        ...

    @property
    def data_keys(self) -> DataKeys:
        """The keys that personal data is sealed under."""
        ...

    @property
    def clients(self) -> Clients:
        """Devices, and whom they stand for."""
        ...

    @property
    def sign_in_codes(self) -> SignInCodes:
        """Requests for sign-in codes."""
        ...

    @property
    def sessions(self) -> Sessions:
        """Sign-ins."""
        ...

    @property
    def purchasers(self) -> Purchasers:
        """Who buys."""
        ...

    @property
    def addresses(self) -> PurchaserAddresses:
        """Where their orders go."""
        ...

    @property
    def payment_methods(self) -> PaymentMethods:
        """How they pay."""
        ...

    @property
    def one_click_grants(self) -> OneClickGrants:
        """What they enabled on which device."""
        ...

    @property
    def gifts(self) -> Gifts:
        """The gifts."""
        ...

    @property
    def gift_orders(self) -> GiftOrders:
        """Gifts ordered at once, by idempotency key."""
        ...

    @property
    def gift_events(self) -> GiftEvents:
        """The log of every gift."""
        ...

    @property
    def gift_tokens(self) -> GiftTokens:
        """The secret links to gifts."""
        ...

    @property
    def gift_contacts(self) -> GiftContacts:
        """Who gifts are for, and who wants none."""
        ...

    @property
    def contact_messages(self) -> ContactMessages:
        """When contacts were written to."""
        ...

    @property
    def gift_guesses(self) -> GiftGuesses:
        """When givers guessed where recipients live."""
        ...

    @property
    def api_keys(self) -> ApiKeys:
        """The keys of partners and staff."""
        ...

    @property
    def webhooks(self) -> Webhooks:
        """Where partners are told of events."""
        ...

    @property
    def directory(self) -> Directory:
        """The imported directory of people."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """Products and variants."""
        ...

    @property
    def shipments(self) -> Shipments:
        """Parcels."""
        ...

    @property
    def stock(self) -> StockLevels:
        """How many of each variant are there."""
        ...

    @property
    def rule_sets(self) -> RuleSets:
        """The merchant's rules."""
        ...

    @property
    def stored_values(self) -> StoredValues:
        """Money paid in before, by code."""
        ...

    @property
    def code_uses(self) -> CodeUses:
        """Which purchaser used which discount codes."""
        ...

    @property
    def carts(self) -> Carts:
        """What buyers gather."""
        ...

    @property
    def orders(self) -> Orders:
        """What was bought."""
        ...

    @property
    def order_changes(self) -> PendingChanges:
        """Changes of orders on their way at the payment provider."""
        ...

    @property
    def order_links(self) -> OrderLinks:
        """The secret links to guests' orders."""
        ...

    @property
    def order_payments(self) -> OrderPayments:
        """The charges of orders."""
        ...

    @property
    def payment_operations(self) -> PaymentOperations:
        """What the provider is told to do with the charges of orders."""
        ...

    @property
    def purchase_attempts(self) -> PurchaseAttempts:
        """Purchases under way."""
        ...

    @property
    def request_keys(self) -> RequestKeys:
        """Idempotency keys of what staff and buyers change."""
        ...

    @property
    def staff_actions(self) -> StaffActions:
        """What staff did."""
        ...

    @property
    def selection_requests(self) -> SelectionRequests:
        """The request for a run of selection."""
        ...


class UnitOfWork(ReadSession, Protocol):
    """The repositories inside one transaction."""


class Database(Protocol):
    """Where everything is kept."""

    def read(self) -> AbstractAsyncContextManager[ReadSession]:
        """The repositories, for reading only; may be shared by concurrent tasks."""
        ...

    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """One transaction: committed durably when the block ends, rolled back if it raises.

        Await nothing but the repositories inside: on SQLite every other writer waits meanwhile.
        """
        ...

    async def now(self) -> datetime:
        """The present instant by the database's clock, which all processes share."""
        ...

    def change_stamp(self) -> int | None:
        """Equal while nothing has been committed by anybody; None where that takes a question."""
        ...

    async def schema_revision(self) -> str | None:
        """The migration the schema stands at; nothing before the first."""
        ...

    async def scrub(self) -> None:
        """Leave nothing in the database's files of what was deleted or replaced, where it can.

        Call it after the transaction.
        """
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...
