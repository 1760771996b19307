"""The inputs of gift operations."""

from datetime import datetime
from decimal import Decimal

import strawberry

from gateway.engine.gifts.gift import ChannelKind, PartialAddress
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.orders.shipments import ReturnedParcel
from gateway.resolvers.bounds import (
    MAX_ADDRESS_LINES,
    MAX_EMAIL_LENGTH,
    MAX_PROSE_LENGTH,
    MAX_URL_LENGTH,
    count_bound,
    date_bound,
    list_bound,
    text_bound,
)
from gateway.resolvers.enums import describe_enum
from gateway.resolvers.inputs.addresses import AddressInput
from gateway.resolvers.scalars import CountryCode
from gateway.services.gifts.request_checks import MAX_GIFT_QUANTITY, MAX_RECIPIENTS
from gateway.services.gifts.requests import RecipientDetails
from gateway.services.gifts.shipments import ShipmentStatus

describe_enum(
    ChannelKind,
    "A way to reach a recipient.",
    name="ContactChannel",
    EMAIL="A message to their e-mail address.",
    SMS="A text message to their telephone.",
)
describe_enum(
    GiftStatus,
    "How far a gift has come.",
    SCREENING="What is known of the recipient is being looked at.",
    AWAITING_RECIPIENT="The recipient has been asked where they want it.",
    SEARCHING="Sources that the shop may use are being asked for an address.",
    VERIFYING="An address is known and is being checked.",
    AWAITING_GIVER="The giver is asked for more about the recipient, consent or a payment.",
    RESOLVED="The address is valid and the price final; the gift is about to be sent.",
    DISPATCHED="On its way.",
    DELIVERED="Arrived. Nothing follows.",
    DECLINED="The recipient does not want it. Nothing follows.",
    CANCELLED="The giver took it back. Nothing follows.",
    UNDELIVERABLE="No address was found in time. Nothing follows.",
)
describe_enum(
    ReturnedParcel,
    "What becomes of an order's parcel that came back.",
    WAIT="It waits for a later word.",
    REFUND="Its goods are put back into stock and refunded.",
    RESEND="It is sent again in a new parcel, at no cost.",
)
describe_enum(
    ShipmentStatus,
    "What a carrier says of a shipment.",
    DISPATCHED="The carrier has taken it.",
    DELIVERED="It was handed over.",
    RETURNED="It came back.",
)


@strawberry.input(description="As much of an address as is known.")
class PartialAddressInput:
    """A part of an address."""

    country: CountryCode | None = strawberry.field(description="The country.")
    region: str | None = strawberry.field(description="The region, by code or name.")
    city: str | None = strawberry.field(description="The town.")
    postal_code: str | None = strawberry.field(description="The postal code as it is written.")
    lines: list[str] | None = strawberry.field(
        description="Street and house, in the order of a label.",
        metadata=list_bound(MAX_ADDRESS_LINES),
    )


@strawberry.input(
    description="Whatever is known of a recipient: at least an e-mail address, a telephone number, "
    "a name with a town, or a full address."
)
class RecipientInput:
    """A recipient."""

    name: str | None = strawberry.field(description="Their name.")
    email: str | None = strawberry.field(
        description="Their e-mail address.", metadata=text_bound(MAX_EMAIL_LENGTH)
    )
    phone: str | None = strawberry.field(
        description="Their telephone number, best with its country code: `+14155552671`."
    )
    postal: PartialAddressInput | None = strawberry.field(description="Where they live.")
    hints: str | None = strawberry.field(
        description="Anything else that may help to find them.",
        metadata=text_bound(MAX_PROSE_LENGTH),
    )


@strawberry.input(
    description="Gifts to make: one for each recipient, each of `quantity` of the variant."
)
class GiftCreateInput:
    """New gifts."""

    variant_id: strawberry.ID = strawberry.field(description="What to give.")
    quantity: int = strawberry.field(
        default=1,
        description="How many of it each recipient gets.",
        metadata=count_bound(1, MAX_GIFT_QUANTITY),
    )
    recipients: list[RecipientInput] = strawberry.field(
        description="Whom to give to, 1 to 100.", metadata=list_bound(MAX_RECIPIENTS, weight=100)
    )
    sender: str | None = strawberry.field(
        name="from",
        default=strawberry.UNSET,
        description="The name that recipients see; absent: the purchaser's. `anonymous` hides "
        "both.",
    )
    message: str | None = strawberry.field(
        description="Words that come with it: plain text of up to 2,000 characters on 20 lines; "
        "links do not work in it.",
        metadata=text_bound(MAX_PROSE_LENGTH),
    )
    wrap: str | None = strawberry.field(description="How to wrap it; absent: not wrapped.")
    anonymous: bool = strawberry.field(
        default=False, description="Whether the recipient is not told who gives."
    )
    scheduled_for: datetime | None = strawberry.field(
        description="When the recipient may first hear of it and it may first be shipped; absent: "
        "now.",
        metadata=date_bound("This is in the past.", "At most a year from now."),
    )
    expires_at: datetime | None = strawberry.field(
        description="When it is given up if its recipient cannot be found, 3 to 60 days after its "
        "start; absent: the shop's usual time.",
        metadata=date_bound(*(["Between 3 and 60 days after the gift's start."] * 2)),
    )
    contact_recipient: bool = strawberry.field(
        default=True,
        description="Whether the recipient may be asked. If not, no message ever goes to them.",
    )
    charge_cap: Decimal | None = strawberry.field(
        description="The most it may cost, all included; absent: the upper end of the estimate."
    )
    payment_method_id: strawberry.ID | None = strawberry.field(
        description="Which of your payment methods to charge; absent: that of the profile you "
        "enabled last for buying by one click, on any device, else the first you saved that has "
        "not expired. Where your bank wants a confirmation now, the request is refused with "
        "`PAYMENT_DECLINED`: name another method."
    )
    idempotency_key: str = strawberry.field(
        description="Your own key of this request, 1 to 255 characters: a repeated request with "
        "the same key makes no more gifts. It is kept as it is: put nothing of a person into it.",
        metadata=text_bound(255),
    )


@strawberry.input(description="A gift to cancel.")
class GiftCancelInput:
    """A gift to cancel."""

    gift_id: strawberry.ID = strawberry.field(description="The gift.")


@strawberry.input(
    description="What you add when a gift needs you: anything of the recipient, the town or region "
    "that confirms an address found, consent to a dearer charge, or another payment method."
)
class GiftInfoSupplyInput:
    """What a giver adds."""

    gift_id: strawberry.ID = strawberry.field(description="The gift.")
    recipient: RecipientInput | None = strawberry.field(description="More of the recipient.")
    charge_cap: Decimal | None = strawberry.field(description="The most it may cost from now on.")
    payment_method_id: strawberry.ID | None = strawberry.field(
        description="Which of your payment methods to charge from now on."
    )


@strawberry.input(description="A gift to accept. The token is the authority; no sign-in.")
class GiftAcceptInput:
    """A gift to accept."""

    token: str = strawberry.field(description="The secret of the link you were sent.")
    address: AddressInput = strawberry.field(
        description="Where it shall go. Whoever gives it is not told."
    )
    confirm_warnings: bool = strawberry.field(
        default=False,
        description="Whether to take the address in spite of warnings. Where they are not "
        "confirmed each is in `userErrors` and in `warnings`; what is in `userErrors` alone must "
        "be put right.",
    )


@strawberry.input(description="A gift to decline. The token is the authority; no sign-in.")
class GiftDeclineInput:
    """A gift to decline."""

    token: str = strawberry.field(description="The secret of the link you were sent.")
    reason: str | None = strawberry.field(
        description="Why; whoever gives it is not told.", metadata=text_bound(MAX_PROSE_LENGTH)
    )


@strawberry.input(description="Thanks for a gift. The token is the authority; no sign-in.")
class GiftThankInput:
    """Thanks."""

    token: str = strawberry.field(description="The secret of the link you were sent.")
    message: str = strawberry.field(
        description="Your words; they go to whoever gave it.", metadata=text_bound(MAX_PROSE_LENGTH)
    )


@strawberry.input(
    description="A gift to report: it is declined, and its giver can write to you no more."
)
class GiftReportInput:
    """A complaint."""

    token: str = strawberry.field(description="The secret of the link you were sent.")
    reason: str | None = strawberry.field(
        description="What is wrong with it.", metadata=text_bound(MAX_PROSE_LENGTH)
    )


@strawberry.input(description="A gift to exchange for something that costs the giver no more.")
class GiftExchangeInput:
    """An exchange."""

    token: str = strawberry.field(description="The secret of the link you were sent.")
    variant_id: strawberry.ID = strawberry.field(description="One of the claim's options.")


@strawberry.input(
    description="To be forgotten: the gift is declined where it still can be, no gift is announced "
    "to you again, and what is kept of you is deleted."
)
class GiftForgetInput:
    """To be forgotten."""

    token: str = strawberry.field(description="The secret of the link you were sent.")


@strawberry.input(description="What the carrier says.")
class ShipmentUpdateInput:
    """A carrier's word."""

    id: strawberry.ID = strawberry.field(
        description="The gift, the shipment, or the order: then all its parcels are meant that it "
        "can be."
    )
    status: ShipmentStatus = strawberry.field(description="What happened to it.")
    tracking_url: str | None = strawberry.field(
        description="The carrier's page, by http or https, up to 2,000 characters; kept with "
        "`DISPATCHED`, and no longer once the parcel came back. A gift's recipient sees it, or an "
        "order's purchaser; a gift's giver and partner never, for such pages tell towns.",
        metadata=text_bound(MAX_URL_LENGTH),
    )
    on_return: ReturnedParcel = strawberry.field(
        default=ReturnedParcel.WAIT,
        description="What becomes of an order's parcel that came back: with `RETURNED`, then or "
        "later. A gift's parcel follows the gift's own rules.",
    )


@strawberry.input(description="A message to a gift's recipient that came back.")
class GiftContactFailedInput:
    """A bounce."""

    gift_id: strawberry.ID = strawberry.field(description="The gift.")
    channel: ChannelKind = strawberry.field(description="By which channel it was sent.")
    reason: str | None = strawberry.field(
        description="Why it came back.", metadata=text_bound(MAX_PROSE_LENGTH)
    )


@strawberry.input(description="Where to be called with the events of your gifts.")
class WebhookSaveInput:
    """A webhook."""

    url: str = strawberry.field(
        description="An https URL at a public address.", metadata=text_bound(MAX_URL_LENGTH)
    )


@strawberry.input(description="A webhook to delete.")
class WebhookDeleteInput:
    """A webhook to delete."""

    id: strawberry.ID = strawberry.field(description="The webhook.")


def recipient_details(recipient: RecipientInput) -> RecipientDetails:
    """``recipient`` as it was typed, not yet checked."""
    return RecipientDetails(
        name=recipient.name,
        email=recipient.email,
        phone=recipient.phone,
        postal=_partial_address(recipient.postal) if recipient.postal else None,
        hints=recipient.hints,
    )


def _partial_address(address: PartialAddressInput) -> PartialAddress:
    return PartialAddress(
        country=address.country,
        region=address.region,
        city=address.city,
        postal_code=address.postal_code,
        lines=tuple(address.lines or ()),
    )
