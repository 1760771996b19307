"""The shop that is measured: the demonstration's, with carts of known sizes and one buyer."""

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from gateway.adapters.migrations import migrate
from gateway.bootstrap import Gateway, bootstrap
from gateway.engine.carts import Cart, CartLine
from gateway.engine.catalogue import Product, Variant
from gateway.engine.places import Destination
from gateway.services.identity import one_click
from gateway.services.identity.callers import Credentials
from gateway.services.identity.demo import ADA, token_for
from gateway.services.identity.identifiers import Identifiers
from gateway.services.identity.one_click import Choice
from gateway.services.keys import add_key
from gateway.services.ports.keys import Role
from gateway.serving import plant
from gateway.settings import Settings

GOODS = 1_000
CARTS = 64
SIZES = (10, 100, 1_000)
DESTINATION = Destination("US", "CA", "94043", "Mountain View")
FILE = "shop.json"


@dataclass(frozen=True, slots=True)
class Shop:
    """What the load needs to know of the shop."""

    token: str
    client: str
    variants: tuple[str, ...]
    carts: dict[str, tuple[str, ...]]
    """The ids of the carts by how many lines they have."""
    staff: str = ""
    """The secret of a key of staff, who say what became of shipments."""
    database_url: str = ""
    middle_of_orders: str = ""
    """A cursor deep in the list of the buyer's orders, where there are many."""

    @property
    def headers(self) -> dict[str, str]:
        """What tells the server who asks."""
        return {"Authorization": f"Bearer {self.token}", "X-Client-Id": self.client}

    @property
    def for_staff(self) -> "Shop":
        """The shop as staff call it."""
        return replace(self, token=self.staff)


def settings(folder: Path, database_url: str = "") -> Settings:
    """The defaults, on the shop in ``folder``: its secret is kept there, as at a first start."""
    return Settings(data_dir=folder, database_url=database_url)


def read_shop(folder: Path) -> Shop:
    """The shop that was opened in ``folder``."""
    return Shop(**json.loads((folder / FILE).read_text()))


def keep_shop(folder: Path, shop: Shop) -> None:
    """Keep what is to be known of the shop in ``folder``."""
    (folder / FILE).write_text(json.dumps(asdict(shop)))


async def open_shop(folder: Path, database_url: str = "") -> Shop:
    """A new shop in ``folder``, with its database at the URL or in a file there."""
    folder.mkdir(mode=0o700, exist_ok=True)  # noqa: ASYNC240 - once, at the start
    chosen = settings(folder, database_url)
    await migrate(chosen.database)
    async with bootstrap(chosen) as gateway:
        await plant(gateway)
        goods = await _goods(gateway)
        token, client = await _buyer(gateway)
        staff = await _staff(gateway)
        carts = {str(size): await _carts(gateway, goods, size) for size in SIZES}
    shop = Shop(token, client, tuple(goods), carts, staff, database_url)
    keep_shop(folder, shop)
    return shop


async def _goods(gateway: Gateway) -> list[str]:
    """Variants in five tax categories' worth of products, without limit in stock."""
    parts = gateway.parts
    stocked = {}
    for number in range(GOODS):
        product = Product(parts.ids.new("prd"), f"ware-{number}", f"Ware {number}")
        prices = {"USD": 499 + 37 * (number % 50), "EUR": 599}
        category = "food" if number % 5 == 4 else None
        stocked[product] = [
            Variant(
                parts.ids.new("var"),
                product.id,
                f"WARE-{number}",
                f"Ware {number}",
                prices,
                tax_category=category,
                grams=20,
            )
        ]
    async with parts.database.begin() as work:
        await work.catalogue.save(stocked, parts.clock.now())
    return [variant.id for those in stocked.values() for variant in those]


async def _buyer(gateway: Gateway) -> tuple[str, str]:
    """The token and the identifier of a client on which one click buys."""
    parts = gateway.parts.identity
    token = await token_for(ADA.email, parts=parts)
    issued = Identifiers(parts.ids, parts.cipher).issue()
    credentials = Credentials(identifier=issued.secret, authorization=f"Bearer {token}")
    caller = await gateway.recogniser.recognise(credentials)
    async with parts.database.read() as reading:
        found = await one_click.standing(caller=caller, reading=reading, cipher=parts.cipher)
    assert token is not None
    assert found is not None
    choice = Choice(found.addresses[0].id, found.payment_methods[0].id)
    enabled = await one_click.enable(choice, caller=caller, parts=parts)
    assert enabled.value is not None
    assert enabled.value.enabled, enabled
    return token, issued.secret


async def _staff(gateway: Gateway) -> str:
    """The secret of a new key."""
    parts = gateway.parts
    return await add_key(
        "staff", Role.STAFF, "", database=parts.database, ids=parts.ids, clock=parts.clock
    )


async def _carts(gateway: Gateway, goods: list[str], size: int) -> tuple[str, ...]:
    parts = gateway.parts
    found = []
    async with parts.database.begin() as work:
        variants = await work.catalogue.variants(goods)
        for number in range(CARTS if size == SIZES[0] else 4):
            chosen = [goods[(number * size + at) % len(goods)] for at in range(size)]
            lines = tuple(
                CartLine(id, 1 + at % 3, variants[id].prices["USD"]) for at, id in enumerate(chosen)
            )
            cart = Cart(parts.ids.new("crt"), 1, parts.policy.currency, lines, DESTINATION)
            await work.carts.add(cart, parts.clock.now())
            found.append(cart.id)
    return tuple(found)


if __name__ == "__main__":
    import sys

    asyncio.run(open_shop(Path(sys.argv[1])))
