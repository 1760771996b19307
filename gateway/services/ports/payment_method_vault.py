"""The port of what the payment provider keeps of its payers' methods."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class PaymentMethodDetails:
    """The details of a method that may be shown: at most four digits, its last day, its brand.

    ``brand`` is that of a card, in the provider's word (``visa``); None if it is no card.
    """

    last_four: str | None
    expires_on: date | None
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentSetup:
    """What a browser needs to enter a method at the provider.

    ``client_secret`` is the purchaser's alone: it is neither stored nor logged.
    """

    client_secret: str = field(repr=False)
    publishable_key: str | None


@dataclass(frozen=True, slots=True)
class AdoptedMethod:
    """A method that can be charged for its customer, under the provider's token for it.

    ``stands_alone``: the token names this method and no other, so that it is saved once.
    """

    provider_token: str = field(repr=False)
    details: PaymentMethodDetails
    stands_alone: bool = True


class MethodRefusal(StrEnum):
    """Why a method cannot be charged for a customer."""

    UNKNOWN = "UNKNOWN"
    NOT_CONFIRMED = "NOT_CONFIRMED"
    DECLINED = "DECLINED"


class TooManySetups(Exception):
    """A customer has entered ``maximum`` methods in a day."""

    def __init__(self, maximum: int) -> None:
        super().__init__(f"at most {maximum} a day")
        self.maximum = maximum


AdoptionResult: TypeAlias = AdoptedMethod | MethodRefusal


class PaymentMethodVault(Protocol):
    """Keeps the methods of customers at the provider; a customer is named by our own id."""

    async def start_setup(self, customer_id: str) -> PaymentSetup | None:
        """What a browser needs to enter a method; None if methods need no setup.

        Asking again before a method was entered gives the same setup, so that nobody makes many.

        Raises:
            ProviderUnavailable: no answer came.
            TooManySetups: as many methods were entered today.

        """
        ...

    async def adopt(self, provider_token: str, customer_id: str) -> AdoptionResult:
        """The method of a token or of a completed setup, which is the customer's from now on.

        A method of another customer is unknown.

        Raises:
            ProviderUnavailable: no answer came.

        """
        ...

    async def find_details(
        self, provider_token: str, customer_id: str
    ) -> PaymentMethodDetails | None:
        """The details of the customer's method now; None if it is theirs no more.

        Raises:
            ProviderUnavailable: no answer came.

        """
        ...

    async def detach(self, provider_token: str) -> None:
        """Let the provider forget the method; one that it does not know is forgotten.

        Raises:
            ProviderUnavailable: no answer came.

        """
        ...

    async def forget_customer(self, customer_id: str) -> None:
        """Let the provider forget the customer with all of their methods.

        Raises:
            ProviderUnavailable: no answer came.

        """
        ...
