"""Supplies to businesses of other member states: when they are untaxed, and what is said of it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.addresses.address import Destination
from gateway.engine.display.purchase_display import LocaleFormat, PurchaseDisplay
from gateway.engine.pricing.purchase import (
    ExtraCharge,
    Item,
    RatesByTable,
    ShippingTax,
    charge_tax_source,
)
from gateway.engine.tax.business_supplies import (
    MEMBER_STATES,
    BusinessStanding,
    BusinessSupply,
    is_untaxed,
)
from gateway.engine.tax.charge_sharing import ChargeTaxMethod
from gateway.engine.tax.tax_tables import CustomerKind, TaxTables
from tests.engine.purchases import (
    item,
    net_tax_gross,
    postal_code_area,
    price_items,
    rule,
    tables,
)

GOODS = "exempt intra-Community supply (Directive 2006/112/EC, article 138)"
SERVICE = "reverse charge: the customer accounts for the tax"
UNCONFIRMED = "taxed as for a consumer: the business's tax id is not confirmed"

PARIS = Destination("FR", None, "75001")
DUBLIN = Destination("IE", None, "D02 AF30")
BERLIN = Destination("DE", None, "10115")
BELFAST = Destination("GB", None, "BT1 1AA")
LONDON = Destination("GB", None, "SW1A 1AA")
MONACO = Destination("MC", None, "98000")
OSLO = Destination("NO", None, "0150")


def standing(
    issuer: str, seller: str | None = "IE", *, is_trusted: bool = True
) -> BusinessStanding:
    return BusinessStanding(issuer, is_trusted, seller)


@pytest.mark.parametrize(
    ("issuer", "destination", "goods", "services"),
    [
        ("FR", PARIS, True, True),
        ("DE", PARIS, True, True),
        ("FR", MONACO, True, True),
        # The id of the seller's own state, and what stays in that state.
        ("IE", PARIS, False, False),
        ("FR", DUBLIN, False, False),
        # Northern Ireland is a member for goods alone.
        ("XI", BELFAST, True, False),
        ("FR", BELFAST, True, False),
        ("XI", PARIS, True, False),
        ("FR", LONDON, False, False),
        ("GB", LONDON, False, False),
        ("GB", PARIS, False, False),
        ("NO", OSLO, False, False),
        ("FR", OSLO, False, False),
    ],
)
def test_where_a_supply_is_the_buyers_to_declare(
    issuer: str,
    destination: Destination,
    goods: bool,  # noqa: FBT001
    services: bool,  # noqa: FBT001
) -> None:
    """R134."""
    supply = BusinessSupply(standing(issuer))
    answers = (
        is_untaxed(supply, destination),
        is_untaxed(replace(supply, is_service=True), destination),
    )
    assert answers == (goods, services)


@pytest.mark.parametrize(
    "place",
    [
        *("DE 27498", "DE 78266", "ES 35001", "ES 38001", "ES 51001", "ES 52001", "FI 22100"),
        *("FR 97400", "FR 98800", "GR 63086", "IT 22061", "IT 23041", "IT 47890", "DK 3900"),
    ],
)
def test_what_lies_outside_the_tax_territory_is_no_member_state(place: str) -> None:
    """R134, R136: goods to there are exports, of which the tables speak."""
    country, _, postal_code = place.partition(" ")
    supply = BusinessSupply(standing("FR" if country != "FR" else "DE"))
    assert not is_untaxed(supply, Destination(country, None, postal_code))


@given(
    seller=st.sampled_from([*sorted(MEMBER_STATES), "GB", "US", "NO", None]),
    issuer=st.sampled_from([*sorted(MEMBER_STATES), "XI", "GB", "US"]),
    country=st.sampled_from([*sorted(MEMBER_STATES), "GB", "US", "NO"]),
    is_trusted=st.booleans(),
    is_service=st.booleans(),
)
def test_untaxed_needs_three_members_and_a_border(
    seller: str | None,
    issuer: str,
    country: str,
    is_trusted: bool,  # noqa: FBT001
    is_service: bool,  # noqa: FBT001
) -> None:
    """R134: over all combinations, with a code that lies in no special territory."""
    supply = BusinessSupply(BusinessStanding(issuer, is_trusted, seller), is_service)
    issuers = MEMBER_STATES if is_service else MEMBER_STATES | {"XI"}
    assert is_untaxed(supply, Destination(country, None, "10000")) == (
        is_trusted
        and seller in MEMBER_STATES
        and issuer in issuers
        and country in MEMBER_STATES
        and seller not in (issuer, country)
    )


# -- what a purchase costs: 20 % in France, 23 % in Ireland, shipping taxed

VAT = tables(
    rule("5.5", postal_code_area("FR"), name="VAT", categories=frozenset({"food"})),
    rule("20", postal_code_area("FR"), name="VAT", shipping_taxed=True),
    rule("23", postal_code_area("IE"), name="VAT", shipping_taxed=True),
    rule("20", postal_code_area("GB"), name="VAT", shipping_taxed=True),
)
BREAD = item(2_800, tax_source=RatesByTable(category="food"))
EBOOK = item(1_000, tags=frozenset({"DIGITAL"}))
SHIPPING = ExtraCharge("Post", 595)


def price(
    *items: Item,
    destination: Destination = PARIS,
    of: BusinessStanding | None,
    kind: CustomerKind = CustomerKind.BUSINESS,
    tax_tables: TaxTables = VAT,
    **more: object,
) -> tuple[tuple[int | None, int | None, int | None], list[tuple[str, str | None]]]:
    """The total (net, tax, gross), and rate and reason of each item's taxes."""
    priced = price_items(
        *items,
        destination=destination,
        tax_tables=tax_tables,
        customer=kind,
        standing=of,
        **{"shipping": (SHIPPING,), **more},
    )
    lines = [line for each in priced.items for line in each.tax_lines or ()]
    return net_tax_gross(priced.total), [(str(line.rate_percent), line.reason) for line in lines]


def test_goods_and_services_are_untaxed_for_different_reasons() -> None:
    """R134: 28.00 + 10.00 + 5.95, nothing of it taxed; each says why."""
    total, reasons = price(BREAD, EBOOK, of=standing("FR"))
    assert total == (4_395, 0, 4_395)
    assert reasons == [("0", GOODS), ("0", SERVICE)]


@pytest.mark.parametrize("method", list(ChargeTaxMethod))
def test_shipping_goes_untaxed_with_the_goods(method: ChargeTaxMethod) -> None:
    source = charge_tax_source(method)
    shipping = replace(SHIPPING, tax_source=source)
    total, _ = price(
        BREAD, of=standing("FR"), shipping=(shipping,), shipping_tax=ShippingTax(source)
    )
    assert total == (3_395, 0, 3_395)


def test_without_a_confirmed_id_tax_is_charged_and_says_so() -> None:
    """R134: 5.5 % of 28.00 = 1.54, 20 % of 10.00 = 2.00, 20 % of 5.95 = 1.19."""
    total, reasons = price(BREAD, EBOOK, of=standing("FR", is_trusted=False))
    assert total == (4_395, 154 + 200 + 119, 4_868)
    assert reasons == [("5.5", UNCONFIRMED), ("20", UNCONFIRMED)]
    consumer, plain = price(BREAD, EBOOK, of=None, kind=CustomerKind.CONSUMER)
    assert (consumer, plain) == (total, [("5.5", None), ("20", None)])


def test_where_an_id_changes_nothing_it_is_no_reason() -> None:
    """R134: at home, and where no rule file says who sells."""
    for business in (standing("IE", is_trusted=False), standing("IE")):
        assert price(EBOOK, destination=DUBLIN, of=business)[1] == [("23", None)]
    for is_trusted in (True, False):
        business = standing("FR", None, is_trusted=is_trusted)
        assert price(EBOOK, of=business)[1] == [("20", None)]


def test_a_rule_for_businesses_decides_before() -> None:
    """R134: the merchant's own words stand; an unconfirmed id does not reach them."""
    own = tables(
        rule(
            "0",
            postal_code_area("FR"),
            customers=frozenset({CustomerKind.BUSINESS}),
            reason="our agreement",
        ),
        rule("20", postal_code_area("FR"), shipping_taxed=True),
    )
    assert price(EBOOK, of=standing("FR"), tax_tables=own)[1] == [("0", "our agreement")]
    unconfirmed = price(EBOOK, of=standing("FR", is_trusted=False), tax_tables=own)
    assert unconfirmed == ((1_595, 319, 1_914), [("20", UNCONFIRMED)])


def test_exempt_customers_are_not_asked_about() -> None:
    total, reasons = price(EBOOK, of=None, kind=CustomerKind.EXEMPT)
    assert (total, reasons) == ((1_595, 0, 1_595), [("0", "the customer is exempt")])


@given(
    prices=st.lists(st.integers(0, 100_000), min_size=1, max_size=6),
    digital=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_no_business_abroad_pays_more_than_a_consumer(
    prices: list[int], digital: list[bool]
) -> None:
    """R134: net amounts are the same; confirmed there is no tax, unconfirmed the consumer's."""
    items = [
        item(minor, tags=frozenset({"DIGITAL"} if is_digital else ()))
        for minor, is_digital in zip(prices, digital, strict=False)
    ]
    consumer, _ = price(*items, of=None, kind=CustomerKind.CONSUMER)
    confirmed, _ = price(*items, of=standing("FR"))
    unconfirmed, _ = price(*items, of=standing("FR", is_trusted=False))
    assert confirmed == (consumer[0], 0, consumer[0])
    assert unconfirmed == consumer


def test_display_and_explanations_say_why() -> None:
    """R134."""
    priced = price_items(
        EBOOK,
        destination=PARIS,
        tax_tables=VAT,
        customer=CustomerKind.BUSINESS,
        standing=standing("FR"),
    )
    locale_format = LocaleFormat("en", lambda money: str(money.amount), lambda rate: f"{rate} %")
    assert PurchaseDisplay(priced, locale_format).messages == (f"Tax: {SERVICE}.",)
    texts = [each.text for each in priced.explanations if each.figure == "tax"]
    assert texts == [f"VAT 0 % (FR, table default) of 10.00, added to the price: {SERVICE}."]
    assert [row.rate_percent for row in priced.tax_summary or ()] == [Decimal(0)]
