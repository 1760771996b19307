"""The inputs of cart operations and of checking out."""

from decimal import Decimal

import strawberry

from gateway.engine.carts import MAX_CART_LINES, MAX_LINE_QUANTITY
from gateway.engine.orders.order import ActionChannel
from gateway.resolvers.bounds import MAX_EMAIL_LENGTH, count_bound, list_bound, text_bound
from gateway.resolvers.enums import describe_enum
from gateway.resolvers.inputs.addresses import AddressInput
from gateway.resolvers.inputs.destinations import DestinationInput
from gateway.resolvers.scalars import CurrencyCode
from gateway.services.carts import MAX_CART_CODES

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


@strawberry.input(description="So many of a variant.")
class LineInput:
    """A line."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: int = strawberry.field(
        default=1, description="How many.", metadata=count_bound(0, MAX_LINE_QUANTITY)
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


@strawberry.input(description="Lines to add; more of a variant that is there joins its line.")
class CartLinesAddInput:
    """Lines to add."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    expected_version: int = strawberry.field(description="The version you have seen.")
    lines: list[LineInput] = strawberry.field(
        description="What to add.", metadata=list_bound(MAX_CART_LINES, weight=5)
    )


@strawberry.input(description="Lines to change.")
class CartLinesUpdateInput:
    """Lines to change."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    expected_version: int = strawberry.field(description="The version you have seen.")
    lines: list[LineInput] = strawberry.field(
        description="The quantities that lines get; 0 removes the line.",
        metadata=list_bound(MAX_CART_LINES, weight=5),
    )


@strawberry.input(description="Where a cart goes.")
class CartDestinationSetInput:
    """A destination."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    expected_version: int = strawberry.field(description="The version you have seen.")
    destination: DestinationInput = strawberry.field(description="The area it goes to.")


@strawberry.input(description="The codes of a cart: discounts and stored value.")
class CartCodesSetInput:
    """Codes."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    expected_version: int = strawberry.field(description="The version you have seen.")
    codes: list[str] = strawberry.field(
        description="All codes it is to have: they replace those it has. One that does not "
        "exist is left out, one that does not count now is kept; each of them gives a warning.",
        metadata=list_bound(MAX_CART_CODES),
    )


@strawberry.input(description="How a cart is shipped.")
class CartShippingSelectInput:
    """A shipping choice."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    expected_version: int = strawberry.field(description="The version you have seen.")
    shipping_option_id: strawberry.ID = strawberry.field(
        description="One of the cart's shipping options."
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
