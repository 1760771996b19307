"""Saved payment methods as the payment provider has them now: cards expire, are replaced and go."""

from dataclasses import dataclass, replace

from gateway.engine.identity.purchasers import PaymentMethod
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.identity.payment_methods import list_methods
from gateway.services.identity.sealed_records import find_personal_cipher
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.payment_method_vault import PaymentMethodDetails


@dataclass(frozen=True, slots=True)
class _SeenMethod:
    """A saved method, and its details at the provider; None if they are the customer's no more."""

    method: PaymentMethod
    details: PaymentMethodDetails | None

    @property
    def is_as_saved(self) -> bool:
        """Whether nothing has changed."""
        method = self.method
        return self.details == PaymentMethodDetails(
            method.last_four, method.expires_on, method.brand
        )


async def refresh_methods(purchaser_id: str, *, dependencies: IdentityDependencies) -> None:
    """Give the purchaser's methods the provider's details; those that it gave up are deleted.

    Whoever is no purchaser has no methods.

    Raises:
        ProviderUnavailable: no answer came; nothing is changed.

    """
    async with dependencies.database.read() as reading:
        methods = await list_methods(purchaser_id, reading=reading, cipher=dependencies.cipher)
    vault = dependencies.payment_method_vault
    seen_methods = [
        _SeenMethod(method, await vault.find_details(method.provider_token, purchaser_id))
        for method in methods
    ]
    changed_methods = [seen for seen in seen_methods if not seen.is_as_saved]
    if not changed_methods:
        return
    async with dependencies.database.begin() as work:
        for seen in changed_methods:
            await _save(seen, work, dependencies)


async def _save(seen: _SeenMethod, work: UnitOfWork, dependencies: IdentityDependencies) -> None:
    method, details = seen.method, seen.details
    if details is None:
        await work.payment_methods.delete(method.id, method.purchaser_id)
        return
    personal_cipher = await find_personal_cipher(method.purchaser_id, work, dependencies.cipher)
    if personal_cipher is None:
        return
    refreshed_method = replace(
        method,
        last_four=details.last_four,
        expires_on=details.expires_on,
        brand=details.brand,
    )
    await work.payment_methods.save(personal_cipher.payment_method_record(refreshed_method))
