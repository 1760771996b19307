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


def changing(field: str, kind: str) -> str:
    return f"mutation ($input: {kind}!) {{ {field}(input: $input) {{ {PAYLOAD} }} }} {FIGURES}"


CREATE = changing("cartCreate", "CartCreateInput")
ADD = changing("cartLinesAdd", "CartLinesAddInput")
UPDATE = changing("cartLinesUpdate", "CartLinesUpdateInput")
DESTINATION = changing("cartDestinationSet", "CartDestinationSetInput")
CODES = changing("cartCodesSet", "CartCodesSetInput")
SHIPPING = changing("cartShippingSelect", "CartShippingSelectInput")
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

    def take(self, seen: Json) -> None:
        """A change that was answered: the next version, unless nothing is different."""
        options = tuple(option["id"] for option in seen.pop("shippingOptions"))
        if seen["version"] == self.version:
            assert seen == self.shown
        else:
            assert seen["version"] == self.version + 1
        self.version = seen["version"]
        self.options = options
        self.read(seen)

    def read(self, seen: Json) -> None:
        """The cart as it is shown."""
        assert seen["id"] == self.id
        # Being bought is a change too, the last one.
        assert seen["version"] == self.version or self.bought
        held = {item["reference"]: item["quantity"] for item in seen["items"]}
        assert held == self.lines
        hold_together(seen)
        self.shown = seen
        gross = seen["total"]["gross"]
        self.total = gross and gross["minorUnits"]


def hold_together(seen: Json) -> None:
    """Totals are the sums of what they are totals of, on each side, to the minor unit."""
    for side in ("net", "gross", "tax"):
        items = [minor(item["total"][side]) for item in seen["items"]]
        if None in (*items, minor(seen["total"][side]), minor(seen["shippingTotal"][side])):
            continue
        assert sum(items) == minor(seen["itemsTotal"][side])
        whole = minor(seen["itemsTotal"][side]) + minor(seen["shippingTotal"][side])
        assert whole == minor(seen["total"][side])
    for name in ("subtotal", "itemsTotal", "shippingTotal", "total"):
        balanced(seen[name])
    off = sum(minor(item["discount"]) for item in seen["items"])
    assert off == minor(seen["discountTotal"]) <= 0
    if seen["taxSummary"] is not None and seen["total"]["tax"] is not None:
        rows = sum(minor(row["tax"]) for row in seen["taxSummary"])
        assert rows == minor(seen["total"]["tax"])
    if seen["due"] is not None:
        assert 0 <= minor(seen["due"]) <= minor(seen["total"]["gross"])


def balanced(amounts: Json) -> None:
    if None not in amounts.values():
        net, gross, tax = (minor(amounts[side]) for side in ("net", "gross", "tax"))
        assert net + tax == gross


def minor(money: Json | None) -> Any:  # noqa: ANN401 - an integer, or None where there is none
    return None if money is None else money["minorUnits"]


def stock(device: Device) -> dict[str, int | None]:
    """What can be had of each variant."""
    nodes = device.ask(STOCK)["products"]["nodes"]
    return {each["id"]: each["availableQuantity"] for node in nodes for each in node["variants"]}
