"""A purchaser's own name, telephone number and language."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from gateway.engine.identity.assurance import Assurance
from gateway.engine.identity.purchasers import Purchaser
from gateway.engine.text.language_tags import normalize_language_tag
from gateway.engine.user_errors import ErrorCode, ErrorCollector
from gateway.services.identity.addresses import list_addresses
from gateway.services.identity.callers import Caller, require_purchaser
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.identity.registration import find_purchaser
from gateway.services.identity.sealed_records import create_personal_cipher
from gateway.services.identity.text_input import check_text
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import UnitOfWork

MAX_NAME_LENGTH = 200
"""Characters."""
PHONE_MESSAGE = (
    "This is not a telephone number. Write it with the country's prefix, such as +44 20 7946 0018."
)
LOCALE_MESSAGE = 'This is not a language tag. Write it like "en-US" or "de-AT".'


class PurchaserField(StrEnum):
    """What a purchaser can say of themselves."""

    NAME = "name"
    PHONE = "phone"
    LOCALE = "locale"


async def update_purchaser(
    values: Mapping[PurchaserField, str | None],
    *,
    caller: Caller,
    dependencies: IdentityDependencies,
) -> Outcome[Purchaser]:
    """Change the fields of ``values``, None or blank clears one; takes any valid bearer."""
    owner = require_purchaser(Assurance.AUTHENTICATED, caller=caller, dependencies=dependencies)
    if owner.value is None:
        return Outcome(user_errors=owner.user_errors)
    async with dependencies.database.begin() as work:
        await work.purchasers.lock(owner.value)
        purchaser = await find_purchaser(owner.value, reading=work, cipher=dependencies.cipher)
        if purchaser is None:
            return error_outcome(ErrorCode.NOT_FOUND, None, "This account was erased.")
        collector = ErrorCollector()
        country = await _home_country(purchaser.id, work, dependencies)
        changes = {
            field: _check(field, text, country, collector, dependencies)
            for field, text in values.items()
        }
        if collector.errors:
            return Outcome(user_errors=tuple(collector.errors))
        changed_purchaser = replace(
            purchaser,
            name=changes.get(PurchaserField.NAME, purchaser.name),
            phone=changes.get(PurchaserField.PHONE, purchaser.phone),
            locale=changes.get(PurchaserField.LOCALE, purchaser.locale),
        )
        personal_cipher = await create_personal_cipher(purchaser.id, work, dependencies.cipher)
        await work.purchasers.save_details(
            purchaser.id, personal_cipher.purchaser_details(changed_purchaser)
        )
    return Outcome(changed_purchaser)


async def _home_country(
    purchaser_id: str, work: UnitOfWork, dependencies: IdentityDependencies
) -> str:
    """The country of the purchaser's first address, in which numbers are dialled; else none."""
    addresses = await list_addresses(purchaser_id, reading=work, cipher=dependencies.cipher)
    return addresses[0].country if addresses else ""


def _check(
    field: PurchaserField,
    text: str | None,
    country: str,
    collector: ErrorCollector,
    dependencies: IdentityDependencies,
) -> str | None:
    """``text`` as it is kept; None if it is absent, blank or wrong, which adds an error."""
    path = ("input", field.value)
    if text is None or not text.strip():
        return None
    match field:
        case PurchaserField.NAME:
            return check_text(text, path, collector, max_length=MAX_NAME_LENGTH) or None
        case PurchaserField.PHONE:
            value, message = dependencies.phones.to_e164(text, country), PHONE_MESSAGE
        case PurchaserField.LOCALE:
            value, message = normalize_language_tag(text), LOCALE_MESSAGE
    if value is None:
        collector.add(path, message)
    return value
