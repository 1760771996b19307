"""What a fuzzed buyer asks, and the figures that every cart and order must hold to."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.fuzz.asking import Device

Json: TypeAlias = dict[str, Any]

FIGURES = """fragment Figures on Purchase {
  items { reference quantity unitPrice { minorUnits } total { ...Sides } discount { minorUnits } }
  subtotal { ...Sides } itemsTotal { ...Sides } shippingTotal { ...Sides } total { ...Sides }
  discountTotal { minorUnits } due { minorUnits } taxState
  taxSummary { tax { minorUnits } }
}
fragment Sides on TaxedMoney { net { minorUnits } gross { minorUnits } tax { minorUnits } }
"""
PAYLOAD = "cart { id version shippingOptions { id } ...Figures } userErrors { code field }"


def cart_mutation(field: str, kind: str) -> str:
    return f"mutation ($input: {kind}!) {{ {field}(input: $input) {{ {PAYLOAD} }} }} {FIGURES}"


CREATE = cart_mutation("cartCreate", "CartCreateInput")
ADD = cart_mutation("cartLinesAdd", "CartLinesAddInput")
UPDATE = cart_mutation("cartLinesUpdate", "CartLinesUpdateInput")
DESTINATION = cart_mutation("cartDestinationSet", "CartDestinationSetInput")
CODES = cart_mutation("cartCodesSet", "CartCodesSetInput")
SHIPPING = cart_mutation("cartShippingSelect", "CartShippingSelectInput")
READ = f"query ($id: ID!) {{ cart(id: $id) {{ id version ...Figures }} }} {FIGURES}"
OUTCOME = """__typename
  ... on OrderPlaced { order { id status ...Figures } }
  ... on InvalidPurchase { userErrors { code field } }
  ... on PriceChanged { expected { minorUnits } actual { minorUnits } }"""
CHECKOUT = f"""mutation ($input: CartCheckoutInput!) {{
  cartCheckout(input: $input) {{ {OUTCOME} }}
}} {FIGURES}"""
ONE_CLICK = f"""mutation ($input: OneClickPurchaseInput!) {{
  oneClickPurchase(input: $input) {{ {OUTCOME} }}
}} {FIGURES}"""
CANCEL = """mutation ($input: OrderCancelInput!) {
  orderCancel(input: $input) { order { id status } userErrors { code field } }
}"""
STOCK = "{ products(first: 100) { nodes { variants { id sku availableQuantity } } } }"
ORDER = f"query ($id: ID!) {{ order(id: $id) {{ id status ...Figures }} }} {FIGURES}"


@dataclass
class CartModel:
    """What a cart must be by all that was done to it."""

    id: str
    version: int
    lines: dict[str, int] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    total: int | None = None
    bought: bool = False
    shown: Json = field(default_factory=dict)

    def apply_change(self, cart: Json) -> None:
        """A change that was answered: the next version, unless nothing is different."""
        options = tuple(option["id"] for option in cart.pop("shippingOptions"))
        if cart["version"] == self.version:
            assert cart == self.shown
        else:
            assert cart["version"] == self.version + 1
        self.version = cart["version"]
        self.options = options
        self.check_shown(cart)

    def check_shown(self, cart: Json) -> None:
        """The cart as it is shown."""
        assert cart["id"] == self.id
        # Being bought is a change too, the last one.
        assert cart["version"] == self.version or self.bought
        quantities = {item["reference"]: item["quantity"] for item in cart["items"]}
        assert quantities == self.lines
        assert_totals_add_up(cart)
        self.shown = cart
        gross = cart["total"]["gross"]
        self.total = gross and gross["minorUnits"]


def assert_totals_add_up(purchase: Json) -> None:
    """Totals are the sums of what they are totals of, on each side, to the minor unit."""
    for side in ("net", "gross", "tax"):
        items = [minor_units(item["total"][side]) for item in purchase["items"]]
        if None in (
            *items,
            minor_units(purchase["total"][side]),
            minor_units(purchase["shippingTotal"][side]),
        ):
            continue
        assert sum(items) == minor_units(purchase["itemsTotal"][side])
        sum_of_parts = minor_units(purchase["itemsTotal"][side]) + minor_units(
            purchase["shippingTotal"][side]
        )
        assert sum_of_parts == minor_units(purchase["total"][side])
    for name in ("subtotal", "itemsTotal", "shippingTotal", "total"):
        assert_net_plus_tax_is_gross(purchase[name])
    off = sum(minor_units(item["discount"]) for item in purchase["items"])
    assert off == minor_units(purchase["discountTotal"]) <= 0
    if purchase["taxSummary"] is not None and purchase["total"]["tax"] is not None:
        rows = sum(minor_units(row["tax"]) for row in purchase["taxSummary"])
        assert rows == minor_units(purchase["total"]["tax"])
    if purchase["due"] is not None:
        assert 0 <= minor_units(purchase["due"]) <= minor_units(purchase["total"]["gross"])


def assert_net_plus_tax_is_gross(amounts: Json) -> None:
    if None not in amounts.values():
        net, gross, tax = (minor_units(amounts[side]) for side in ("net", "gross", "tax"))
        assert net + tax == gross


def minor_units(money: Json | None) -> Any:  # noqa: ANN401 - an integer, or None where there is none
    return None if money is None else money["minorUnits"]


def stock_by_variant(device: Device) -> dict[str, int | None]:
    """What can be had of each variant."""
    nodes = device.ask(STOCK)["products"]["nodes"]
    return {each["id"]: each["availableQuantity"] for node in nodes for each in node["variants"]}
