"""One Customer at Stripe for each subject: it is sent our id and nothing else of the person."""

from dataclasses import dataclass

import stripe

from gateway.adapters.databases.opening import OpenDatabase
from gateway.adapters.repositories.payment_customers import PaymentCustomersRepository
from gateway.adapters.repositories.payment_requests import PaymentRequestsRepository
from gateway.adapters.stripe_payments.client import is_old_answer
from gateway.adapters.stripe_payments.refusals import StoredFailure, own_errors
from gateway.services.ports.clock import Clock

SUBJECT_NAME = "gateway_subject"
"""The name in the metadata at Stripe of whose Customer it is."""


@dataclass(frozen=True, slots=True)
class StripeCustomers:
    """The Customers of purchasers and of guests' purchases."""

    client: stripe.StripeClient
    database: OpenDatabase
    clock: Clock

    async def find(self, subject: str) -> str | None:
        """Stripe's id of the Customer of ``subject``; None if it has none yet."""
        async with self.database.read() as reading:
            return await PaymentCustomersRepository(reading.session).find(subject)

    async def find_subject(self, customer: str) -> str | None:
        """Whose Customer ``customer`` is; None if it is not ours."""
        async with self.database.read() as reading:
            return await PaymentCustomersRepository(reading.session).find_subject(customer)

    async def ensure(self, subject: str) -> str:
        """Stripe's id of the Customer of ``subject``, which is made if there is none.

        Raises:
            ProviderUnavailable: no answer came.

        """
        customer = await self.find(subject)
        if customer is not None:
            return customer
        key = f"customer-{subject}"
        try:
            customer = await self._create(subject, key)
        except StoredFailure:
            # Stripe repeats it for a day. A Customer too many, if it has made one, does no harm.
            customer = await self._create(subject, f"{key}-{self.clock.now().timestamp():.0f}")
        async with self.database.begin() as work:
            customers = PaymentCustomersRepository(work.session)
            await customers.add(subject, customer, self.clock.now())
            # Another process may have been first, when Stripe had forgotten the key.
            return await customers.find(subject) or customer

    async def _create(self, subject: str, idempotency_key: str) -> str:
        """The Customer that is made under the key, or the one made after it was deleted."""
        with own_errors():
            created = await self.client.v1.customers.create_async(
                {"metadata": {SUBJECT_NAME: subject}}, {"idempotency_key": idempotency_key}
            )
            if not is_old_answer(created):
                return created.id
            present = (await self.client.v1.customers.retrieve_async(created.id)).to_dict()
        if not present.get("deleted"):
            return created.id
        return await self._create(subject, f"{idempotency_key}-{created.id}")

    async def replace(self, customer: str) -> None:
        """Let its subject's next payment make another Customer: Stripe does not know ``customer``.

        What was asked for it remains.
        """
        async with self.database.begin() as work:
            await PaymentCustomersRepository(work.session).delete(customer)

    async def forget(self, customer: str) -> None:
        """Forget ``customer`` and what was asked for it; its subject's next payment makes another.

        Nothing is deleted at Stripe.
        """
        async with self.database.begin() as work:
            await PaymentRequestsRepository(work.session).delete_of_customer(customer)
            await PaymentCustomersRepository(work.session).delete(customer)
