"""Purchasers to try the gateway with, and tokens without a mail: for development only."""

from dataclasses import dataclass

from gateway.engine.places import PostalAddress
from gateway.services.identity.addresses import AddressDraft, save_address
from gateway.services.identity.callers import Authentication, Caller, CallingClient
from gateway.services.identity.emails import normalised
from gateway.services.identity.parts import IdentityParts
from gateway.services.identity.payment_methods import save_method
from gateway.services.identity.registering import by_email, registered
from gateway.services.identity.signing_in import open_session

NOBODYS_CLIENT = CallingClient("cli_demo", digest="")


@dataclass(frozen=True, slots=True)
class DemoPurchaser:
    """Somebody made up: enough is kept for them to turn one-click on."""

    email: str
    addresses: tuple[AddressDraft, ...]
    methods: tuple[tuple[str, str | None], ...]


ADA = DemoPurchaser(
    "ada@example.com",
    (
        AddressDraft(
            None,
            "home",
            PostalAddress(
                "Ada Lovelace", "US", "CA", "Mountain View", "94043", ("100 Castro Street",)
            ),
        ),
        AddressDraft(
            None,
            "office",
            PostalAddress(
                "Ada Lovelace", "US", "NY", "New York", "10001", ("5 Pennsylvania Plaza",)
            ),
            use_for_gifts=True,
        ),
    ),
    (("sim_ok", "everyday"), ("sim_3ds", None)),
)
GRACE = DemoPurchaser(
    "grace@example.com",
    (
        AddressDraft(
            None,
            "home",
            PostalAddress("Grace Hopper", "GB", None, "London", "SW1Y 4LB", ("9 Pall Mall",)),
        ),
    ),
    (("sim_ok", None),),
)
DEMO_PURCHASERS = (ADA, GRACE)


async def add_demo_purchasers(parts: IdentityParts) -> tuple[str, ...]:
    """The ids of the demo purchasers; those who are there already stay as they are."""
    return tuple([await _added(each, parts) for each in DEMO_PURCHASERS])


async def token_for(email: str, *, parts: IdentityParts) -> str | None:
    """A token as after a sign-in just now, for a purchaser who is made if there is none.

    Nothing for what is no e-mail address.
    """
    address = normalised(email)
    if address is None:
        return None
    async with parts.database.begin() as work:
        purchaser_id = await registered(address, work=work, parts=parts)
        return await open_session(purchaser_id, work=work, parts=parts)


async def _added(demo: DemoPurchaser, parts: IdentityParts) -> str:
    async with parts.database.begin() as work:
        known = await by_email(demo.email, reading=work, cipher=parts.cipher)
        purchaser_id = await registered(demo.email, work=work, parts=parts)
    if known is None:
        await _furnish(demo, purchaser_id, parts)
    return purchaser_id


async def _furnish(demo: DemoPurchaser, purchaser_id: str, parts: IdentityParts) -> None:
    signed_in = Authentication(purchaser_id, parts.clock.now())
    caller = Caller(NOBODYS_CLIENT, authentication=signed_in)
    for draft in demo.addresses:
        await save_address(draft, caller=caller, parts=parts)
    for token, nickname in demo.methods:
        await save_method(token, nickname, caller=caller, parts=parts)
