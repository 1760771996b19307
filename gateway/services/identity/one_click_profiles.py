"""One-click profiles: the address and method that a purchaser enabled on a client."""

from dataclasses import dataclass

from gateway.engine.addresses.validation import AddressVerdict, assess_address
from gateway.engine.checkout.outcomes import Buyer, OneClickConsent
from gateway.engine.identity.assurance import Assurance
from gateway.engine.identity.one_click_offers import OneClickSetup, missing_details
from gateway.engine.identity.purchasers import OneClickProfile, PaymentMethod, SavedAddress
from gateway.engine.user_errors import ErrorCollector
from gateway.services.identity.addresses import find_address, label_indexes
from gateway.services.identity.callers import Caller, CallingClient, require_purchaser
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.identity.payment_methods import find_method
from gateway.services.identity.sealed_records import create_personal_cipher, find_personal_cipher
from gateway.services.identity.text_input import MAX_LABEL_LENGTH, check_text
from gateway.services.outcomes import Outcome
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher


@dataclass(frozen=True, slots=True)
class OneClickStatus:
    """Whether one-click is on for a client and its purchaser, and which inputs were not usable."""

    enabled: bool
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileChoice:
    """The address and method of a new profile; without a label it gets the address's."""

    address_id: str
    payment_method_id: str
    label: str | None = None


async def enable_profile(
    choice: ProfileChoice, *, caller: Caller, dependencies: IdentityDependencies
) -> Outcome[OneClickStatus]:
    """Turn one-click on for the caller's client; requires a recent sign-in."""
    owner = require_purchaser(Assurance.RECENT, caller=caller, dependencies=dependencies)
    if owner.value is None:
        return Outcome(OneClickStatus(enabled=False), owner.user_errors)
    collector = ErrorCollector()
    path = ("input", "label")
    label = check_text(choice.label or "", path, collector, max_length=MAX_LABEL_LENGTH)
    if collector.errors:
        return Outcome(OneClickStatus(enabled=False), tuple(collector.errors))
    checked_choice = ProfileChoice(choice.address_id, choice.payment_method_id, label or None)
    async with dependencies.database.begin() as work:
        return Outcome(
            await _grant_profile(checked_choice, owner.value, caller.client, work, dependencies)
        )


async def remember_client(
    buyer: Buyer, consent: OneClickConsent, *, work: UnitOfWork, dependencies: IdentityDependencies
) -> None:
    """Store the client of a buyer who consents to one-click, which the purchase turns on."""
    if buyer.purchaser_id is not None and buyer.client_id is not None:
        now = dependencies.clock.now()
        await work.clients.add_if_absent(buyer.client_id, consent.client_digest, now)
        await work.clients.map_to_purchaser(buyer.client_id, buyer.purchaser_id, now)


async def enable_after_purchase(
    buyer: Buyer, consent: OneClickConsent, *, work: UnitOfWork, dependencies: IdentityDependencies
) -> None:
    """Turn one-click on for a buyer who consented, if they are still the client's purchaser.

    Somebody else may have signed in on the device while the payment waited for confirmation.
    """
    if buyer.purchaser_id is None or buyer.client_id is None:
        return
    if await work.clients.list_purchaser_candidates(buyer.client_id, 1) != (buyer.purchaser_id,):
        return
    choice = ProfileChoice(consent.address_id, consent.payment_method_id)
    client = CallingClient(buyer.client_id, consent.client_digest)
    await _grant_profile(choice, buyer.purchaser_id, client, work, dependencies)


async def _grant_profile(
    choice: ProfileChoice,
    purchaser_id: str,
    client: CallingClient,
    work: UnitOfWork,
    dependencies: IdentityDependencies,
) -> OneClickStatus:
    """Turn one-click on within ``work``, unless the address or the method is not usable."""
    address = await _find_usable_address(
        choice.address_id, purchaser_id, work=work, dependencies=dependencies
    )
    method = await _find_usable_method(
        choice.payment_method_id, purchaser_id, work=work, dependencies=dependencies
    )
    if address is None or method is None:
        return OneClickStatus(enabled=False, missing=missing_details(address, method))
    now = dependencies.clock.now()
    await work.clients.add_if_absent(client.id, client.digest, now)
    await work.clients.map_to_purchaser(client.id, purchaser_id, now)
    profile = OneClickProfile(choice.label or address.label, address.id, method.id, now)
    key = label_indexes(purchaser_id, profile.label, dependencies.cipher)[0]
    personal_cipher = await create_personal_cipher(purchaser_id, work, dependencies.cipher)
    await work.one_click_grants.upsert(personal_cipher.grant_record(profile, client.id, key))
    return OneClickStatus(enabled=True)


async def disable_profiles(
    *, everywhere: bool, caller: Caller, dependencies: IdentityDependencies
) -> Outcome[OneClickStatus]:
    """Turn one-click off on the caller's client, or on every client of the purchaser."""
    owner = require_purchaser(Assurance.RECOGNISED, caller=caller, dependencies=dependencies)
    if owner.value is None:
        return Outcome(OneClickStatus(enabled=False), owner.user_errors)
    async with dependencies.database.begin() as work:
        await work.one_click_grants.delete(owner.value, None if everywhere else caller.client.id)
    return Outcome(OneClickStatus(enabled=False))


async def load_setup(
    *, caller: Caller, reading: ReadSession, cipher: Cipher
) -> OneClickSetup | None:
    """The caller's addresses, methods and profiles; None if no purchaser is known."""
    if caller.purchaser_id is None:
        return None
    owner = caller.purchaser_id
    personal_cipher = await find_personal_cipher(owner, reading, cipher)
    if personal_cipher is None:
        return OneClickSetup()
    grants = await reading.one_click_grants.list_for(caller.client.id, owner)
    return OneClickSetup(
        tuple(map(personal_cipher.address, await reading.addresses.list_for(owner))),
        tuple(map(personal_cipher.payment_method, await reading.payment_methods.list_for(owner))),
        tuple(map(personal_cipher.profile, grants)),
    )


async def _find_usable_address(
    id: str, purchaser_id: str, *, work: UnitOfWork, dependencies: IdentityDependencies
) -> SavedAddress | None:
    """The purchaser's address; None if it is deleted or no longer valid."""
    address = await find_address(id, purchaser_id, reading=work, cipher=dependencies.cipher)
    if address is None:
        return None
    assessment = assess_address(address.postal, dependencies.countries.rules_for(address.country))
    return None if assessment.level is AddressVerdict.ERROR else address


async def _find_usable_method(
    id: str, purchaser_id: str, *, work: UnitOfWork, dependencies: IdentityDependencies
) -> PaymentMethod | None:
    """The purchaser's method; None if it is deleted or has expired."""
    method = await find_method(id, purchaser_id, reading=work, cipher=dependencies.cipher)
    is_expired = method is not None and method.is_expired(dependencies.clock.now().date())
    return None if is_expired else method
