"""The shop that is measured: the demonstration's, with carts of known sizes and one buyer."""

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from gateway.adapters.migrations import migrate
from gateway.bootstrap import Gateway, bootstrap
from gateway.engine.addresses.address import Destination
from gateway.engine.carts import Cart, CartLine
from gateway.engine.catalogue.products import Image, Product, Variant
from gateway.server import seed_demo_shop
from gateway.services.api_keys import add_key
from gateway.services.catalogue.product_lists import CURSOR_LIST
from gateway.services.demo.purchasers import ADA, create_token
from gateway.services.dependencies import Dependencies
from gateway.services.identity import one_click_profiles
from gateway.services.identity.callers import Credentials
from gateway.services.identity.client_identifiers import ClientIdentifiers
from gateway.services.identity.one_click_profiles import ProfileChoice
from gateway.services.pagination import MAX_PAGE_SIZE, encode_cursor
from gateway.services.ports.api_keys import ApiKeyRole
from gateway.settings import Settings

PRODUCT_COUNT = 1_000
CART_COUNT = 64
CART_SIZES = (10, 100, 1_000)
DESTINATION = Destination("US", "CA", "94043", "Mountain View")
SHOP_FILE = "shop.json"


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
    start_of_products: str = ""
    """The cursor in the list of products after which those come that are measured."""

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
    return Shop(**json.loads((folder / SHOP_FILE).read_text()))


def save_shop(folder: Path, shop: Shop) -> None:
    """Keep what is to be known of the shop in ``folder``."""
    (folder / SHOP_FILE).write_text(json.dumps(asdict(shop)))


async def create_shop(folder: Path, database_url: str = "") -> Shop:
    """A new shop in ``folder``, with its database at the URL or in a file there."""
    folder.mkdir(mode=0o700, exist_ok=True)  # noqa: ASYNC240 - once, at the start
    chosen = settings(folder, database_url)
    await migrate(chosen.resolved_database_url)
    async with bootstrap(chosen) as gateway:
        await seed_demo_shop(gateway)
        start_of_products = await _end_of_products(gateway)
        goods = await _create_products(gateway)
        token, client = await _create_buyer(gateway)
        staff = await _create_staff_key(gateway)
        carts = {str(size): await _create_carts(gateway, goods, size) for size in CART_SIZES}
    shop = Shop(
        token,
        client,
        tuple(goods),
        carts,
        staff,
        database_url,
        start_of_products=start_of_products,
    )
    save_shop(folder, shop)
    return shop


COLORS = ("black", "blue", "brown", "green", "grey", "red", "white", "yellow")
SIZES = ("S", "M", "L")
PICTURE_SIDE = 640


async def _end_of_products(gateway: Gateway) -> str:
    """The cursor of the last product, of the few that there are."""
    async with gateway.dependencies.database.read() as reading:
        listed = await reading.catalogue.list_products(MAX_PAGE_SIZE, None)
    return encode_cursor(CURSOR_LIST, listed[-1].position)


async def _create_products(gateway: Gateway) -> list[str]:
    """Products with pictures, in one to three sizes, some reduced, without limit in stock.

    Returns the variant of each that is measured in carts and purchases.
    """
    parts = gateway.dependencies
    stocked = dict(_product(parts, number) for number in range(PRODUCT_COUNT))
    async with parts.database.begin() as work:
        await work.catalogue.save(stocked, parts.clock.now())
    return [variants[0].id for variants in stocked.values()]


def _product(parts: Dependencies, number: int) -> tuple[Product, list[Variant]]:
    """A product that only its number tells from others; every fifth is food, and so not taxed."""
    product = Product(
        parts.ids.new("prd"),
        f"ware-{number}",
        f"Ware {number}",
        f"Maker {number % 20}",
        "Olive oil, soap and candles.",
        product_type=f"Kind {number % 10}",
        tags=(f"tag {number % 7}", f"tag {7 + number % 11}"),
        option_names=("Color", "Size"),
        images=tuple(_picture(number, side) for side in ("front", "back")),
    )
    color, price = COLORS[number % len(COLORS)], 499 + 37 * (number % 50)
    variants = [
        Variant(
            parts.ids.new("var"),
            product.id,
            f"WARE-{number}" + ("" if index == 0 else f"-{size}"),
            f"Ware {number}" + ("" if index == 0 else f", {size}"),
            {"USD": price + 100 * index, "EUR": 599},
            tax_category="food" if number % 5 == 4 else None,
            grams=20,
            option_values=(color, size),
            compare_at_prices={"USD": price + 500} if number % 4 == 0 else None,
        )
        for index, size in enumerate(SIZES[: 1 + number % len(SIZES)])
    ]
    return product, variants


def _picture(number: int, side: str) -> Image:
    url = f"https://pictures.example.com/ware-{number}-{side}.jpg"
    return Image(url, f"Ware {number} from the {side}", PICTURE_SIDE, PICTURE_SIDE)


async def _create_buyer(gateway: Gateway) -> tuple[str, str]:
    """The token and the identifier of a client on which one click buys."""
    parts = gateway.dependencies.identity
    token = await create_token(ADA.email, dependencies=parts)
    issued = ClientIdentifiers(parts.ids, parts.cipher).issue()
    credentials = Credentials(identifier=issued.secret, authorization=f"Bearer {token}")
    caller = await gateway.authenticator.authenticate(credentials)
    async with parts.database.read() as reading:
        one_click_setup = await one_click_profiles.load_setup(
            caller=caller, reading=reading, cipher=parts.cipher
        )
    assert token is not None
    assert one_click_setup is not None
    profile_request = ProfileChoice(
        one_click_setup.addresses[0].id, one_click_setup.payment_methods[0].id
    )
    enabled = await one_click_profiles.enable_profile(
        profile_request, caller=caller, dependencies=parts
    )
    assert enabled.value is not None
    assert enabled.value.enabled, enabled
    return token, issued.secret


async def _create_staff_key(gateway: Gateway) -> str:
    """The secret of a new key."""
    parts = gateway.dependencies
    return await add_key(
        "staff", ApiKeyRole.STAFF, "", database=parts.database, ids=parts.ids, clock=parts.clock
    )


async def _create_carts(gateway: Gateway, goods: list[str], size: int) -> tuple[str, ...]:
    parts = gateway.dependencies
    cart_ids = []
    async with parts.database.begin() as work:
        variants = await work.catalogue.load_variants(goods)
        for number in range(CART_COUNT if size == CART_SIZES[0] else 4):
            chosen = [goods[(number * size + index) % len(goods)] for index in range(size)]
            lines = tuple(
                CartLine(id, 1 + index % 3, variants[id].prices["USD"])
                for index, id in enumerate(chosen)
            )
            cart = Cart(parts.ids.new("crt"), 1, parts.policy.currency, lines, DESTINATION)
            await work.carts.add(cart, parts.clock.now())
            cart_ids.append(cart.id)
    return tuple(cart_ids)


if __name__ == "__main__":
    import sys

    asyncio.run(create_shop(Path(sys.argv[1])))
