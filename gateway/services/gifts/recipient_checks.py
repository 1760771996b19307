"""The check and normalization of recipients as typed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gateway.engine.addresses.address import Destination, PostalAddress
from gateway.engine.addresses.destinations import check_destination
from gateway.engine.addresses.validation import AddressVerdict, assess_address
from gateway.engine.areas.existence import country_fault
from gateway.engine.gifts.candidates import address_key
from gateway.engine.gifts.gift import (
    AddressCandidate,
    Channel,
    ChannelKind,
    PartialAddress,
    Recipient,
    StatedBy,
)
from gateway.engine.text.card_numbers import looks_like_card_number
from gateway.engine.text.normalization import comparison_key, normalize_line
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.gifts.contacts import contact_key, normalize_contact_email
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.requests import RecipientDetails
from gateway.services.identity.address_checks import finding_text

MAX_TEXT_LENGTH = 2_000
"""Characters of each text about a recipient."""

InputPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedRecipient:
    """A valid recipient with their channels, and an address candidate if the address is valid."""

    recipient: Recipient
    channels: tuple[Channel, ...] = ()
    candidate: AddressCandidate | None = None

    @property
    def is_reachable(self) -> bool:
        """Whether there is a contact, an address, or a name with a place for a search."""
        postal = self.recipient.postal
        has_place = postal is not None and (postal.city or postal.region or postal.postal_code)
        has_name_and_place = comparison_key(self.recipient.name or "") and has_place
        return bool(self.channels or self.candidate or has_name_and_place)

    @property
    def identity_keys(self) -> frozenset[str]:
        """The keys of a recipient; recipients with a key in common are the same."""
        keys = {contact_key(each.contact) for each in self.channels}
        postal = self.recipient.postal
        if not keys and postal is not None:
            name = comparison_key(self.recipient.name or "")
            keys = {f"{name} at {_postal_key(postal)}"}
        return frozenset(keys)


def _postal_key(postal: PartialAddress) -> str:
    texts = (postal.country, postal.region, postal.city, postal.postal_code, *postal.lines)
    return "|".join(comparison_key(text or "") for text in texts)


def check_recipient(
    details: RecipientDetails, path: InputPath, dependencies: GiftDependencies
) -> CheckedRecipient | tuple[UserError, ...]:
    """``details`` normalized, or all their errors."""
    errors = tuple(_details_text_errors(details, path))
    email = normalize_contact_email(details.email or "")
    phone = _normalize_phone(details, dependencies)
    errors += tuple(_contact_errors(details, email, phone, path))
    errors += tuple(_country_errors(details, path, dependencies))
    postal, postal_errors = _normalize_postal(
        _clean_postal(details.postal), (*path, "postal"), dependencies
    )
    errors += postal_errors
    if errors:
        return errors
    return _build_recipient(details, email, phone, postal, dependencies)


def _country_errors(
    details: RecipientDetails, path: InputPath, dependencies: GiftDependencies
) -> Iterator[UserError]:
    country = _clean_text(details.postal.country) if details.postal else None
    if country is not None and dependencies.countries.rules_for(country) is None:
        message = f"{country_fault(country)}."
        yield UserError(ErrorCode.INVALID_INPUT, (*path, "postal", "country"), message)


def _normalize_postal(
    postal: PartialAddress | None, path: InputPath, dependencies: GiftDependencies
) -> tuple[PartialAddress | None, tuple[UserError, ...]]:
    """``postal`` normalized by the rules of its country, and its errors."""
    if postal is None or postal.country is None:
        return postal, ()
    rules = dependencies.countries.rules_for(postal.country)
    if rules is None:
        return postal, ()
    destination = Destination(postal.country, postal.region, postal.postal_code, postal.city)
    clean_destination, findings = check_destination(destination, rules)
    errors = (
        UserError(ErrorCode.INVALID_INPUT, (*path, each.field.value), finding_text(each))
        for each in findings
    )
    return replace(
        postal, region=clean_destination.region, postal_code=clean_destination.postal_code
    ), tuple(errors)


def _build_recipient(
    details: RecipientDetails,
    email: str | None,
    phone: str | None,
    postal: PartialAddress | None,
    dependencies: GiftDependencies,
) -> CheckedRecipient:
    recipient = Recipient(
        name=_clean_text(details.name),
        email=email,
        phone=phone,
        postal=postal,
        hints=_clean_text(details.hints),
    )
    email_channels = (Channel(ChannelKind.EMAIL, email),) if email else ()
    sms_channels = (Channel(ChannelKind.SMS, phone),) if phone else ()
    return CheckedRecipient(
        recipient, (*email_channels, *sms_channels), _build_candidate(recipient, dependencies)
    )


def _build_candidate(
    recipient: Recipient, dependencies: GiftDependencies
) -> AddressCandidate | None:
    """The giver's address as a candidate if it is valid and has no warnings, else None."""
    postal = recipient.postal
    if postal is None or not postal.country or not postal.lines:
        return None
    address = PostalAddress(
        name=recipient.name or "",
        country=postal.country,
        region=postal.region,
        city=postal.city,
        postal_code=postal.postal_code,
        lines=postal.lines,
        phone=recipient.phone,
    )
    assessment = assess_address(address, dependencies.countries.rules_for(postal.country))
    if assessment.level is not AddressVerdict.OK:
        return None
    key = address_key(assessment.address)
    return AddressCandidate(key, assessment.address, assessment.level, said_by=StatedBy.GIVER)


def _normalize_phone(details: RecipientDetails, dependencies: GiftDependencies) -> str | None:
    if not _is_filled(details.phone):
        return None
    country = (details.postal.country if details.postal else None) or "US"
    return dependencies.phones.to_e164(details.phone or "", country)


def _contact_errors(
    details: RecipientDetails, email: str | None, phone: str | None, path: InputPath
) -> Iterator[UserError]:
    if _is_filled(details.email) and email is None:
        message = "This is not an e-mail address."
        yield UserError(ErrorCode.INVALID_INPUT, (*path, "email"), message)
    if _is_filled(details.phone) and phone is None:
        message = "This is not a telephone number we can write to."
        yield UserError(ErrorCode.INVALID_INPUT, (*path, "phone"), message)


def _details_text_errors(details: RecipientDetails, path: InputPath) -> Iterator[UserError]:
    for field_path, text in _texts_by_path(details):
        yield from text_errors(text, (*path, *field_path), MAX_TEXT_LENGTH)
    lines = details.postal.lines if details.postal else ()
    if looks_like_card_number(" ".join(lines)):
        message = "This looks like a card number."
        yield UserError(ErrorCode.INVALID_INPUT, (*path, "postal", "lines"), message)


def text_errors(text: str, path: InputPath, max_length: int) -> Iterator[UserError]:
    """The errors of a typed text, which must not be too long or have a card number."""
    if len(text) > max_length:
        message = f"At most {max_length} characters."
        yield UserError(ErrorCode.INVALID_INPUT, path, message)
    if looks_like_card_number(text):
        yield UserError(ErrorCode.INVALID_INPUT, path, "This looks like a card number.")


def _texts_by_path(details: RecipientDetails) -> Iterator[tuple[InputPath, str]]:
    yield ("name",), details.name or ""
    yield ("hints",), details.hints or ""
    postal = details.postal or PartialAddress()
    yield ("postal", "region"), postal.region or ""
    yield ("postal", "city"), postal.city or ""
    yield ("postal", "postalCode"), postal.postal_code or ""
    for index, line in enumerate(postal.lines):
        yield ("postal", "lines", str(index)), line


def _clean_postal(postal: PartialAddress | None) -> PartialAddress | None:
    if postal is None:
        return None
    clean_postal = PartialAddress(
        country=_clean_text(postal.country),
        region=_clean_text(postal.region),
        city=_clean_text(postal.city),
        postal_code=_clean_text(postal.postal_code),
        lines=tuple(line for line in map(normalize_line, postal.lines) if line),
    )
    is_empty = replace(clean_postal, country=None) == PartialAddress()
    return None if is_empty else clean_postal


def _clean_text(text: str | None) -> str | None:
    return normalize_line(text or "") or None


def _is_filled(text: str | None) -> bool:
    return bool(_clean_text(text))


def find_duplicates(recipients: Iterable[CheckedRecipient]) -> Iterator[int]:
    """The indexes of recipients who are the same as an earlier one in the list."""
    seen_keys: set[str] = set()
    for index, recipient in enumerate(recipients):
        if recipient.identity_keys & seen_keys:
            yield index
        seen_keys |= recipient.identity_keys
