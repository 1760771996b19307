"""The inputs of cart operations and of checking out."""

from decimal import Decimal

import strawberry

from gateway.engine.cart_lines import (
    MAX_ATTRIBUTE_KEY_LENGTH,
    MAX_ATTRIBUTE_VALUE_LENGTH,
    MAX_ATTRIBUTES,
    MAX_NOTE_LENGTH,
)
from gateway.engine.carts import MAX_CART_LINES, MAX_LINE_QUANTITY
from gateway.engine.orders.order import ActionChannel
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.resolvers.bounds import MAX_EMAIL_LENGTH, count_bound, list_bound, text_bound
from gateway.resolvers.enums import describe_enum
from gateway.resolvers.inputs.addresses import AddressInput
from gateway.resolvers.inputs.destinations import DestinationInput
from gateway.resolvers.scalars import CurrencyCode
from gateway.services.cart_edits import MAX_CART_CODES
from gateway.services.ports.tax_ids import MAX_TAX_ID_LENGTH

describe_enum(
    ActionChannel,
    "By what action an order was placed; all are equal in effect.",
    CLICK="A click or a tap.",
    KEY="A key of a keyboard.",
    VOICE="A spoken command.",
    REMOTE="A remote control, such as a television's.",
    EMAIL_LINK="A link in an e-mail.",
    DEVICE_BUTTON="A button made for ordering.",
)


VERSION_DESCRIPTION = (
    "The version you have seen: at another one nothing is changed, and the answer has the cart as "
    "it stands. Absent: the change applies to the cart as it stands."
)


@strawberry.input(description="A note of the client's own, by key.")
class AttributeInput:
    """An attribute."""

    key: str = strawberry.field(
        description="Its key, once in a list.", metadata=text_bound(MAX_ATTRIBUTE_KEY_LENGTH)
    )
    value: str = strawberry.field(
        description="What it says.", metadata=text_bound(MAX_ATTRIBUTE_VALUE_LENGTH)
    )


@strawberry.input(
    description="So many of a variant. Lines of one variant with other attributes are lines of "
    "their own."
)
class LineInput:
    """A line."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: int = strawberry.field(
        default=1, description="How many.", metadata=count_bound(0, MAX_LINE_QUANTITY)
    )
    attributes: list[AttributeInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the buyer wants written on it. Absent in an update: as they are; null or "
        "empty: none.",
        metadata=list_bound(MAX_ATTRIBUTES),
    )
    line_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Which line is updated, where the variant stands on several; updates only.",
    )


@strawberry.input(description="A cart to make.")
class CartCreateInput:
    """A new cart."""

    currency: CurrencyCode | None = strawberry.field(
        description="The currency to buy in; absent: the merchant's own."
    )
    lines: list[LineInput] = strawberry.field(
        default_factory=list,
        description="What is in it from the start.",
        metadata=list_bound(MAX_CART_LINES, weight=5),
    )


@strawberry.input(
    description="Lines to add; more of a variant that is there with the same attributes joins its "
    "line."
)
class CartLinesAddInput:
    """Lines to add."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description=VERSION_DESCRIPTION
    )
    lines: list[LineInput] = strawberry.field(
        description="What to add.", metadata=list_bound(MAX_CART_LINES, weight=5)
    )


@strawberry.input(description="Lines to change.")
class CartLinesUpdateInput:
    """Lines to change."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description=VERSION_DESCRIPTION
    )
    lines: list[LineInput] = strawberry.field(
        description="The quantities and attributes that lines get; 0 removes the line. A line is "
        "found by `lineId`, or by its variant where that stands on one line.",
        metadata=list_bound(MAX_CART_LINES, weight=5),
    )


@strawberry.input(description="Where a cart goes.")
class CartDestinationSetInput:
    """A destination."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description=VERSION_DESCRIPTION
    )
    destination: DestinationInput = strawberry.field(description="The area it goes to.")


@strawberry.input(description="The codes of a cart: discounts and stored value.")
class CartCodesSetInput:
    """Codes."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description=VERSION_DESCRIPTION
    )
    codes: list[str] = strawberry.field(
        description="All codes it is to have: they replace those it has. One that does not "
        "exist is left out, one that does not count now is kept; each of them gives a warning.",
        metadata=list_bound(MAX_CART_CODES),
    )


@strawberry.input(description="How a cart is shipped.")
class CartShippingSelectInput:
    """A shipping choice."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description=VERSION_DESCRIPTION
    )
    shipping_option_id: strawberry.ID = strawberry.field(
        description="One of the cart's shipping options."
    )


@strawberry.input(description="What is written on a cart; what is absent stays as it is.")
class CartDetailsSetInput:
    """Details."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description=VERSION_DESCRIPTION
    )
    note: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the buyer adds in words; null or empty: none.",
        metadata=text_bound(MAX_NOTE_LENGTH),
    )
    attributes: list[AttributeInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="All notes of the client's own; null or empty: none.",
        metadata=list_bound(MAX_ATTRIBUTES),
    )


@strawberry.input(description="As whom a cart's buyer is taxed.")
class CartCustomerSetInput:
    """A customer."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description=VERSION_DESCRIPTION
    )
    kind: CustomerKind = strawberry.field(
        description="The kind of customer. EXEMPT: for purchasers whom the shop has marked, signed "
        "in; FORBIDDEN for everybody else."
    )
    tax_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The tax id of a business, which needs one; with its country's code first, or "
        "of the cart's destination. Its form and check digits are checked.",
        metadata=text_bound(MAX_TAX_ID_LENGTH),
    )


@strawberry.input(description="A cart to make one's own.")
class CartClaimInput:
    """A claim."""

    cart_id: strawberry.ID = strawberry.field(description="The cart; it keeps its id.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description=VERSION_DESCRIPTION
    )


@strawberry.input(description="Someone who buys without signing in.")
class GuestInput:
    """A guest."""

    email: str = strawberry.field(
        description="Where the confirmation goes.", metadata=text_bound(MAX_EMAIL_LENGTH)
    )
    address: AddressInput = strawberry.field(description="Where the goods go.")
    provider_token: str = strawberry.field(
        description="The payment provider's token of a method; never a card number.",
        metadata=text_bound(255),
    )
    confirm_warnings: bool = strawberry.field(
        default=False,
        description="Whether to send it there although it may not arrive, as a first answer said. "
        "What is missing or malformed cannot be confirmed.",
    )


@strawberry.input(
    description="A cart to buy: either `addressId` and `paymentMethodId` of the purchaser who has "
    "signed in, or `guest`."
)
class CartCheckoutInput:
    """A checkout."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    expected_version: int = strawberry.field(description="The version you have seen.")
    expected_total: Decimal = strawberry.field(
        description="The total you have seen: at a higher one nothing is bought."
    )
    expected_due: Decimal | None = strawberry.field(
        description="What you have seen as still to pay: if it is more, nothing is bought. Absent: "
        "`expectedTotal` less what stored value covered when this version of the cart was last "
        "changed, or this was read of it: what is spent elsewhere meanwhile becomes no charge."
    )
    address_id: strawberry.ID | None = strawberry.field(description="One of the purchaser's.")
    payment_method_id: strawberry.ID | None = strawberry.field(
        description="One of the purchaser's."
    )
    guest: GuestInput | None = strawberry.field(description="Who buys without signing in.")
    idempotency_key: str = strawberry.field(
        description="Your own key of this purchase, 1 to 255 characters: a repeated request with "
        "the same key buys nothing more.",
        metadata=text_bound(255),
    )
    enable_one_click: bool = strawberry.field(
        default=False,
        description="Whether this address and method may be used for buying by one click here.",
    )


@strawberry.input(description="One press of a button.")
class OneClickPurchaseInput:
    """A one-click purchase."""

    variant_id: strawberry.ID = strawberry.field(description="What to buy.")
    quantity: int = strawberry.field(
        default=1, description="How many.", metadata=count_bound(1, MAX_LINE_QUANTITY)
    )
    idempotency_key: str = strawberry.field(
        description="Your own key of this purchase, 1 to 255 characters: a repeated request with "
        "the same key buys nothing more.",
        metadata=text_bound(255),
    )
    expected_total: Decimal | None = strawberry.field(
        description="The total you have shown: at a higher one nothing is bought."
    )
    expected_due: Decimal | None = strawberry.field(
        description="What you have shown as to pay: if it is more, nothing is bought."
    )
    profile_label: str | None = strawberry.field(
        description="Which of the purchaser's profiles to use; absent: the default one."
    )
    channel: ActionChannel = strawberry.field(
        default=ActionChannel.CLICK, description="By what action it was asked for."
    )
