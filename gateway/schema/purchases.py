"""A priced tree as clients see it: what quotes, carts and orders have in common."""

from decimal import Decimal

import strawberry

from gateway.engine.display import purchase_display as engine_display
from gateway.engine.display.actions import DisplayAction
from gateway.engine.pricing import explanations, ledger, priced_purchase, snapshots, tax_lines
from gateway.engine.tax.line_tax import TaxState
from gateway.resolvers import catalogue as catalogue_resolvers
from gateway.resolvers import display as resolvers
from gateway.resolvers.enums import describe_enum
from gateway.resolvers.scalars import CurrencyCode
from gateway.schema.catalogue import Variant
from gateway.schema.money import Money, TaxedMoney
from gateway.schema.purchase_details import Attribute
from gateway.schema.value_types import mirrors

describe_enum(
    TaxState,
    "How far the tax can be relied on.",
    FINAL="It is what will be charged.",
    ESTIMATED="The destination lacks what a rule asks for, or contradicts itself: the tax may "
    "change once that is known.",
    NEEDS_ADDRESS="There is no destination yet, so the tax is null. Ask the buyer where it goes.",
    FAILED="It could not be computed; the tax is null and an error says so. Try again later.",
)
describe_enum(
    DisplayAction,
    "What can be done with a purchase; more values may be added.",
    name="DisplayAction",
    CHECK_OUT="Buy the cart: `cartCheckout`. Not there while the cart is empty, holds what cannot "
    "be had, or cannot be shipped to where it goes.",
    CHANGE_LINES="Add, remove and count lines: `cartLinesAdd`, `cartLinesUpdate`.",
    ENTER_CODE="Enter discount codes and stored value: `cartCodesSet`.",
    GIVE_DESTINATION="Say where it goes: `cartDestinationSet`.",
    CHOOSE_SHIPPING="Select one of `shipping` by its key: `cartShippingSelect`.",
    CANCEL="Cancel the order: `orderCancel`.",
)


@strawberry.type(description="One tax on one line.")
class TaxLine:
    """One tax of a line."""

    is_type_of = mirrors(tax_lines.TaxLine)

    name: str = strawberry.field(description="What the tax is called.")
    rate_percent: Decimal = strawberry.field(description='The rate in percent: "8.25" is 8.25 %.')
    base: Money = strawberry.field(description="The amount that the rate is taken of.")
    tax: Money = strawberry.field(description="The tax, rounded.")
    jurisdiction: str | None = strawberry.field(description="Where the rule applies.")
    table: str | None = strawberry.field(description="The tax table that the rule stands in.")
    reason: str | None = strawberry.field(description="Why the tax is zero, where it is.")


@strawberry.type(description="All taxes of one name and rate together.")
class TaxSummaryRow:
    """A row of the tax summary."""

    is_type_of = mirrors(tax_lines.TaxSummaryRow)

    name: str = strawberry.field(description="What the tax is called.")
    rate_percent: Decimal = strawberry.field(description='The rate in percent: "8.25" is 8.25 %.')
    base: Money = strawberry.field(description="The amount that the rate is taken of.")
    tax: Money = strawberry.field(description="The tax, rounded.")


@strawberry.type(description="A signed change of a price: a discount is negative.")
class Adjustment:
    """A change of a price."""

    is_type_of = mirrors(ledger.Adjustment)

    code: str | None = strawberry.field(description="The code that earned it, if one did.")
    label: str = strawberry.field(description="What it is called.")
    amount: Money = strawberry.field(description="How much it changes the price.")
    item_reference: str | None = strawberry.field(
        description="The line it belongs to; null where it belongs to the whole purchase."
    )
    line_id: strawberry.ID | None = strawberry.field(
        description="That line's own id in a cart and an order; null in a quote, and where it is "
        "not known."
    )


@strawberry.type(description="One row to show.")
class DisplayLine:
    """A row."""

    is_type_of = mirrors(engine_display.DisplayLine)

    key: str = strawberry.field(description="A stable key of the row.")
    label: str = strawberry.field(description="What the row is about.")
    text: str = strawberry.field(description="What to show.")
    detail: str | None = strawberry.field(description="What there is to add, if anything.")
    struck: str | None = strawberry.field(
        description="A price to strike through: what `text` would be without the line's discounts "
        "and at the price it had when it was put into the cart, if that was higher. With tax "
        "where `text` is, so that it and the reduction that `detail` names come to `text`. Null "
        "where nothing lowers the line, and for all other rows."
    )


@strawberry.type(description="One of the ways to ship.")
class DisplayChoice:
    """A choice."""

    is_type_of = mirrors(engine_display.DisplayChoice)

    key: str = strawberry.field(
        description="The id of the cart's shipping option, to select it by; where there is "
        'nothing to choose from, as in a quote and an order: "shipping".'
    )
    label: str = strawberry.field(description="What it is called.")
    text: str = strawberry.field(
        description="What it costs, like the row of shipping among the totals: before tax where "
        "that is known."
    )
    detail: str | None = strawberry.field(description="What it costs with tax, if that is more.")
    selected: bool = strawberry.field(description="Whether the purchase is shipped so.")


@strawberry.type(
    description="A purchase prepared for a reader: plain texts, the same numbers to the minor unit."
)
class PurchaseDisplay:
    """A prepared purchase."""

    is_type_of = mirrors(engine_display.PurchaseDisplay)

    locale: str = strawberry.field(description="The locale that the texts are written for.")
    lines: list[DisplayLine] = strawberry.field(
        description="The lines, in order: with tax where all prices are stated so, else without, "
        "as the subtotal is."
    )
    totals: list[DisplayLine] = strawberry.field(
        description="Subtotal, adjustments, shipping, taxes, total and due, in order. The rows "
        "above the total add up to it: where tax is known, all but the taxes are without tax."
    )
    messages: list[str] = strawberry.field(
        description="What else the buyer should know: what is missing, what has changed, which "
        "codes do not apply and why."
    )
    shipping: list[DisplayChoice] = strawberry.field(
        description="The ways to ship, cheapest first; the one that is taken where there is "
        "nothing to choose from; empty where nothing is shipped or can be yet."
    )
    actions: list[DisplayAction] = strawberry.field(
        description="What the gateway would carry out now: show buttons for these alone. Empty "
        "for a quote, which is not stored, and for a cart that is bought or being bought."
    )


@strawberry.type(description="How a figure came about.")
class Explanation:
    """A figure's origin."""

    is_type_of = mirrors(explanations.Explanation)

    figure: str = strawberry.field(description='Which figure: "tax", "discount", "shipping", …')
    target: str | None = strawberry.field(
        description="The line it belongs to; null where it belongs to the whole purchase."
    )
    rule: str | None = strawberry.field(description="The rule, code or method that decided.")
    rate_percent: Decimal | None = strawberry.field(description="The rate in percent, if any.")
    base: Money | None = strawberry.field(description="The amount it was computed from.")
    amount: Money | None = strawberry.field(description="The figure itself.")
    rounding: str | None = strawberry.field(description="How it was rounded.")
    text: str = strawberry.field(description="The same in a sentence.")


@strawberry.type(description="A line of a priced purchase; its figures include those of its parts.")
class PurchaseItem:
    """A line."""

    is_type_of = mirrors(
        priced_purchase.PricedItem,
        snapshots.ItemSnapshot,
        lasting=(priced_purchase.PricedItem,),
    )

    reference: str = strawberry.field(
        description="In a quote your own reference, in carts and orders the variant's id: several "
        "lines have the same where their attributes differ."
    )
    variant = strawberry.field(
        resolver=catalogue_resolvers.variant,
        graphql_type=Variant | None,
        description="What it was bought as; null in a quote.",
    )
    name: str = strawberry.field(description="What it is called.")
    quantity: int = strawberry.field(description="How many; of a part, per one of its bundle.")
    unit_price: Money = strawberry.field(
        description="The price of one, before discounts. Of a bundle in a cart or an order: with "
        "its parts, so that quantity times this is what the line costs before discounts; in a "
        "quote: as it was given, and its parts come on top."
    )
    total: TaxedMoney = strawberry.field(description="What the line costs after all adjustments.")
    discount: Money | None = strawberry.field(
        description="Zero or negative: what discounts, its share of the order's included, take off."
    )
    tax_lines: list[TaxLine] | None = strawberry.field(
        description="Its taxes, rate by rate; null while they cannot be known."
    )
    tags: list[str] = strawberry.field(description="What it is, in words that rules act by.")
    components: list["PurchaseItem"] = strawberry.field(description="The parts of a bundle.")
    line_id: strawberry.ID | None = strawberry.field(
        description="The line's own id in a cart and an order; null in a quote, and for a part."
    )
    depth: int = strawberry.field(
        description="How deep it stands in the tree: 0 for an item of the purchase."
    )
    attributes: list[Attribute] = strawberry.field(
        description="What the buyer wants written on it; lines with other attributes are lines of "
        "their own."
    )


@strawberry.interface(
    description="A priced tree: what a quote, a cart and an order have in common. Only what is "
    "selected is computed; a computed field that fails is null, with an error, and the rest "
    "answers."
)
class Purchase:
    """A priced purchase."""

    currency: CurrencyCode = strawberry.field(description="The currency of all amounts.")
    items: list[PurchaseItem] = strawberry.field(description="The lines.")
    all_items: list[PurchaseItem] = strawberry.field(
        description="Every line and part in one list, parents before their parts: bundles of any "
        "depth in one selection."
    )
    subtotal: TaxedMoney = strawberry.field(
        description="The items at their prices, before every discount."
    )
    items_total: TaxedMoney = strawberry.field(
        description="The items after all adjustments, with surcharges, without shipping."
    )
    discount_total: Money | None = strawberry.field(
        description="Zero or negative: all discounts on items together."
    )
    shipping_total: TaxedMoney = strawberry.field(description="Shipping after its discounts.")
    total: TaxedMoney = strawberry.field(description="Everything: items, surcharges and shipping.")
    due: Money | None = strawberry.field(description="What stored value leaves to pay.")
    tax_state: TaxState = strawberry.field(description="How far the tax can be relied on.")
    tax_summary: list[TaxSummaryRow] | None = strawberry.field(
        description="The taxes by name and rate: the rows sum to the tax of the total. Null while "
        "the tax cannot be known."
    )
    adjustments: list[Adjustment] | None = strawberry.field(
        description="The discounts of lines, those of the whole purchase, and the surcharges."
    )
    tags: list[str] = strawberry.field(description="What it is, in words that rules act by.")
    display = strawberry.field(
        resolver=resolvers.display,
        graphql_type=PurchaseDisplay | None,
        description="The purchase prepared for showing it to a buyer.",
    )
    explanations: list[Explanation] | None = strawberry.field(
        description="How each figure came about: rule, rate, base and rounding."
    )
