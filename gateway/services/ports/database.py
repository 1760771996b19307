"""The port of the database: read sessions and transactions, both with all repositories."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from gateway.services.ports.account_erasures import AccountErasures
from gateway.services.ports.api_keys import ApiKeys
from gateway.services.ports.carts import Carts
from gateway.services.ports.catalogue import Catalogue, StockLevels
from gateway.services.ports.clients import Clients
from gateway.services.ports.collection_memberships import CollectionMemberships
from gateway.services.ports.collections import Collections
from gateway.services.ports.contact_messages import ContactMessages
from gateway.services.ports.directory import Directory
from gateway.services.ports.disputes import Disputes
from gateway.services.ports.encryption import DataKeys
from gateway.services.ports.gifts import (
    GiftContacts,
    GiftEvents,
    GiftGuesses,
    GiftOrders,
    Gifts,
    GiftTokens,
)
from gateway.services.ports.hold_renewals import HoldRenewals
from gateway.services.ports.one_click_grants import OneClickGrants
from gateway.services.ports.order_changes import OrderLinks, PendingChanges
from gateway.services.ports.order_search import OrderSearch
from gateway.services.ports.orders import OrderPayments, Orders
from gateway.services.ports.outbox import Outbox
from gateway.services.ports.payment_operations import PaymentOperations
from gateway.services.ports.picture_uses import PictureUses
from gateway.services.ports.product_lists import ProductLists
from gateway.services.ports.provider_clearances import ProviderClearances
from gateway.services.ports.provider_events import ProviderEvents
from gateway.services.ports.provider_records import ProviderRecords
from gateway.services.ports.purchase_attempts import PurchaseAttempts
from gateway.services.ports.purchasers import PaymentMethods, PurchaserAddresses, Purchasers
from gateway.services.ports.refunds import Refunds, Returns
from gateway.services.ports.request_keys import RequestKeys
from gateway.services.ports.rule_sets import (
    CodeUses,
    CustomerGroups,
    PromotionUses,
    RuleSets,
    StoredValues,
)
from gateway.services.ports.selection_requests import SelectionRequests
from gateway.services.ports.sessions import Sessions, SignInCodes
from gateway.services.ports.shipments import Shipments
from gateway.services.ports.staff_actions import StaffActions
from gateway.services.ports.webhooks import Webhooks


class VersionConflict(Exception):
    """A row has changed since it was read, so its version is not the expected one."""


class DuplicateKey(Exception):
    """A value that must be unique exists already."""


class DatabaseUnreachable(Exception):
    """The database cannot be reached or cannot write; another try may succeed later."""


class DatabaseBusy(DatabaseUnreachable):
    """Another transaction held a lock for too long; another try may succeed."""


class ReadOnlyViolation(Exception):
    """A statement that writes was run in a read session."""


class TransactionClosed(Exception):
    """A repository was used after its transaction had ended."""


class ReadSession(Protocol):
    """The repositories for reading; each statement sees what is committed when it runs."""

    @property
    def outbox(self) -> Outbox:
        """Messages that wait to be sent."""
        ...

    @property
    def data_keys(self) -> DataKeys:
        """The wrapped keys under which personal data is sealed."""
        ...

    @property
    def clients(self) -> Clients:
        """Devices and their purchasers."""
        ...

    @property
    def sign_in_codes(self) -> SignInCodes:
        """Requests for sign-in codes."""
        ...

    @property
    def sessions(self) -> Sessions:
        """Sessions of purchasers who have signed in."""
        ...

    @property
    def purchasers(self) -> Purchasers:
        """Purchasers."""
        ...

    @property
    def addresses(self) -> PurchaserAddresses:
        """Saved addresses of purchasers."""
        ...

    @property
    def payment_methods(self) -> PaymentMethods:
        """Saved payment methods of purchasers."""
        ...

    @property
    def one_click_grants(self) -> OneClickGrants:
        """One-click grants of purchasers on clients."""
        ...

    @property
    def gifts(self) -> Gifts:
        """Gifts."""
        ...

    @property
    def gift_orders(self) -> GiftOrders:
        """Gifts ordered at once, by idempotency key."""
        ...

    @property
    def gift_events(self) -> GiftEvents:
        """The events of gifts."""
        ...

    @property
    def gift_tokens(self) -> GiftTokens:
        """The secret links to gifts."""
        ...

    @property
    def gift_contacts(self) -> GiftContacts:
        """Contacts of gifts' recipients, and blocked contacts."""
        ...

    @property
    def contact_messages(self) -> ContactMessages:
        """The times of messages to contacts."""
        ...

    @property
    def gift_guesses(self) -> GiftGuesses:
        """The times of givers' guesses about recipients."""
        ...

    @property
    def api_keys(self) -> ApiKeys:
        """API keys of partners and staff."""
        ...

    @property
    def webhooks(self) -> Webhooks:
        """Webhook endpoints of partners."""
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
    def collections(self) -> Collections:
        """Collections of products."""
        ...

    @property
    def collection_memberships(self) -> CollectionMemberships:
        """Products that collections are to have, or had."""
        ...

    @property
    def picture_uses(self) -> PictureUses:
        """What shows pictures."""
        ...

    @property
    def product_lists(self) -> ProductLists:
        """Lists of products: pages, counts and facets."""
        ...

    @property
    def shipments(self) -> Shipments:
        """Parcels."""
        ...

    @property
    def stock(self) -> StockLevels:
        """The available numbers of variants."""
        ...

    @property
    def rule_sets(self) -> RuleSets:
        """The merchant's rules."""
        ...

    @property
    def stored_values(self) -> StoredValues:
        """Prepaid money by code."""
        ...

    @property
    def code_uses(self) -> CodeUses:
        """The uses of discount codes by purchasers."""
        ...

    @property
    def promotion_uses(self) -> PromotionUses:
        """The uses of promotions that have limits."""
        ...

    @property
    def customer_groups(self) -> CustomerGroups:
        """The customer groups of purchasers."""
        ...

    @property
    def carts(self) -> Carts:
        """Carts."""
        ...

    @property
    def orders(self) -> Orders:
        """Orders."""
        ...

    @property
    def order_search(self) -> OrderSearch:
        """What orders are found by."""
        ...

    @property
    def account_erasures(self) -> AccountErasures:
        """What goes, and what stays, when an account is erased."""
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
    def hold_renewals(self) -> HoldRenewals:
        """Holds of orders that end by themselves."""
        ...

    @property
    def payment_operations(self) -> PaymentOperations:
        """What the provider is told to do with the charges of orders."""
        ...

    @property
    def provider_clearances(self) -> ProviderClearances:
        """What is to go at the payment provider."""
        ...

    @property
    def provider_events(self) -> ProviderEvents:
        """What the payment provider told on its own."""
        ...

    @property
    def disputes(self) -> Disputes:
        """Payments that payers contest."""
        ...

    @property
    def refunds(self) -> Refunds:
        """Money of orders given back."""
        ...

    @property
    def returns(self) -> Returns:
        """Goods of orders sent back."""
        ...

    @property
    def purchase_attempts(self) -> PurchaseAttempts:
        """Purchase attempts."""
        ...

    @property
    def provider_records(self) -> ProviderRecords:
        """What was asked of the payment provider."""
        ...

    @property
    def request_keys(self) -> RequestKeys:
        """Idempotency keys of what staff and buyers change."""
        ...

    @property
    def staff_actions(self) -> StaffActions:
        """The actions of staff."""
        ...

    @property
    def selection_requests(self) -> SelectionRequests:
        """The request for a run of selection."""
        ...


class UnitOfWork(ReadSession, Protocol):
    """The repositories in one transaction."""


class Database(Protocol):
    """The database, which is used by read sessions and transactions."""

    def read(self) -> AbstractAsyncContextManager[ReadSession]:
        """A read session, which concurrent tasks may share."""
        ...

    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A transaction: committed durably at the end of the block, rolled back if it raises.

        Await only the repositories inside, because on SQLite all other writers wait meanwhile.
        """
        ...

    async def now(self) -> datetime:
        """The present time by the database's clock, which all processes share."""
        ...

    def change_stamp(self) -> int | None:
        """A number that changes with each commit by anybody; None if only a query can tell."""
        ...

    async def schema_revision(self) -> str | None:
        """The revision of the schema; None before the first migration."""
        ...

    async def scrub(self) -> None:
        """Remove deleted data from the database's files, as far as the database can.

        Call it after the transaction.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
