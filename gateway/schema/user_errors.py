"""Refusals and warnings as clients see them."""

import strawberry

from gateway.engine import user_errors as engine_errors
from gateway.resolvers.enums import describe_enum
from gateway.schema.value_types import mirrors

describe_enum(
    engine_errors.ErrorCode,
    "Why a request was refused; more values may be added.",
    PRICE_CHANGED="It would cost more than was expected, or than now; `message` has the figures.",
    INVALID_INPUT="A value cannot be used; `field` says which, `message` why.",
    NOT_FOUND="There is no such thing, or none that the caller may see.",
    FORBIDDEN="The caller's key or device does not allow this.",
    VERSION_CONFLICT="Somebody else changed it meanwhile. Look at it as it stands, which a cart's "
    "answer has, and repeat the change.",
    UNKNOWN_TAX_TABLE="An item selects a tax table that was not given.",
    NO_CONTACT="Nothing says how to reach the recipient: no usable address, e-mail or telephone.",
    DUPLICATE_RECIPIENT="The same recipient is named twice.",
    INVALID_TOKEN="The code or token is wrong, expired or used; which of these is not told.",  # noqa: S106 - no secret
    NOT_MODIFIABLE="It is too late: what it is about is bought, scheduled or ended.",
    ADDRESS_INSUFFICIENT="Nothing can be delivered to the address as it is.",
    SIGN_IN_REQUIRED="Nobody is known here. Sign in first.",
    REAUTHENTICATION_REQUIRED="The sign-in is too old for this. Sign in again.",
    IDEMPOTENCY_CONFLICT="The idempotency key was used for another request. Use a new one.",
    PURCHASE_IN_PROGRESS="The first request with this idempotency key is still under way, or the "
    "payment provider has not answered yet. Ask again with the same key, after a second; "
    "`PurchaseInProgress` says the same of purchases.",
    PAYMENT_DECLINED="The payment was refused, or needs the buyer's confirmation.",
    OUT_OF_STOCK="There is not enough of it.",
    LIMIT_EXCEEDED="A limit on size, amount or number is exceeded.",
)
describe_enum(
    engine_errors.WarningCode,
    "What to know besides, mostly of a request that was carried out; more values may be added.",
    CODE_NOT_APPLICABLE="A code is unknown or does not fit; the cart is priced without it.",
    PRICE_CHANGED="A price has changed since the line was added.",
    OUT_OF_STOCK="There is not enough of a line to buy the cart now.",
    ADDRESS_DOUBTFUL="The address may be wrong and may be confirmed; `target` is the name of the "
    "address's field.",
)


@strawberry.type(description="Why a request was refused. Nothing was changed.")
class UserError:
    """A refusal."""

    is_type_of = mirrors(engine_errors.UserError)

    code: engine_errors.ErrorCode = strawberry.field(
        description="The kind of refusal, for programs."
    )
    field: list[str] | None = strawberry.field(
        description='The path of the input field it is about: `["input", "items", "0", "name"]`.'
    )
    message: str = strawberry.field(description="The reason, for people.")
    confirmable: bool = strawberry.field(
        description="Whether the same request with `confirmWarnings` is carried out in spite of it."
    )


@strawberry.type(description="Something to know about a request that was carried out.")
class Warning:
    """A warning."""

    is_type_of = mirrors(engine_errors.RequestWarning)

    code: engine_errors.WarningCode = strawberry.field(
        description="The kind of warning, for programs."
    )
    target: strawberry.ID | None = strawberry.field(
        description="What it is about: an id, or what `code` says."
    )
    message: str = strawberry.field(description="The warning, for people.")


@strawberry.type
class Refusable:
    """What may be refused."""

    user_errors: list[UserError] = strawberry.field(
        description="Why the request was refused; empty if it was carried out."
    )


@strawberry.type
class Payload(Refusable):
    """What every mutation's answer has."""

    warnings: list[Warning] = strawberry.field(
        description="What to know about a request that was carried out."
    )
