"""All repositories of one session.

To add one, add a property to ``services.ports.database.Reading`` and a line to ``Repositories``.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from gateway.adapters.repositories.account_erasures import AccountErasuresRepository
from gateway.adapters.repositories.api_keys import ApiKeysRepository
from gateway.adapters.repositories.carts import CartsRepository
from gateway.adapters.repositories.catalogue import CatalogueRepository
from gateway.adapters.repositories.clients import ClientsRepository
from gateway.adapters.repositories.collection_memberships import CollectionMembershipsRepository
from gateway.adapters.repositories.collections import CollectionsRepository
from gateway.adapters.repositories.contact_messages import ContactMessagesRepository
from gateway.adapters.repositories.customer_groups import CustomerGroupsRepository
from gateway.adapters.repositories.data_keys import DataKeysRepository
from gateway.adapters.repositories.directory import DirectoryRepository
from gateway.adapters.repositories.discount_codes import CodeUsesRepository, StoredValuesRepository
from gateway.adapters.repositories.disputes import DisputesRepository
from gateway.adapters.repositories.gift_contacts import (
    GiftContactsRepository,
    GiftTokensRepository,
)
from gateway.adapters.repositories.gift_events import GiftEventsRepository
from gateway.adapters.repositories.gift_guesses import GiftGuessesRepository
from gateway.adapters.repositories.gift_orders import GiftOrdersRepository
from gateway.adapters.repositories.gifts import GiftsRepository
from gateway.adapters.repositories.hold_renewals import HoldRenewalsRepository
from gateway.adapters.repositories.one_click_grants import OneClickGrantsRepository
from gateway.adapters.repositories.order_changes import PendingChangesRepository
from gateway.adapters.repositories.order_links import OrderLinksRepository
from gateway.adapters.repositories.order_payments import OrderPaymentsRepository
from gateway.adapters.repositories.order_search import OrderSearchRepository
from gateway.adapters.repositories.orders import OrdersRepository
from gateway.adapters.repositories.outbox import OutboxRepository
from gateway.adapters.repositories.payment_operations import PaymentOperationsRepository
from gateway.adapters.repositories.picture_uses import PictureUsesRepository
from gateway.adapters.repositories.product_lists import ProductListsRepository
from gateway.adapters.repositories.promotion_uses import PromotionUsesRepository
from gateway.adapters.repositories.provider_clearances import ProviderClearancesRepository
from gateway.adapters.repositories.provider_events import ProviderEventsRepository
from gateway.adapters.repositories.provider_records import ProviderRecordsRepository
from gateway.adapters.repositories.purchase_attempts import PurchaseAttemptsRepository
from gateway.adapters.repositories.purchasers import (
    AddressesRepository,
    PaymentMethodsRepository,
    PurchasersRepository,
)
from gateway.adapters.repositories.refunds import RefundsRepository
from gateway.adapters.repositories.request_keys import RequestKeysRepository
from gateway.adapters.repositories.returns import ReturnsRepository
from gateway.adapters.repositories.rule_sets import RuleSetsRepository
from gateway.adapters.repositories.selection_requests import SelectionRequestsRepository
from gateway.adapters.repositories.shipments import ShipmentsRepository
from gateway.adapters.repositories.sign_ins import SessionsRepository, SignInCodesRepository
from gateway.adapters.repositories.staff_actions import StaffActionsRepository
from gateway.adapters.repositories.stock import StockRepository
from gateway.adapters.repositories.variant_availability import finish_catalogue_changes
from gateway.adapters.repositories.webhooks import WebhooksRepository
from gateway.adapters.sql.session import SqlSession

RepositoryT = TypeVar("RepositoryT")


class LazyRepository(Generic[RepositoryT]):
    """An attribute whose repository is created at its first use."""

    def __init__(self, make: Callable[[SqlSession], RepositoryT]) -> None:
        self._make = make

    def __set_name__(self, owner: type["Repositories"], name: str) -> None:
        self._name = name

    def __get__(self, repositories: "Repositories", owner: type["Repositories"]) -> RepositoryT:
        repository = self._make(repositories.session)
        # Stored under the attribute's own name, where Python finds it without calling this again.
        repositories.__dict__[self._name] = repository
        return repository


class Repositories:
    """The repositories of one reader or one transaction."""

    outbox = LazyRepository(OutboxRepository)
    data_keys = LazyRepository(DataKeysRepository)
    clients = LazyRepository(ClientsRepository)
    sign_in_codes = LazyRepository(SignInCodesRepository)
    sessions = LazyRepository(SessionsRepository)
    purchasers = LazyRepository(PurchasersRepository)
    addresses = LazyRepository(AddressesRepository)
    payment_methods = LazyRepository(PaymentMethodsRepository)
    one_click_grants = LazyRepository(OneClickGrantsRepository)
    gifts = LazyRepository(GiftsRepository)
    gift_orders = LazyRepository(GiftOrdersRepository)
    gift_events = LazyRepository(GiftEventsRepository)
    gift_tokens = LazyRepository(GiftTokensRepository)
    gift_contacts = LazyRepository(GiftContactsRepository)
    contact_messages = LazyRepository(ContactMessagesRepository)
    gift_guesses = LazyRepository(GiftGuessesRepository)
    api_keys = LazyRepository(ApiKeysRepository)
    webhooks = LazyRepository(WebhooksRepository)
    directory = LazyRepository(DirectoryRepository)
    catalogue = LazyRepository(CatalogueRepository)
    collections = LazyRepository(CollectionsRepository)
    collection_memberships = LazyRepository(CollectionMembershipsRepository)
    picture_uses = LazyRepository(PictureUsesRepository)
    product_lists = LazyRepository(ProductListsRepository)
    shipments = LazyRepository(ShipmentsRepository)
    stock = LazyRepository(StockRepository)
    rule_sets = LazyRepository(RuleSetsRepository)
    stored_values = LazyRepository(StoredValuesRepository)
    code_uses = LazyRepository(CodeUsesRepository)
    promotion_uses = LazyRepository(PromotionUsesRepository)
    customer_groups = LazyRepository(CustomerGroupsRepository)
    carts = LazyRepository(CartsRepository)
    orders = LazyRepository(OrdersRepository)
    account_erasures = LazyRepository(AccountErasuresRepository)
    order_changes = LazyRepository(PendingChangesRepository)
    order_links = LazyRepository(OrderLinksRepository)
    order_search = LazyRepository(OrderSearchRepository)
    order_payments = LazyRepository(OrderPaymentsRepository)
    hold_renewals = LazyRepository(HoldRenewalsRepository)
    payment_operations = LazyRepository(PaymentOperationsRepository)
    provider_clearances = LazyRepository(ProviderClearancesRepository)
    provider_events = LazyRepository(ProviderEventsRepository)
    disputes = LazyRepository(DisputesRepository)
    refunds = LazyRepository(RefundsRepository)
    returns = LazyRepository(ReturnsRepository)
    purchase_attempts = LazyRepository(PurchaseAttemptsRepository)
    provider_records = LazyRepository(ProviderRecordsRepository)
    request_keys = LazyRepository(RequestKeysRepository)
    staff_actions = LazyRepository(StaffActionsRepository)
    selection_requests = LazyRepository(SelectionRequestsRepository)

    def __init__(self, session: SqlSession) -> None:
        self.session = session

    async def finish(self) -> None:
        """Do what is left to the end of a transaction."""
        await finish_catalogue_changes(self.session)
