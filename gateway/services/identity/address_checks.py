"""The check of a postal address that a person typed, before it is used."""

from collections.abc import Iterator
from dataclasses import replace

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.addresses.validation import (
    MAX_PART_LENGTH,
    AddressAssessment,
    AddressFinding,
    AddressVerdict,
    assess_address,
)
from gateway.engine.addresses.validation import name_findings as findings_on_name
from gateway.engine.text.card_numbers import CARD_NUMBER_MESSAGE, looks_like_card_number
from gateway.engine.user_errors import ErrorCode, ErrorCollector, InputPath, UserError
from gateway.services.identity.text_input import check_text
from gateway.services.outcomes import Outcome
from gateway.services.ports.countries import Countries
from gateway.services.ports.phones import PhoneNumbers

MAX_ADDRESS_LINES = 10


def check_address(
    address: PostalAddress,
    path: InputPath,
    *,
    confirmed: bool,
    countries: Countries,
    phones: PhoneNumbers,
) -> Outcome[PostalAddress]:
    """``address`` cleaned, or all errors of it, with fields below ``path``.

    With ``confirmed`` the address is accepted in spite of warnings.
    """
    collector = ErrorCollector()
    _refuse_secrets(address, path, collector)
    phone = _phone(address, path, collector, phones)
    if collector.errors:
        return Outcome(user_errors=tuple(collector.errors))
    assessment = assess_address(address, countries.rules_for(address.country))
    errors = tuple(address_errors(assessment, path, confirmed=confirmed))
    if errors:
        return Outcome(user_errors=errors)
    return Outcome(replace(assessment.address, phone=phone))


def address_errors(
    assessment: AddressAssessment, path: InputPath, *, confirmed: bool
) -> Iterator[UserError]:
    """The errors of the assessed address; its warnings are errors too unless ``confirmed``."""
    for finding in (*findings_on_name(assessment.address), *assessment.findings):
        is_doubt = finding.level is AddressVerdict.WARNING
        if confirmed and is_doubt:
            continue
        message = finding_text(finding) + (" Confirm it if it is right." if is_doubt else "")
        field = (*path, finding.field.value)
        yield UserError(ErrorCode.ADDRESS_INSUFFICIENT, field, message, confirmable=is_doubt)


def finding_text(finding: AddressFinding) -> str:
    """The message of ``finding``, with its suggestion."""
    suggestions = ", ".join(finding.suggestions)
    return f"{finding.message} Perhaps: {suggestions}." if suggestions else finding.message


def _refuse_secrets(address: PostalAddress, path: InputPath, collector: ErrorCollector) -> None:
    """Refuse texts that are too long, or that look like a card number."""
    if len(address.lines) > MAX_ADDRESS_LINES:
        collector.add((*path, "lines"), f"Give at most {MAX_ADDRESS_LINES} lines.")
        return
    for name, text in _texts(address):
        check_text(text, (*path, *name), collector, max_length=MAX_PART_LENGTH)
    if not collector.errors and looks_like_card_number(" ".join(address.lines)):
        collector.add((*path, "lines"), CARD_NUMBER_MESSAGE)


def _texts(address: PostalAddress) -> Iterator[tuple[InputPath, str]]:
    yield ("name",), address.name
    yield ("region",), address.region or ""
    yield ("city",), address.city or ""
    yield ("postalCode",), address.postal_code or ""
    yield from ((("lines", str(index)), line) for index, line in enumerate(address.lines))


def _phone(
    address: PostalAddress, path: InputPath, collector: ErrorCollector, phones: PhoneNumbers
) -> str | None:
    if address.phone is None or not address.phone.strip():
        return None
    phone = phones.to_e164(address.phone, address.country)
    if phone is None:
        collector.add((*path, "phone"), "This is not a telephone number.")
    return phone
