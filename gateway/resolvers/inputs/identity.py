"""The inputs of signing in, of what is kept for a purchaser, and of one-click."""

from enum import Enum

import strawberry

from gateway.resolvers.bounds import MAX_EMAIL_LENGTH, text_bound
from gateway.resolvers.inputs.addresses import AddressInput
from gateway.resolvers.money import MAX_LANGUAGE_TAG_LENGTH
from gateway.services.identity.purchaser_details import MAX_NAME_LENGTH
from gateway.services.identity.text_input import MAX_LABEL_LENGTH


@strawberry.input(description="A request for a sign-in code.")
class SignInRequestInput:
    """Where to send a code."""

    email: str = strawberry.field(
        description="The e-mail address the code goes to.", metadata=text_bound(MAX_EMAIL_LENGTH)
    )


@strawberry.input(description="A sign-in code and the e-mail address it was sent to.")
class SignInInput:
    """A sign-in."""

    email: str = strawberry.field(
        description="The e-mail address the code was sent to.",
        metadata=text_bound(MAX_EMAIL_LENGTH),
    )
    code: str = strawberry.field(description="The six digits of the newest mail.")


@strawberry.input(description="An address to keep.")
class AddressSaveInput:
    """An address to keep."""

    id: strawberry.ID | None = strawberry.field(
        description="The address to replace; absent: a new one is kept."
    )
    label: str = strawberry.field(
        description="What the purchaser calls it; no other of their addresses may have it. It is "
        "shown in place of the address to whoever holds the device.",
        metadata=text_bound(MAX_LABEL_LENGTH),
    )
    address: AddressInput = strawberry.field(description="The address itself.")
    use_for_gifts: bool = strawberry.field(
        default=False,
        description="Whether gifts to this purchaser may be sent there without asking.",
    )
    confirm_warnings: bool = strawberry.field(
        default=False,
        description="Whether to keep it although it may not be delivered to, as a first answer "
        "said. What is missing or malformed cannot be confirmed.",
    )


@strawberry.input(
    description="What a purchaser says of themselves. What is absent stays; null clears."
)
class PurchaserUpdateInput:
    """Changes of a purchaser."""

    name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What they call themselves; recipients of their gifts see it.",
        metadata=text_bound(MAX_NAME_LENGTH),
    )
    phone: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Their telephone number, with the country's prefix; without it, as it is "
        "dialled in the country of their first address.",
        metadata=text_bound(MAX_NAME_LENGTH),
    )
    locale: str | None = strawberry.field(
        default=strawberry.UNSET,
        description='The language they read, as a BCP 47 tag such as "de-AT".',
        metadata=text_bound(MAX_LANGUAGE_TAG_LENGTH),
    )


@strawberry.input(description="Something of the purchaser's own to delete.")
class DeleteInput:
    """What to delete."""

    id: strawberry.ID = strawberry.field(description="Its id.")


@strawberry.input(description="A payment method to keep.")
class PaymentMethodSaveInput:
    """A payment method to keep."""

    provider_token: str = strawberry.field(
        description="The payment provider's token of the method; never a card number.",
        metadata=text_bound(255),
    )
    nickname: str | None = strawberry.field(
        description="What the purchaser calls it; shown in place of its last digits.",
        metadata=text_bound(MAX_LABEL_LENGTH),
    )


@strawberry.input(description="What one click is to mean on this client.")
class OneClickEnableInput:
    """A profile to enable."""

    address_id: strawberry.ID = strawberry.field(description="Where it goes.")
    payment_method_id: strawberry.ID = strawberry.field(description="How it is paid.")
    label: str | None = strawberry.field(
        description="What to call this choice; absent: the address's label. One with the same "
        "label is replaced, and the one enabled last is the default.",
        metadata=text_bound(MAX_LABEL_LENGTH),
    )


@strawberry.enum(description="How far turning one-click off reaches.")
class OneClickScope(Enum):
    """A reach."""

    THIS_CLIENT = strawberry.enum_value("THIS_CLIENT", description="Only here.")
    ALL = strawberry.enum_value("ALL", description="On every client of the purchaser.")


@strawberry.input(description="Where to turn one-click off.")
class OneClickDisableInput:
    """Where to turn it off."""

    scope: OneClickScope = strawberry.field(
        default=OneClickScope.THIS_CLIENT, description="Only here, or everywhere."
    )
