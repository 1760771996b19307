"""A demonstration of an earlier release: it gets what is new, and keeps what was changed."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.adapters.clocks import ManualClock
from gateway.adapters.demo.assets import demo_assets
from gateway.adapters.random_ids import RandomIds
from gateway.engine.catalogue.products import NO_SEO, Product, Stock, Variant
from gateway.services.demo.completion import FORMER_VENDOR, complete_demo_products
from gateway.services.demo.products import build_demo_catalogue
from tests.conftest import AnyDatabase

ASSETS = demo_assets()


def former_product(product: Product) -> Product:
    """As the release before has it: without a page."""
    names = ("Option",) if product.option_names else ()
    return Product(product.id, product.handle, product.title, FORMER_VENDOR, option_names=names)


def former_variant(variant: Variant) -> Variant:
    return replace(variant, compare_at_prices=None, image=None)


async def seed_former_shop(
    databases: AnyDatabase, clock: ManualClock
) -> dict[str, tuple[Product, Sequence[Variant]]]:
    catalogue = {
        former_product(product): tuple(map(former_variant, variants))
        for product, variants in build_demo_catalogue(RandomIds(), ASSETS).items()
        if product.handle != "merino-socks"
    }
    async with databases.begin() as work:
        await work.catalogue.save(catalogue, clock.now())
    return {product.handle: (product, variants) for product, variants in catalogue.items()}


async def complete(databases: AnyDatabase, clock: ManualClock) -> int:
    return await complete_demo_products(ASSETS, database=databases, ids=RandomIds(), clock=clock)


async def load_shop(databases: AnyDatabase) -> dict[str, tuple[Product, tuple[Variant, ...]]]:
    async with databases.read() as reading:
        page = await reading.catalogue.list_products(100, None)
        variants = await reading.catalogue.list_all_variants([each.product.id for each in page])
    return {each.product.handle: (each.product, variants[each.product.id]) for each in page}


async def test_it_becomes_what_a_new_one_is(databases: AnyDatabase, clock: ManualClock) -> None:
    former = await seed_former_shop(databases, clock)
    assert await complete(databases, clock) == 22
    shop = await load_shop(databases)
    new = {product.handle: product for product in build_demo_catalogue(RandomIds(), ASSETS)}
    assert list(shop) == list(new)
    for handle, (product, variants) in shop.items():
        assert product == replace(new[handle], id=product.id)
        if handle in former:
            assert product.id == former[handle][0].id
            assert [each.id for each in variants] == [each.id for each in former[handle][1]]
            assert [each.stock for each in variants] == [each.stock for each in former[handle][1]]
    press = shop["french-press-1-litre"][1][0]
    assert press.compare_at_price("USD") == 4500
    assert shop["stoneware-mug"][1][1].image == new["stoneware-mug"].images[1]


async def test_it_is_completed_once(databases: AnyDatabase, clock: ManualClock) -> None:
    await seed_former_shop(databases, clock)
    await complete(databases, clock)
    before = await load_shop(databases)
    assert await complete(databases, clock) == 0
    assert await load_shop(databases) == before


async def test_what_was_changed_stays(databases: AnyDatabase, clock: ManualClock) -> None:
    former = await seed_former_shop(databases, clock)
    towel, towel_variants = former["linen-tea-towel"]
    press, press_variants = former["french-press-1-litre"]
    candle, candle_variants = former["beeswax-candle"]
    own_towel = replace(towel, vendor="Somebody else")
    own_press = replace(press, description="Our own words.", tags=("own",))
    own_candle = replace(candle, listed=False)
    async with databases.begin() as work:
        await work.catalogue.save(
            {
                own_towel: towel_variants,
                own_press: [replace(each, prices={"USD": 1}) for each in press_variants],
                own_candle: [replace(each, stock=Stock(7)) for each in candle_variants],
            },
            clock.now(),
        )
    assert await complete(databases, clock) == 21
    shop = await load_shop(databases)
    assert shop["linen-tea-towel"] == (own_towel, tuple(towel_variants))
    product, variants = shop["french-press-1-litre"]
    assert (product.description, product.description_html) == ("Our own words.", "")
    assert product.tags == ("own",)
    assert product.seo != NO_SEO
    assert product.images
    assert (variants[0].prices, variants[0].compare_at_prices) == ({"USD": 1}, None)
    assert "beeswax-candle" not in shop
    async with databases.read() as reading:
        stored = await reading.catalogue.load_variants([candle_variants[0].id])
    assert stored[candle_variants[0].id].stock == Stock(7)


async def test_a_merchants_own_shop_gets_nothing(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    mug = Product("prd_1", "stoneware-mug", "Stoneware mug", "A pottery")
    async with databases.begin() as work:
        await work.catalogue.save({mug: [Variant("var_1", "prd_1", "M", "Mug", {})]}, clock.now())
    assert await complete(databases, clock) == 0
    assert {handle: shown for handle, (shown, _) in (await load_shop(databases)).items()} == {
        "stoneware-mug": mug
    }
    async with databases.read() as reading:
        assert await reading.collections.list_collections(10, None) == ()
