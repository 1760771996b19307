"""What a list of products shows is loaded before its fields ask, so that none of them waits."""

from typing import Any

import pytest
from graphql import FieldNode, FragmentDefinitionNode, OperationDefinitionNode, parse

from gateway.adapters.clocks import ManualClock
from gateway.engine.catalogue.products import Product, Variant
from gateway.engine.identity.one_click_offers import OneClickOffer
from gateway.engine.pricing.totals import TaxedMoney
from gateway.resolvers import catalogue, offers, product_pages
from gateway.resolvers.context import Context
from gateway.resolvers.product_preloads import preload_products
from gateway.services.catalogue.product_pages import PriceRange
from gateway.services.checkout.one_click_offers import OneClickPricing
from tests.awaiting import final_answer
from tests.conftest import AnyDatabase
from tests.shelves import MUG
from tests.store import Buyer, Store

CARD = """{ products { nodes { ...Card } } }
fragment Card on Product { title priceRange { min { amount } } variants { ...Offer } }
fragment Offer on Variant { oneClick { state ... on OneClickOffer { total { gross { amount } } } } }
"""


@pytest.fixture
async def buyer(databases: AnyDatabase, clock: ManualClock) -> Buyer:
    return await (await Store.open(databases, clock)).one_click_buyer()


async def load_mug(buyer: Buyer) -> Product:
    async with buyer.dependencies.database.read() as reading:
        return (await reading.catalogue.load_products([MUG.product_id]))[MUG.product_id]


def info_of(buyer: Buyer, document: str) -> Any:  # noqa: ANN401 - what resolvers see of Info
    """What the resolver of the document's first field is told."""
    operation, *fragments = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    (field,) = operation.selection_set.selections
    assert isinstance(field, FieldNode)
    named = {
        each.name.value: each for each in fragments if isinstance(each, FragmentDefinitionNode)
    }
    raw_info = type("RawInfo", (), {"field_nodes": [field], "fragments": named})
    context = Context(buyer.dependencies, buyer.caller, None)  # type: ignore[arg-type]
    return type("Info", (), {"context": context, "_raw_info": raw_info})


async def test_all_that_a_card_shows_is_there_at_once(buyer: Buyer) -> None:
    """R114, R98: a page of 24 products has hundreds of fields."""
    product, info = await load_mug(buyer), info_of(buyer, CARD)
    await preload_products([product], info)
    variants = catalogue.variants(product, info)
    assert isinstance(variants, tuple)
    mug = next(variant for variant in variants if variant.id == MUG.id)
    assert isinstance(product_pages.price_range(product, info), PriceRange)
    assert isinstance(catalogue.selected_options(mug, info), tuple)
    offer = offers.one_click(mug, info)
    assert isinstance(offer, OneClickOffer)
    total = offers.total(offer, info)
    assert isinstance(total, TaxedMoney)
    assert total == await final_answer(
        offers.total(offer, info_of(buyer, "{ products { nodes { id } } }"))
    )


def info_of_offer(buyer: Buyer) -> Any:  # noqa: ANN401 - what resolvers see of Info
    """An operation in which nothing was loaded before."""
    return info_of(buyer, "{ products { nodes { id } } }")


@pytest.mark.parametrize(
    ("document", "loaded"),
    [
        ("{ products { nodes { title } } }", set()),
        ("{ products { nodes { variants { sku } } } }", {"product_variants"}),
        (
            "{ products { nodes { variants { oneClick { state } } } } }",
            {"product_variants", "one_click_context"},
        ),
        (
            "{ products { nodes { variants { oneClick { reason(quantity: 2) } } } } }",
            {"product_variants", "one_click_context"},
        ),
    ],
)
async def test_what_nobody_asks_for_is_not_loaded(
    buyer: Buyer, document: str, loaded: set[str]
) -> None:
    info = info_of(buyer, document)
    await preload_products([await load_mug(buyer)], info)
    watched = {"product_variants", "one_click_context", "one_click_prices"}
    assert watched & info.context.__dict__.keys() == loaded


async def test_a_price_that_fails_fails_where_it_is_asked_for(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: OneClickPricing, __: Variant, ___: int) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(OneClickPricing, "price", fail)
    product, info = await load_mug(buyer), info_of(buyer, CARD)
    await preload_products([product], info)
    offer = await final_answer(offers.one_click(MUG, info))
    with pytest.raises(ZeroDivisionError):
        await final_answer(offers.total(offer, info))
