"""Demonstration purchasers, and tokens without a sign-in by mail, only for development."""

from dataclasses import dataclass, replace

from gateway.engine.addresses.address import PostalAddress
from gateway.services.identity.addresses import AddressDraft, save_address
from gateway.services.identity.callers import Authentication, Caller, CallingClient
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.identity.emails import normalize_email
from gateway.services.identity.payment_methods import save_method
from gateway.services.identity.registration import find_or_add_purchaser, find_purchaser_id
from gateway.services.identity.sign_in import open_session

DEMO_CLIENT = CallingClient("cli_demo", digest="")


@dataclass(frozen=True, slots=True)
class DemoPurchaser:
    """An invented purchaser, with the data that one-click needs."""

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


async def add_demo_purchasers(
    dependencies: IdentityDependencies, *, with_simulated_methods: bool = True
) -> tuple[str, ...]:
    """Add the demo purchasers that do not exist yet; returns the ids of all.

    Their payment methods are those of the simulated provider: without ``with_simulated_methods``
    they have none.
    """
    purchasers = (
        purchaser if with_simulated_methods else replace(purchaser, methods=())
        for purchaser in DEMO_PURCHASERS
    )
    return tuple([await _add_purchaser(purchaser, dependencies) for purchaser in purchasers])


async def create_token(email: str, *, dependencies: IdentityDependencies) -> str | None:
    """A token as after a sign-in now, for a purchaser who is added if there is none.

    None if ``email`` is not an e-mail address.
    """
    address = normalize_email(email)
    if address is None:
        return None
    async with dependencies.database.begin() as work:
        purchaser_id = await find_or_add_purchaser(address, work=work, dependencies=dependencies)
        return await open_session(purchaser_id, work=work, dependencies=dependencies)


async def _add_purchaser(purchaser: DemoPurchaser, dependencies: IdentityDependencies) -> str:
    async with dependencies.database.begin() as work:
        existing_id = await find_purchaser_id(
            purchaser.email, reading=work, cipher=dependencies.cipher
        )
        purchaser_id = await find_or_add_purchaser(
            purchaser.email, work=work, dependencies=dependencies
        )
    if existing_id is None:
        await _save_details(purchaser, purchaser_id, dependencies)
    return purchaser_id


async def _save_details(
    purchaser: DemoPurchaser, purchaser_id: str, dependencies: IdentityDependencies
) -> None:
    authentication = Authentication(purchaser_id, dependencies.clock.now())
    caller = Caller(DEMO_CLIENT, authentication=authentication)
    for draft in purchaser.addresses:
        await save_address(draft, caller=caller, dependencies=dependencies)
    for token, nickname in purchaser.methods:
        await save_method(token, nickname, caller=caller, dependencies=dependencies)
