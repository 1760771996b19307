"""Buying by one click: what a purchaser enabled on a client, and what follows for the button."""

from dataclasses import dataclass

from gateway.engine.assurance import Assurance
from gateway.engine.buying import Buyer, Consent
from gateway.engine.complaints import Complaints
from gateway.engine.offers import Standing, lacking
from gateway.engine.purchasers import PaymentMethod, Profile, SavedAddress
from gateway.engine.sufficiency import Level, assess
from gateway.services.identity.addresses import label_indexes, saved_address, saved_addresses
from gateway.services.identity.callers import Caller, CallingClient
from gateway.services.identity.demands import demanded
from gateway.services.identity.parts import IdentityParts
from gateway.services.identity.payment_methods import saved_method, saved_methods
from gateway.services.identity.personal import drawer, own_drawer
from gateway.services.identity.texts import LONGEST_LABEL, kept_text
from gateway.services.outcomes import Outcome
from gateway.services.ports.database import Reading, Work
from gateway.services.ports.vault import Cipher


@dataclass(frozen=True, slots=True)
class Enabling:
    """Whether one-click is on for the pair of client and purchaser, and what it lacks."""

    enabled: bool
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What a purchaser wants one click to mean; without a label, that of the address."""

    address_id: str
    payment_method_id: str
    label: str | None = None


async def enable(choice: Choice, *, caller: Caller, parts: IdentityParts) -> Outcome[Enabling]:
    """Turn one-click on for the caller's client; demands a recent sign-in."""
    owner = demanded(Assurance.RECENT, caller=caller, parts=parts)
    if owner.value is None:
        return Outcome(Enabling(enabled=False), owner.user_errors)
    complaints = Complaints()
    path = ("input", "label")
    label = kept_text(choice.label or "", path, complaints, longest=LONGEST_LABEL)
    if complaints.found:
        return Outcome(Enabling(enabled=False), tuple(complaints.found))
    read = Choice(choice.address_id, choice.payment_method_id, label or None)
    async with parts.database.begin() as work:
        return Outcome(await _grant(read, owner.value, caller.client, work, parts))


async def agree(buyer: Buyer, consent: Consent, *, work: Work, parts: IdentityParts) -> None:
    """Know the client of a buyer who wants one-click; it is turned on when they have bought."""
    if buyer.purchaser_id is not None and buyer.client_id is not None:
        now = parts.clock.now()
        await work.clients.remember(buyer.client_id, consent.client_digest, now)
        await work.clients.map(buyer.client_id, buyer.purchaser_id, now)


async def fulfil(buyer: Buyer, consent: Consent, *, work: Work, parts: IdentityParts) -> None:
    """Turn one-click on for a buyer who wanted it, if the client still stands for them.

    A payment may have waited for its payer while somebody else signed in on the device.
    """
    if buyer.purchaser_id is None or buyer.client_id is None:
        return
    if await work.clients.candidates(buyer.client_id, 1) != (buyer.purchaser_id,):
        return
    choice = Choice(consent.address_id, consent.payment_method_id)
    client = CallingClient(buyer.client_id, consent.client_digest)
    await _grant(choice, buyer.purchaser_id, client, work, parts)


async def _grant(
    choice: Choice, purchaser_id: str, client: CallingClient, work: Work, parts: IdentityParts
) -> Enabling:
    """Turn one-click on within ``work``, unless the address or the method is of no use."""
    address = await _usable_address(choice.address_id, purchaser_id, work=work, parts=parts)
    method = await _usable_method(choice.payment_method_id, purchaser_id, work=work, parts=parts)
    if address is None or method is None:
        return Enabling(enabled=False, missing=lacking(address, method))
    now = parts.clock.now()
    await work.clients.remember(client.id, client.digest, now)
    await work.clients.map(client.id, purchaser_id, now)
    profile = Profile(choice.label or address.label, address.id, method.id, now)
    key = label_indexes(purchaser_id, profile.label, parts.cipher)[0]
    opener = await own_drawer(purchaser_id, work, parts.cipher)
    await work.grants.put(opener.grant_record(profile, client.id, key))
    return Enabling(enabled=True)


async def disable(*, everywhere: bool, caller: Caller, parts: IdentityParts) -> Outcome[Enabling]:
    """Turn one-click off on the caller's client, or on every client of the purchaser."""
    owner = demanded(Assurance.RECOGNISED, caller=caller, parts=parts)
    if owner.value is None:
        return Outcome(Enabling(enabled=False), owner.user_errors)
    async with parts.database.begin() as work:
        await work.grants.withdraw(owner.value, None if everywhere else caller.client.id)
    return Outcome(Enabling(enabled=False))


async def profiles(
    client_id: str, purchaser_id: str, *, reading: Reading, cipher: Cipher
) -> tuple[Profile, ...]:
    """What the purchaser enabled on the client, in the order they did."""
    opener = await drawer(purchaser_id, reading, cipher)
    if opener is None:
        return ()
    return tuple(map(opener.profile, await reading.grants.of(client_id, purchaser_id)))


async def standing(*, caller: Caller, reading: Reading, cipher: Cipher) -> Standing | None:
    """What the caller keeps and has enabled here; nothing where no purchaser is known."""
    if caller.purchaser_id is None:
        return None
    owner = caller.purchaser_id
    return Standing(
        await saved_addresses(owner, reading=reading, cipher=cipher),
        await saved_methods(owner, reading=reading, cipher=cipher),
        await profiles(caller.client.id, owner, reading=reading, cipher=cipher),
    )


async def _usable_address(
    id: str, purchaser_id: str, *, work: Work, parts: IdentityParts
) -> SavedAddress | None:
    """The address, unless it is gone or can no longer be delivered to."""
    address = await saved_address(id, purchaser_id, reading=work, cipher=parts.cipher)
    if address is None:
        return None
    assessment = assess(address.postal, parts.countries.rules(address.country))
    return None if assessment.level is Level.ERROR else address


async def _usable_method(
    id: str, purchaser_id: str, *, work: Work, parts: IdentityParts
) -> PaymentMethod | None:
    """The method, unless it is gone or has expired."""
    method = await saved_method(id, purchaser_id, reading=work, cipher=parts.cipher)
    expired = method is not None and method.expired(parts.clock.now().date())
    return None if expired else method
