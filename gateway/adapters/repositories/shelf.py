"""Every repository, over one session.

To add one: a property in ``services.ports.database.Reading`` and a line in ``Shelf``.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from gateway.adapters.repositories.attempts import AttemptsRepository
from gateway.adapters.repositories.carts import CartRepository
from gateway.adapters.repositories.catalogue import CatalogueRepository
from gateway.adapters.repositories.clients import ClientsRepository
from gateway.adapters.repositories.codes import CodeUsesRepository, StoredValuesRepository
from gateway.adapters.repositories.contact_messages import ContactMessagesRepository
from gateway.adapters.repositories.data_keys import DataKeysRepository
from gateway.adapters.repositories.directory import DirectoryRepository
from gateway.adapters.repositories.gift_contacts import (
    GiftContactsRepository,
    GiftTokensRepository,
)
from gateway.adapters.repositories.gift_events import GiftEventsRepository
from gateway.adapters.repositories.gift_guesses import GiftGuessesRepository
from gateway.adapters.repositories.gift_orders import GiftOrdersRepository
from gateway.adapters.repositories.gifts import GiftsRepository
from gateway.adapters.repositories.grants import GrantsRepository
from gateway.adapters.repositories.keys import ApiKeysRepository
from gateway.adapters.repositories.order_payments import OrderPaymentsRepository
from gateway.adapters.repositories.orders import OrdersRepository
from gateway.adapters.repositories.outbox import OutboxRepository
from gateway.adapters.repositories.purchasers import (
    AddressesRepository,
    PaymentMethodsRepository,
    PurchasersRepository,
)
from gateway.adapters.repositories.rules import RuleSetsRepository
from gateway.adapters.repositories.sessions import SessionsRepository, SignInCodesRepository
from gateway.adapters.repositories.stock import StockRepository
from gateway.adapters.repositories.webhooks import WebhooksRepository
from gateway.adapters.sessions import Session

RepositoryT = TypeVar("RepositoryT")


class Made(Generic[RepositoryT]):
    """An attribute whose repository is made at its first use and kept."""

    def __init__(self, make: Callable[[Session], RepositoryT]) -> None:
        self._make = make

    def __set_name__(self, owner: type["Shelf"], name: str) -> None:
        self._name = name

    def __get__(self, shelf: "Shelf", owner: type["Shelf"]) -> RepositoryT:
        repository = self._make(shelf.session)
        # Kept under the attribute's own name, where Python looks before it asks here again.
        shelf.__dict__[self._name] = repository
        return repository


class Shelf:
    """The repositories of one reader or one transaction."""

    outbox = Made(OutboxRepository)
    data_keys = Made(DataKeysRepository)
    clients = Made(ClientsRepository)
    sign_in_codes = Made(SignInCodesRepository)
    sessions = Made(SessionsRepository)
    purchasers = Made(PurchasersRepository)
    addresses = Made(AddressesRepository)
    payment_methods = Made(PaymentMethodsRepository)
    grants = Made(GrantsRepository)
    gifts = Made(GiftsRepository)
    gift_orders = Made(GiftOrdersRepository)
    gift_events = Made(GiftEventsRepository)
    gift_tokens = Made(GiftTokensRepository)
    gift_contacts = Made(GiftContactsRepository)
    contact_messages = Made(ContactMessagesRepository)
    gift_guesses = Made(GiftGuessesRepository)
    api_keys = Made(ApiKeysRepository)
    webhooks = Made(WebhooksRepository)
    directory = Made(DirectoryRepository)
    catalogue = Made(CatalogueRepository)
    stock = Made(StockRepository)
    rule_sets = Made(RuleSetsRepository)
    stored_values = Made(StoredValuesRepository)
    code_uses = Made(CodeUsesRepository)
    carts = Made(CartRepository)
    orders = Made(OrdersRepository)
    order_payments = Made(OrderPaymentsRepository)
    attempts = Made(AttemptsRepository)

    def __init__(self, session: Session) -> None:
        self.session = session
