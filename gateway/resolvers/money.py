"""Resolvers of formatted money."""

from typing import Annotated

import strawberry

from gateway.engine.money import Money
from gateway.plans import of_context, of_value
from gateway.resolvers.bounds import text_bound
from gateway.resolvers.context import Info

MAX_LANGUAGE_TAG_LENGTH = 35
"""Characters (RFC 5646, section 4.4.1); a longer language tag is unknown."""
Locale = Annotated[
    str | None,
    strawberry.argument(
        description='A BCP 47 language tag such as "en-US" or "de-AT". Absent or unknown: "en-US".',
        metadata=text_bound(MAX_LANGUAGE_TAG_LENGTH),
    ),
]


@of_value
@of_context
def formatted(root: strawberry.Parent[Money], info: Info, locale: Locale = strawberry.UNSET) -> str:
    """The amount with its currency's sign, as the locale writes it."""
    formats = info.context.dependencies.formats
    return formats.format_money(root, formats.nearest_locale(locale or None))
